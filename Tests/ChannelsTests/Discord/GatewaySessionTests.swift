import Market
import Testing
import Turns

@testable import Channels

/// The gateway's rules, without sockets: frames in, actions out.
@Suite(.oneAtATime) struct GatewaySessionTests {
    private let hello = JSONValue.object(["op": 10, "d": .object(["heartbeat_interval": 1000])])
    private let ready = JSONValue.object([
        "op": 0, "t": "READY", "s": 1,
        "d": .object(["session_id": "abc", "resume_gateway_url": "wss://resume.example"]),
    ])

    private func entered() -> GatewaySession {
        var session = GatewaySession(token: "t")
        session.opened()
        _ = session.received(hello, chance: 0.5)
        _ = session.received(ready, chance: 0)
        return session
    }

    private func op(_ action: GatewaySession.Action?) -> Int64? {
        if case .send(let json) = action { json["op"]?.integer } else { nil }
    }

    @Test("hello starts a jittered heartbeat and an identify without privileged intents")
    func begins() throws {
        var session = GatewaySession(token: "t")
        session.opened()
        let actions = session.received(hello, chance: 0.25)
        #expect(actions.first == .beat(interval: .seconds(1), first: .milliseconds(250)))
        guard case .send(let json) = actions.last else {
            Issue.record("nothing sent")
            return
        }
        #expect(json["op"]?.integer == 2 && json["d"]?["token"]?.string == "t")
        let intents = json["d"]?["intents"]?.integer ?? -1
        #expect(intents & (1 << 1 | 1 << 8 | 1 << 15) == 0)
        #expect(json.encoded.count < 4096)
        #expect(session.received(hello, chance: 0).isEmpty)
    }

    @Test("a session is resumed at its own address with the last sequence")
    func resumes() {
        var session = entered()
        _ = session.received(.object(["op": 0, "t": "X", "s": 9, "d": .null]), chance: 0)
        #expect(session.ended(.closed(code: nil), chance: 0) == .connect(after: .zero))
        #expect(session.resumesAt == "wss://resume.example")
        session.opened()
        guard case .send(let json)? = session.received(hello, chance: 0).last else {
            Issue.record("nothing sent")
            return
        }
        #expect(json["op"]?.integer == 6 && json["d"]?["seq"]?.integer == 9)
        #expect(json["d"]?["session_id"]?.string == "abc")
        #expect(session.received(.object(["op": 0, "t": "RESUMED", "s": 10]), chance: 0) == [.isUp(resumed: true)])
    }

    @Test("a heartbeat without acknowledgement closes with a code that keeps the session")
    func zombie() {
        var session = entered()
        #expect(op(session.beatIsDue()) == 1)
        _ = session.received(.object(["op": 11]), chance: 0)
        #expect(op(session.beatIsDue()) == 1)
        guard case .close(let code) = session.beatIsDue() else {
            Issue.record("still open")
            return
        }
        #expect(code != 1000 && code != 1001)
        #expect(session.ended(.byUs, chance: 0) == .connect(after: .zero) && session.resumesAt != nil)
    }

    @Test("the server may ask for a heartbeat, but not for ever")
    func asked() {
        var session = entered()
        let ask = JSONValue.object(["op": 1, "d": .null])
        #expect(op(session.received(ask, chance: 0).first) == 1)
        let actions = (0..<200).flatMap { _ in session.received(ask, chance: 0) }
        #expect(actions.contains(.close(code: GatewaySession.keepingCode)))
    }

    @Test("reconnect and a resumable invalid session keep the session; another invalid one gives it up after a rest")
    func invalid() {
        var session = entered()
        #expect(session.received(.object(["op": 7]), chance: 0) == [.close(code: GatewaySession.keepingCode)])
        #expect(session.ended(.byUs, chance: 0) == .connect(after: .zero) && session.resumesAt != nil)
        session.opened()
        _ = session.received(.object(["op": 9, "d": true]), chance: 0)
        _ = session.ended(.byUs, chance: 0)
        #expect(session.resumesAt != nil)
        session.opened()
        #expect(session.received(.object(["op": 9, "d": false]), chance: 0) == [.close(code: 1000)])
        #expect(session.ended(.byUs, chance: 1) == .connect(after: .seconds(5)))
        #expect(session.resumesAt == nil)
    }

    @Test("a session that is refused over and over is asked for ever more rarely")
    func refusedAgain() {
        var session = entered()
        var waits: [Span] = []
        for _ in 0..<10 {
            _ = session.received(.object(["op": 9, "d": false]), chance: 0.5)
            guard case .connect(let wait) = session.ended(.byUs, chance: 0.5) else { return }
            waits.append(wait)
            session.opened()
        }
        #expect(waits == waits.sorted() && waits.count == 10)
        #expect(waits.first.map { $0 <= .seconds(5) } == true)
        #expect(waits.last.map { $0 >= .seconds(60) } == true)
    }

    @Test(
        "what is refused for good stops it",
        arguments: [
            (UInt16(4004), GatewaySession.Refusal.token), (4010, .shard), (4011, .shard), (4012, .version),
            (4013, .intents), (4014, .intents),
        ])
    func stops(_ code: UInt16, _ refusal: GatewaySession.Refusal) {
        var session = entered()
        #expect(session.ended(.closed(code: code), chance: 0) == .stop(refusal))
    }

    @Test("other codes resume, but for those that say the session is over", arguments: UInt16(4000)...4015)
    func codes(_ code: UInt16) {
        var session = entered()
        guard case .connect = session.ended(.closed(code: code), chance: 0) else { return }
        #expect((session.resumesAt == nil) == [4003, 4007, 4009].contains(code))
    }

    @Test("failures in a row wait longer and longer, up to minutes, and a session that cannot be resumed is given up")
    func backsOff() {
        var session = entered()
        _ = session.ended(.closed(code: nil), chance: 0)
        var waits: [Span] = []
        for _ in 0..<12 {
            session.opened()
            guard case .connect(let wait) = session.ended(.failed, chance: 1) else { return }
            waits.append(wait)
        }
        #expect(waits == waits.sorted() && waits.first == .seconds(1) && waits.last == .minutes(5))
        #expect(session.resumesAt == nil)
    }

    @Test("connections that come up only to end are not chased, until one lives long enough for a heartbeat")
    func shortLives() {
        var session = entered()
        var waits: [GatewaySession.Next] = []
        for _ in 0..<6 {
            waits.append(session.ended(.closed(code: nil), chance: 1))
            session.opened()
            _ = session.received(hello, chance: 0)
            _ = session.received(.object(["op": 0, "t": "RESUMED", "s": 3]), chance: 0)
        }
        #expect(waits.prefix(3).allSatisfy { $0 == .connect(after: .zero) })
        #expect(waits.suffix(3).allSatisfy { $0 != .connect(after: .zero) })
        _ = session.beatIsDue()
        _ = session.received(.object(["op": 11]), chance: 0)
        #expect(session.ended(.closed(code: nil), chance: 1) == .connect(after: .zero))
    }

    @Test("the day's sessions stop at a reserve, by the server's count and by our own, over restarts")
    func budget() throws {
        func offer(_ remaining: Int64) throws -> GatewayOffer {
            try #require(
                GatewayOffer(
                    .object([
                        "url": "wss://g",
                        "session_start_limit": .object([
                            "total": 1000, "remaining": .integer(remaining), "reset_after": 7_200_000,
                            "max_concurrency": 1,
                        ]),
                    ])))
        }
        let now = Timestamp(seconds: 1_764_000_000)
        var budget = IdentifyBudget(nil)
        #expect(budget.rest(try offer(101), now: now) == nil)
        #expect(budget.rest(try offer(100), now: now) == .hours(2))
        for _ in 0..<900 { budget.count(now: now) }
        budget = IdentifyBudget(budget.text)
        #expect(budget.rest(try offer(1000), now: now + .hours(1)) == .hours(23))
        #expect(budget.rest(try offer(1000), now: now + .hours(25)) == nil)
        budget.count(now: now + .hours(25))
        #expect(budget.begun == 1)
        #expect(IdentifyBudget("nonsense") == IdentifyBudget())
        #expect(GatewayOffer(.object(["url": "wss://g"])) == nil)
    }
}
