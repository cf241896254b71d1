import Collectors
import Market
import Testing
import Turns

@Suite("Order of closed candles", .oneAtATime)
struct CandleSequencerTests {
    private let candles = TestMarket.minutes(400)

    private func emitted(_ actions: [CandleSequencer.Action]) -> [Candle] {
        actions.compactMap { if case .emit(let candle) = $0 { candle } else { nil } }
    }

    @Test("candles in order pass; a repeated one is a duplicate; a changed one a correction; an old one late")
    func simple() {
        var sequencer = CandleSequencer(timeframe: .m1, remembered: 3)
        for candle in candles[..<10] { #expect(sequencer.closed(candle) == [.emit(candle)]) }
        #expect(sequencer.closed(candles[9]) == [.duplicate])
        var changed = candles[8]
        changed.volume += 1
        #expect(sequencer.closed(changed) == [.correct(changed)])
        #expect(sequencer.closed(changed) == [.duplicate])
        #expect(sequencer.closed(candles[2]) == [.late])
    }

    @Test("a hole is asked for; what comes meanwhile waits; then everything follows in order")
    func hole() {
        var sequencer = CandleSequencer(timeframe: .m1)
        _ = sequencer.closed(candles[0])
        #expect(sequencer.closed(candles[3]) == [.fetch(from: candles[1].openTime, to: candles[3].openTime)])
        #expect(sequencer.closed(candles[4]) == [])
        #expect(emitted(sequencer.filled(Array(candles[1..<3]), upTo: candles[3].openTime)) == Array(candles[1..<5]))
    }

    @Test("what the venue lacks is told as a hole and passed over once")
    func realHole() {
        var sequencer = CandleSequencer(timeframe: .m1)
        _ = sequencer.closed(candles[0])
        _ = sequencer.closed(candles[5])
        let actions = sequencer.filled([candles[2]], upTo: candles[5].openTime)
        #expect(
            actions == [
                .hole(from: candles[1].openTime, to: candles[2].openTime), .emit(candles[2]),
                .hole(from: candles[3].openTime, to: candles[5].openTime), .emit(candles[5]),
            ])
    }

    @Test("after a reconnect candles wait until what came before was given out, and none is given out twice")
    func reconnect() {
        var sequencer = CandleSequencer(timeframe: .m1)
        sequencer.hold()
        #expect(sequencer.closed(candles[9]) == [])
        #expect(sequencer.closed(candles[10]) == [])
        let actions = sequencer.caughtUp(to: candles[10].openTime, last: Array(candles[..<10]))
        #expect(actions == [.duplicate, .emit(candles[10])])
    }

    @Test(
        "whatever order, repeats and losses a stream has, each candle comes out once and in order", arguments: 0..<200)
    func anyOrder(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var stream: [Candle] = []
        for candle in candles[1...] where random.unit() > 0.1 {
            stream.append(candle)
            if random.unit() < 0.1 { stream.append(candle) }
        }
        for index in stream.indices.dropLast() where random.unit() < 0.2 { stream.swapAt(index, index + 1) }
        var sequencer = CandleSequencer(timeframe: .m1, lineLimit: 8)
        var out = emitted(sequencer.closed(candles[0]))
        var question: (from: Timestamp, to: Timestamp)?
        func note(_ actions: [CandleSequencer.Action]) {
            out += emitted(actions)
            for case .fetch(let from, let to) in actions { question = (from, to) }
        }
        for candle in stream {
            note(sequencer.closed(candle))
            // The answer may take a while.
            while let asked = question, random.unit() < 0.4 {
                question = nil
                note(
                    sequencer.filled(
                        candles.filter { $0.openTime >= asked.from && $0.openTime < asked.to }, upTo: asked.to))
            }
        }
        while let asked = question {
            question = nil
            note(
                sequencer.filled(candles.filter { $0.openTime >= asked.from && $0.openTime < asked.to }, upTo: asked.to)
            )
        }
        #expect(out == Array(candles[..<out.count]))
        #expect(out.count >= candles.count - 5)
    }
}

@Suite("Plan of the first back-fill", .oneAtATime)
struct BackfillPlanTests {
    private let end = TestMarket.start + .days(10)

    private func pages(_ plan: BackfillPlan) -> [Range<Timestamp>] {
        var plan = plan
        var pages: [Range<Timestamp>] = []
        while let page = plan.next {
            pages.append(page)
            plan.advance()
        }
        #expect(plan.isDone && plan.candles.left == 0)
        return pages
    }

    @Test("pages go from the newest to the oldest and leave nothing out")
    func newestFirst() {
        let plan = BackfillPlan(timeframe: .m1, floor: TestMarket.start, end: end, stored: nil)
        #expect(plan.candles.total == 14_400)
        let pages = pages(plan)
        #expect(pages.count == 15)
        #expect(pages.first?.upperBound == end && pages.last?.lowerBound == TestMarket.start)
        #expect(zip(pages, pages.dropFirst()).allSatisfy { $0.lowerBound == $1.upperBound })
    }

    @Test("what is stored is not fetched again")
    func stored() {
        let stored = (TestMarket.start + .days(4))...(TestMarket.start + .days(6) - .minutes(1))
        let pages = pages(BackfillPlan(timeframe: .m1, floor: TestMarket.start, end: end, stored: stored))
        #expect(pages.allSatisfy { $0.upperBound <= stored.lowerBound || $0.lowerBound > stored.upperBound })
        let minutes = pages.reduce(Int64(0)) { $0 + ($1.upperBound - $1.lowerBound).milliseconds / 60_000 }
        #expect(minutes == 8 * 1440)
    }

    @Test("nothing to do ends at once")
    func nothing() {
        #expect(BackfillPlan(timeframe: .h1, floor: end, end: end, stored: nil).isDone)
        #expect(BackfillPlan(timeframe: .h1, floor: end + .days(1), end: end, stored: nil).isDone)
        let whole = TestMarket.start...(end - .hours(1))
        #expect(BackfillPlan(timeframe: .h1, floor: TestMarket.start, end: end, stored: whole).isDone)
    }
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
