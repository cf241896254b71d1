import Decisions
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct DispatchStateTests {
    private func simulation(_ pacing: Pacing = .telegram, inFlight: Int = 8) -> Simulation {
        Simulation(settings: DispatchSettings(pacing: pacing, inFlight: inFlight))
    }

    @Test("two thousand recipients of one alert: no refusal, no more in flight than allowed, near the provider's rate")
    func broadcast() {
        var run = simulation()
        for id in 1...2000 { run.enqueue(claimed(Int64(id), address: id % 20 == 0 ? "-\(id)" : "\(id)")) }
        run.run(.minutes(3))
        #expect(run.sent.count == 2000)
        #expect(run.provider.refusals == 0)
        #expect(run.mostUnrecorded <= 8)
        #expect(run.mostInHand <= 400)
        // 28 places for alerts, each taken for a second, the margin and the network's 70 ms.
        #expect(run.now - start < .seconds(90))
    }

    @Test("backlogs of a few chats and groups stay within each one's own limit, in order")
    func backlogs() {
        var run = simulation()
        var id: Int64 = 0
        for address in ["1", "2", "-5", "-6/1", "-6/2"] {
            for _ in 0..<30 {
                id += 1
                run.enqueue(claimed(id, address: address))
            }
        }
        run.run(.minutes(5))
        #expect(run.sent.count == 150)
        #expect(run.provider.refusals == 0)
        for (_, starts) in Dictionary(grouping: run.starts, by: \.address) {
            #expect(starts.map(\.id) == starts.map(\.id).sorted())
        }
    }

    @Test("a chat that is told to wait for half a minute delays no other by a step")
    func floodedChat() {
        func others(flooded: Bool) -> [Simulation.Start] {
            var run = Simulation(settings: DispatchSettings(pacing: .telegram), latency: 50...50)
            if flooded {
                run.answer = { send in
                    guard send.entry.address == "666", send.at < start + .seconds(30) else { return nil }
                    return .failed(.rateLimited(retryAfter: .seconds(30), scope: .address))
                }
            }
            for id in 1...10 { run.enqueue(claimed(Int64(id), address: "666")) }
            for id in 11...400 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
            run.run(.minutes(2))
            #expect(run.sent.count == 400)
            return run.starts.filter { $0.address != "666" }
        }
        let calm = others(flooded: false).map(\.at)
        let flooded = others(flooded: true).map(\.at)
        #expect(flooded.count == calm.count)
        // The flooded chat sends less, so the others can only be earlier.
        #expect(zip(flooded, calm).allSatisfy { $0 <= $1 })
    }

    @Test("retry_after is obeyed to the millisecond, and is no failure of the delivery")
    func retryAfter() {
        var run = simulation()
        run.answer = { send in
            send.at < start + .seconds(9)
                ? .failed(.rateLimited(retryAfter: .seconds(10), scope: .address))
                : .sent(Receipt(providerMessageID: "m"))
        }
        run.enqueue(claimed(1))
        run.run(.minutes(1), step: 1)
        #expect(run.starts.count == 2)
        let pause = run.starts[1].at - run.starts[0].at
        #expect(pause >= .seconds(10) && pause < .milliseconds(10_400))
        #expect(run.sent.count == 1)
    }

    @Test("when the sender is told to wait nothing goes, and everything goes afterwards")
    func senderLimited() {
        var run = simulation()
        run.answer = { send in
            send.at < start + .seconds(1) ? .failed(.rateLimited(retryAfter: .seconds(20), scope: .sender)) : nil
        }
        for id in 1...60 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
        run.run(.minutes(2))
        #expect(run.sent.count == 60)
        let late = run.starts.filter { $0.at > start + .milliseconds(200) }
        #expect(late.allSatisfy { $0.at >= start + .seconds(20) })
    }

    @Test("critical overtakes bulk, and a reply overtakes both, in the middle of a broadcast")
    func lanes() {
        var run = simulation()
        for id in 1...500 { run.enqueue(claimed(Int64(id), address: "\(id)", lane: .low)) }
        run.run(.seconds(5))
        let asked = run.now
        run.enqueue(claimed(1001, address: "1001", lane: .reply, createdAt: asked, expiresAt: asked + .seconds(60)))
        run.enqueue(claimed(1002, address: "1002", lane: .critical, createdAt: asked))
        run.run(.seconds(30))
        let reply = run.starts.first { $0.id == 1001 }
        let critical = run.starts.first { $0.id == 1002 }
        #expect(reply.map { $0.at - asked <= .milliseconds(150) } == true)
        #expect(critical.map { $0.at - asked <= .milliseconds(1200) } == true)
        let between = run.starts.filter { $0.at > asked && $0.id <= 500 && $0.at < (critical?.at ?? asked) }
        #expect(between.count <= 8)
    }

    @Test("a storm of 500s rests the sender instead of hammering it, and loses nothing")
    func storm() {
        var run = simulation()
        run.answer = { send in
            send.at < start + .minutes(2) ? .failed(.unavailable(reason: "500")) : nil
        }
        for id in 1...200 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
        run.run(.minutes(20), step: 20)
        #expect(run.sent.count == 200)
        #expect(run.starts.filter { $0.at < start + .minutes(2) }.count < 40)
    }

    @Test("refused credentials stop the sender, tell the operators once, and leave everything pending")
    func unauthorized() {
        var run = simulation()
        run.answer = { send in
            send.at < start + .minutes(12) ? .failed(.unauthorized(reason: "401")) : nil
        }
        for id in 1...50 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
        run.run(.minutes(11), step: 20)
        #expect(run.notices.map(\.key) == ["sender_refused"])
        #expect(run.sent.isEmpty)
        #expect(run.unsettled == 50)
        #expect(run.starts.count <= 8 + 2)
        run.run(.minutes(20), step: 20)
        #expect(run.sent.count == 50)
    }

    @Test("a lost answer is repeated as a possible repeat, and stays one through later failures")
    func unknownOutcome() {
        var run = simulation()
        var marks: [Bool] = []
        run.answer = { send in
            marks.append(send.entry.possibleRepeat)
            switch marks.count {
            case 1: return .failed(.outcomeUnknown(reason: "no answer"))
            case 2: return .failed(.unavailable(reason: "502"))
            default: return .sent(Receipt(providerMessageID: nil))
            }
        }
        run.enqueue(claimed(1))
        run.run(.minutes(1))
        #expect(marks == [false, true, true])
        #expect(run.sent.count == 1)
    }

    @Test("gone, moved, refused and unrenderable deliveries are settled at once and hold nobody up")
    func permanent() {
        var run = simulation()
        run.answer = { send in
            switch send.entry.id.rawValue {
            case 1: .failed(.recipientGone(reason: "blocked"))
            case 2: .failed(.moved(to: "-100"))
            case 3: .failed(.rejected(reason: "too long"))
            case 4: .unrenderable("no template")
            default: nil
            }
        }
        for id in 1...10 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
        run.run(.seconds(10))
        #expect(run.outcomes[OutboxID(1)] == .addressGone(reason: "blocked"))
        #expect(run.outcomes[OutboxID(2)] == .moved(to: "-100"))
        #expect(run.outcomes[OutboxID(3)] == .dead(reason: "too long"))
        #expect(run.outcomes[OutboxID(4)] == .dead(reason: "not rendered: no template"))
        #expect(run.sent.count == 6)
        #expect(run.now - start < .seconds(2))
    }

    @Test("a pause stops alerts and lets replies through")
    func paused() {
        var run = simulation()
        run.isPaused = true
        for id in 1...50 { run.enqueue(claimed(Int64(id), address: "\(id)")) }
        run.enqueue(claimed(99, address: "7", lane: .reply, expiresAt: start + .seconds(60)))
        run.run(.seconds(20))
        #expect(run.starts.map(\.id) == [99])
        run.isPaused = false
        run.run(.seconds(20))
        #expect(run.sent.count == 51)
    }

    @Test("seven chats that never answer leave the last send to replies")
    func slowChats() {
        var state = DispatchState(channel: .telegram, settings: DispatchSettings(pacing: Pacing()))
        let alerts = (1...20).map { claimed(Int64($0), address: "\($0)") }
        state.admit(alerts, limit: 100, now: start, ruleNow: start, isPaused: false)
        #expect(state.takeReady(now: start, isPaused: false).count == 7)
        state.admit([claimed(99, address: "99", lane: .reply)], limit: 100, now: start, ruleNow: start, isPaused: false)
        #expect(state.takeReady(now: start, isPaused: false).map(\.entry.id.rawValue) == [99])
    }

    @Test("what waited for a third of its lease is given back without having been begun")
    func leases() throws {
        var state = DispatchState(channel: .telegram, settings: DispatchSettings(pacing: Pacing(), inFlight: 1))
        state.admit(
            [claimed(1, address: "1"), claimed(2, address: "2")], limit: 100, now: start, ruleNow: start,
            isPaused: false)
        #expect(state.takeReady(now: start, isPaused: false).count == 1)
        let later = start + .seconds(20)
        #expect(state.takeReady(now: later, isPaused: false).isEmpty)
        let settled = try #require(state.outcomes.first)
        #expect(settled.outcome.id == OutboxID(2))
        #expect(settled.outcome.result == .retry(at: later, reason: "paced"))
        #expect(!settled.wasBegun)
    }

    @Test("sends that could not be begun go on where they stood")
    func putBack() {
        var state = DispatchState(channel: .telegram, settings: DispatchSettings(pacing: .telegram))
        state.admit(
            (1...3).map { claimed(Int64($0), address: "\($0)") }, limit: 9, now: start, ruleNow: start, isPaused: false)
        let tickets = state.takeReady(now: start, isPaused: false)
        state.putBack(tickets, now: start)
        #expect(state.inFlight == 0)
        let again = state.takeReady(now: start, isPaused: false)
        #expect(again.map(\.entry.id.rawValue) == [1, 2, 3])
    }
}
