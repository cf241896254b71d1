import Collectors
import Market
import Testing
import Turns

@Suite("Back-off, circuit and recovery", .oneAtATime)
struct SupervisionTests {
    @Test("waits double from one second to five minutes and start again after a success")
    func doubling() {
        var backoff = Backoff()
        let waits = (0..<12).map { _ in backoff.failed(jitter: 1) }
        #expect(Array(waits[..<9]) == [1, 2, 4, 8, 16, 32, 64, 128, 256].map { Duration.seconds($0) })
        #expect(waits[9...].allSatisfy { $0 == .seconds(300) })
        backoff.succeeded()
        #expect(backoff.failed(jitter: 1) == .seconds(1))
    }

    @Test("jitter takes off at most half", arguments: [0.0, 0.25, 0.5, 1.0])
    func jitter(_ jitter: Double) {
        var backoff = Backoff()
        for step in 0..<40 {
            let full = min(300.0, Double(1 << min(step, 20)))
            let wait = backoff.failed(jitter: jitter)
            #expect(wait >= .seconds(full * 0.5) && wait <= .seconds(full))
        }
    }

    @Test("what the provider asks for is waited at the least")
    func retryAfter() {
        var backoff = Backoff()
        #expect(backoff.failed(retryAfter: .seconds(90), jitter: 0) == .seconds(90))
        #expect(backoff.failed(retryAfter: .seconds(90), jitter: 1) <= .seconds(91))
        for _ in 0..<20 { _ = backoff.failed(jitter: 1) }
        #expect(backoff.failed(retryAfter: .seconds(90), jitter: 1) == .seconds(300))
    }

    @Test("the tenth failure opens the circuit, once; a success closes it")
    func circuit() {
        var circuit = Circuit()
        let opened = (0..<15).map { _ in circuit.failed() }
        #expect(opened.firstIndex(of: true) == 9 && opened.count { $0 } == 1)
        #expect(circuit.isOpen)
        let (first, second) = (circuit.succeeded(), circuit.succeeded())
        #expect(first && !second && !circuit.isOpen)
    }

    @Test("an open circuit and a refusal are probed every five minutes")
    func recovery() {
        var recovery = Recovery()
        for _ in 0..<9 { #expect(recovery.failed(.rejected(status: 500), jitter: 0) < .seconds(300)) }
        #expect(recovery.state == .retrying)
        #expect(recovery.failed(.rejected(status: 500), jitter: 0) == .seconds(300))
        #expect(recovery.state == .circuitOpen)
        recovery.succeeded()
        #expect(recovery.state == .live)
        #expect(recovery.failed(.refused(status: 451), jitter: 0) == .seconds(300))
        #expect(recovery.state == .refused)
        #expect(recovery.failed(.unreachable("x"), jitter: 0) < .seconds(300))
        #expect(recovery.state == .retrying)
    }

    @Test("the weight budget gives the back-fill half, the rest nine tenths, and starts anew after a minute")
    func weight() {
        var budget = WeightBudget(limit: 100)
        var backfill = 0
        while budget.admit(weight: 2, priority: .backfill, at: .zero) == nil { backfill += 2 }
        #expect(backfill == 50)
        var live = 0
        while budget.admit(weight: 2, priority: .live, at: .seconds(10)) == nil { live += 2 }
        #expect(backfill + live == 90)
        #expect(budget.admit(weight: 2, priority: .backfill, at: .seconds(10)) == .seconds(50))
        #expect(budget.admit(weight: 2, priority: .backfill, at: .seconds(60)) == nil)
    }

    @Test("the venue's own count wins, and its wait holds for everybody")
    func observed() {
        var budget = WeightBudget(limit: 100)
        budget.observe(used: 60, at: .zero)
        #expect(budget.admit(weight: 2, priority: .backfill, at: .seconds(1)) != nil)
        #expect(budget.admit(weight: 2, priority: .live, at: .seconds(1)) == nil)
        budget.observe(used: 4, at: .seconds(5))
        #expect(budget.admit(weight: 2, priority: .backfill, at: .seconds(5)) == nil)
        budget.close(for: .seconds(30), at: .seconds(6))
        #expect(budget.admit(weight: 1, priority: .live, at: .seconds(10)) == .seconds(26))
        #expect(budget.admit(weight: 1, priority: .live, at: .seconds(36)) == nil)
    }

    @Test("a request heavier than its share still goes when nothing else was used")
    func heavy() {
        var budget = WeightBudget(limit: 100)
        #expect(budget.admit(weight: 80, priority: .backfill, at: .zero) == nil)
    }
}

@Suite("The venue's clock", .oneAtATime)
struct VenueClockTests {
    private let t0 = TestMarket.start

    @Test("nothing is known before the first answer")
    func unknown() {
        let clock = VenueClock()
        #expect(clock.judge(t0, at: .zero) == .doubtful)
        #expect(clock.time(at: .zero) == nil)
    }

    @Test("five minutes either side are live; beyond that it asks, and then drops")
    func window() {
        var clock = VenueClock()
        clock.synchronise(t0, at: .zero)
        #expect(clock.judge(t0 + .minutes(5), at: .zero) == .live)
        #expect(clock.judge(t0 - .minutes(5), at: .zero) == .live)
        for time in [t0 + .minutes(5) + .milliseconds(1), t0 - .minutes(5) - .milliseconds(1), t0 + .days(1)] {
            #expect(clock.judge(time, at: .zero) == .doubtful)
        }
        #expect(clock.restBeforeAsking(at: .zero) == .milliseconds(250))
        clock.synchronise(t0 + .seconds(1), at: .seconds(1))
        let isLive = clock.judgeFresh(t0 + .days(1), at: .seconds(1))
        #expect(!isLive)
        // Until it may ask again, others as far off are dropped without holding anything up; then it asks.
        #expect(clock.judge(t0 + .days(1), at: .seconds(1.1)) == .outside)
        #expect(clock.judge(t0, at: .seconds(1.1)) == .live)
        #expect(clock.judge(t0 + .days(1), at: .seconds(2)) == .doubtful)
    }

    @Test("a venue 600 times as fast is followed, and frames that waited here are not called old")
    func fast() {
        var clock = VenueClock()
        clock.synchronise(t0, at: .zero)
        clock.synchronise(t0 + .minutes(10), at: .seconds(1))
        #expect(clock.time(at: .seconds(2)) == t0 + .minutes(20))
        #expect(clock.judge(t0 + .minutes(19), at: .milliseconds(1100)) == .doubtful)
        #expect(clock.judge(t0 + .minutes(15), at: .milliseconds(1100)) == .live)
        #expect(clock.judge(t0, at: .seconds(3)) == .live)
    }

    @Test("a venue that lies years away from our clock is judged by its own")
    func replay() {
        var clock = VenueClock()
        let then = Timestamp(milliseconds: 1_600_000_000_000)
        clock.synchronise(then, at: .seconds(1000))
        #expect(clock.judge(then + .seconds(30), at: .seconds(1030)) == .live)
    }
}
