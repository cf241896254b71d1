import Market
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct RateLimiterTests {
    @Test("the next send to a chat waits a window after the completion of the last, not after its start")
    func completionCounts() {
        var limiter = RateLimiter(.telegram)
        #expect(limiter.admit(chat: "1", isReply: false, now: start) == .granted)
        #expect(limiter.admit(chat: "1", isReply: false, now: start) == .busy)
        limiter.complete(chat: "1", now: start + .milliseconds(400))
        let expected = start + .milliseconds(400) + .milliseconds(1015)
        #expect(limiter.admit(chat: "1", isReply: false, now: start + .seconds(1)) == .wait(until: expected))
        #expect(limiter.admit(chat: "1", isReply: false, now: expected) == .granted)
    }

    @Test("a chat that must wait does not make another wait")
    func independent() {
        var limiter = RateLimiter(.telegram)
        limiter.block(chat: "1", until: start + .seconds(30), now: start)
        #expect(limiter.admit(chat: "1", isReply: true, now: start) == .wait(until: start + .seconds(30)))
        #expect(limiter.admit(chat: "2", isReply: false, now: start) == .granted)
    }

    @Test("an answer of 429 holds where pacing is off, exactly as long as asked")
    func answerWins() {
        var limiter = RateLimiter(Pacing())
        limiter.block(chat: "1", until: start + .milliseconds(1500), now: start)
        #expect(limiter.admit(chat: "1", isReply: false, now: start + .milliseconds(1499)) != .granted)
        #expect(limiter.admit(chat: "1", isReply: false, now: start + .milliseconds(1500)) == .granted)
        limiter.blockSender(until: start + .seconds(5))
        #expect(limiter.admit(chat: "2", isReply: true, now: start + .seconds(4)) == .wait(until: start + .seconds(5)))
        #expect(limiter.admit(chat: "2", isReply: true, now: start + .seconds(5)) == .granted)
    }

    @Test("topics of a forum share the allowance of their group")
    func topics() {
        #expect(RateLimiter.chat(of: "-100123/45") == "-100123")
        #expect(RateLimiter.chat(of: "-100123/46") == RateLimiter.chat(of: "-100123"))
        #expect(RateLimiter.chat(of: "42") == "42")
    }

    @Test("a group gets 20 in any minute, a private chat more")
    func groups() {
        var sent: [String: Int] = [:]
        for chat in ["-7", "7"] {
            var limiter = RateLimiter(.telegram)
            var now = start
            while now < start + .seconds(59) {
                if limiter.admit(chat: chat, isReply: false, now: now) == .granted {
                    limiter.complete(chat: chat, now: now)
                    sent[chat, default: 0] += 1
                }
                now += .milliseconds(10)
            }
        }
        #expect(sent["-7"] == 20)
        #expect(sent["7", default: 0] > 50)
    }

    @Test("alerts leave two of thirty places to replies")
    func reserve() {
        var limiter = RateLimiter(.telegram)
        var alerts = 0
        while limiter.admit(chat: "a\(alerts)", isReply: false, now: start) == .granted { alerts += 1 }
        var replies = 0
        while limiter.admit(chat: "r\(replies)", isReply: true, now: start) == .granted { replies += 1 }
        #expect(alerts == 28)
        #expect(replies == 2)
    }

    @Test("a clock that is set back an hour does not block for an hour")
    func clockSetBack() {
        var limiter = RateLimiter(.telegram)
        _ = limiter.admit(chat: "1", isReply: false, now: start)
        limiter.complete(chat: "1", now: start)
        limiter.block(chat: "2", until: start + .seconds(3), now: start)
        let back = start - .hours(1)
        guard case .wait(let until) = limiter.admit(chat: "1", isReply: false, now: back) else {
            Issue.record("the window was forgotten")
            return
        }
        #expect(until <= back + .milliseconds(1015))
        #expect(limiter.admit(chat: "2", isReply: false, now: back + .seconds(3)) == .granted)
    }

    @Test("a send that was not begun gives its places back")
    func cancelled() {
        var limiter = RateLimiter(.telegram)
        #expect(limiter.admit(chat: "1", isReply: false, now: start) == .granted)
        limiter.cancel(chat: "1")
        #expect(limiter.admit(chat: "1", isReply: false, now: start) == .granted)
    }

    @Test("a hundred thousand chats that came and went are forgotten")
    func bounded() {
        var limiter = RateLimiter(Pacing(perAddress: Pace(text: "1/1s") ?? .off))
        for index in 0..<100_000 {
            let now = start + .milliseconds(Int64(index) * 10)
            #expect(limiter.admit(chat: "\(index)", isReply: false, now: now) == .granted)
            limiter.complete(chat: "\(index)", now: now)
        }
        #expect(limiter.chatCount <= 2200)
    }

    @Test("a provider that counts arrivals strictly never refuses, whatever the network does", arguments: 1...8)
    func strictProvider(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var limiter = RateLimiter(.telegram)
        var arrivals: [(time: Timestamp, chat: String)] = []
        var flights: [(chat: String, end: Timestamp)] = []
        // Few chats and groups with an endless backlog, and many with a single message now and then.
        let busy = ["1", "2", "3", "-1", "-2", "-3/5"].map(RateLimiter.chat)
        var now = start
        while now < start + .minutes(3) {
            for flight in flights where flight.end <= now { limiter.complete(chat: flight.chat, now: now) }
            flights.removeAll { $0.end <= now }
            for chat in busy + (0..<6).map({ _ in "\(Int.random(in: 1000..<3000, using: &random))" }) {
                guard flights.count < 40, limiter.admit(chat: chat, isReply: false, now: now) == .granted else {
                    continue
                }
                let latency = Int64.random(in: 1...(Bool.random(using: &random) ? 60 : 1500), using: &random)
                arrivals.append((now + .milliseconds(Int64.random(in: 0...latency, using: &random)), chat))
                flights.append((chat, now + .milliseconds(latency)))
            }
            now += .milliseconds(7)
        }
        arrivals.sort { $0.time < $1.time }
        var provider = StrictProvider()
        for arrival in arrivals { _ = provider.arrive(arrival.chat, at: arrival.time) }
        #expect(provider.refusals == 0)
        #expect(arrivals.count > 1500)
    }
}
