import Decisions
import Delivery
import Market
import Messages
import People
import Support
import Testing
import Transport
import Turns

@testable import Channels

/// One line of the fault table a test: a Bot API that fails, over real sockets, the real outbox, hurried time. Whatever
/// may have arrived before is marked when it comes again.
///
/// | fault | Telegram | `DiscordFaultTests` | `EmailFaultTests` | `SMSFaultTests` |
/// | ----- | -------- | ------------------- | ----------------- | --------------- |
/// | time-out before acceptance | timeoutBefore | hangs | timeoutBefore | lostRequest |
/// | time-out after | timeoutAfter | acceptsThenHangs | timeoutAfter | lostAnswer |
/// | connection reset | reset | cuts | reset, resetAtEnd | lostRequest, lostAnswer, refusedConnection |
/// | 429 with a wait | limitedWithWait | limited, edgeLimited | limitedWithWait | limitedWithWait |
/// | 429 without | limitedWithoutWait | limitedWithoutWait | limitedWithoutWait | limitedWithoutWait |
/// | limits that change | limitsChange | changingLimits | limitsChange | limitsChange |
/// | 500 for an hour | storm, longStorm | storm | storm | storm, longStorm, gateway |
/// | malformed answer | malformed | malformed, page403 | malformed, malformedAtEnd | lostRequest, lostAnswer |
/// | permanent errors | gone, refused | gone, rejected | permanent, refused | gone, refused |
/// | greylisting | | | greylisting | |
/// | TLS failure | untrusted | tls | untrusted | untrusted |
/// | wrong credentials | unauthorized | unauthorized | wrongPassword | wrongToken |
@Suite(.oneAtATime, .timeLimit(.minutes(3))) struct TelegramFaultTests {
    private struct Result {
        var ending: SenderBench.Ending
        var texts: [String]
        var calls: Int
        var notices: [String]
    }

    private func end(
        factor: Int = 500, deadline: Duration = .seconds(5), limits: FakeTelegramLimits = .off,
        limit: Duration = .seconds(20), _ prepare: @Sendable @escaping (FakeTelegram) -> Void = { _ in },
        meanwhile: @escaping @Sendable (FakeTelegram, SenderBench) async throws -> Void = { _, _ in }
    ) async throws -> Result {
        try await TelegramTestBench.with(limits: limits, deadline: deadline) { bot in
            _ = bot.fake.user(7)
            prepare(bot.fake)
            let bench = try await SenderBench(.telegram, address: "7", factor: factor)
            try await bench.decide("something happened")
            let ending = try await withThrowingTaskGroup(of: SenderBench.Ending?.self) { group in
                group.addTask { try await bench.runToTheEnd(bot.channel, limit: limit) }
                group.addTask {
                    try await meanwhile(bot.fake, bench)
                    return nil
                }
                var ending: SenderBench.Ending?
                while let answer = try await group.next() { ending = answer ?? ending }
                return ending
            }
            return Result(
                ending: try #require(ending), texts: bot.fake.messages(for: 7).map(\.text),
                calls: bot.fake.journal.calls["sendMessage"] ?? 0, notices: bench.notices.all.map(\.key))
        }
    }

    private static let text = "something happened"
    private static func isMarked(_ text: String) -> Bool { text.contains("↻") && text.contains(Self.text) }

    @Test("a time-out before Telegram accepted: delivered once, late, marked since nobody can know")
    func timeoutBefore() async throws {
        let result = try await end(deadline: .milliseconds(400)) { $0.inject(.hang) }
        #expect(result.ending.state == "sent" && result.ending.attempts == 2)
        #expect(result.texts.count == 1 && result.texts.allSatisfy(Self.isMarked))
    }

    @Test("a time-out after Telegram accepted: delivered, and the repeat says that it is one")
    func timeoutAfter() async throws {
        let result = try await end(deadline: .milliseconds(400)) { $0.inject(.acceptThenHang) }
        #expect(result.ending.state == "sent" && result.ending.attempts == 2)
        #expect(result.texts.first == Self.text)
        #expect(result.texts.count == 2 && result.texts.dropFirst().allSatisfy(Self.isMarked))
    }

    @Test("a connection that breaks before or after Telegram accepted: delivered, and what comes again is marked")
    func reset() async throws {
        let before = try await end { $0.inject(.cutBeforeAccepting) }
        #expect(before.ending.state == "sent" && before.texts.count == 1)
        let after = try await end { $0.inject(.acceptThenCut) }
        #expect(after.ending.state == "sent" && after.texts.first == Self.text)
        #expect(after.texts.count == 2 && after.texts.dropFirst().allSatisfy(Self.isMarked))
    }

    @Test("429 with a wait is obeyed to the second, and nothing comes twice")
    func limitedWithWait() async throws {
        let result = try await end { $0.inject(.rateLimited(retryAfter: 90)) }
        #expect(result.ending.state == "sent" && result.texts == [Self.text])
        #expect(result.ending.took >= .seconds(90) && result.calls == 2)
    }

    @Test("429 without a wait rests a second each time")
    func limitedWithoutWait() async throws {
        let result = try await end { $0.inject(.status(429, "Too Many Requests"), count: 3) }
        #expect(result.ending.state == "sent" && result.texts == [Self.text])
        #expect(result.ending.took >= .seconds(3) && result.calls == 4)
    }

    @Test("a limit that changes while we wait: delivered once, late")
    func limitsChange() async throws {
        let result = try await end {
            $0.inject(.rateLimited(retryAfter: 20), count: 2)
            $0.inject(.rateLimited(retryAfter: 3), count: nil)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { (fake.journal.calls["sendMessage"] ?? 0) >= 5 }
            fake.clearFaults()
        }
        #expect(result.ending.state == "sent" && result.texts == [Self.text])
        #expect(result.ending.took >= .seconds(46) && result.calls >= 6)
    }

    @Test("an hour of 500: delivered once, late, without haste")
    func storm() async throws {
        let result = try await end(factor: 2_000) {
            $0.inject(.html(500), count: nil)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { bench.time.now - SenderBench.start >= .hours(1) }
            fake.clearFaults()
        }
        #expect(result.ending.state == "sent" && result.texts == [Self.text])
        #expect(result.ending.took >= .hours(1) && result.ending.attempts <= 40)
    }

    @Test("a day of it: dead with a reason")
    func longStorm() async throws {
        let result = try await end(factor: 20_000, limit: .seconds(60)) { $0.inject(.html(500), count: nil) }
        #expect(result.ending.state == "dead" && result.ending.reason == "HTTP 500")
        #expect(result.ending.took >= .hours(24) && result.texts.isEmpty)
    }

    @Test(
        "an answer without sense: delivered once, marked since it may have arrived",
        arguments: [FakeTelegramFault.brokenJSON, .html(200), .html(502)])
    func malformed(fault: FakeTelegramFault) async throws {
        let result = try await end { $0.inject(fault) }
        #expect(result.ending.state == "sent" && result.ending.attempts == 2)
        #expect(result.texts.count == 1 && result.texts.allSatisfy(Self.isMarked))
    }

    @Test(
        "a chat that is no more is closed, with a reason",
        arguments: [
            (FakeTelegramFault.blocked, "blocked"),
            (.status(403, "Forbidden: user is deactivated"), "deactivated"),
            (.status(400, "Bad Request: chat not found"), "chat_not_found"),
        ])
    func gone(fault: FakeTelegramFault, reason: String) async throws {
        let result = try await end { $0.inject(fault, count: nil) }
        #expect(result.ending.state == "dead" && result.ending.reason == reason && result.ending.disabled == reason)
        #expect(result.calls == 1 && result.texts.isEmpty)
    }

    @Test("a message that Telegram refuses is dead with Telegram's words, and the chat stays")
    func refused() async throws {
        let result = try await end { $0.inject(.status(400, "Bad Request: message is too long"), count: nil) }
        #expect(result.ending.state == "dead" && result.ending.reason == "400 Bad Request: message is too long")
        #expect(result.ending.disabled == nil && result.calls == 1)
    }

    @Test("a refused token: the operators hear of it once, and once it is right the message goes, late")
    func unauthorized() async throws {
        let result = try await end {
            $0.inject(.status(401, "Unauthorized"), count: nil)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { bench.outbox.retries >= 2 }
            fake.clearFaults()
        }
        #expect(result.ending.state == "sent" && result.texts == [Self.text])
        #expect(result.notices == ["sender_refused"])
    }

    @Test("a certificate that nobody vouches for: nothing is sent, and after a day it is dead with a reason")
    func untrusted() async throws {
        let server = try await LoopbackServer.start(prepare: { try TestCertificate.serve($0) }) { _ in .notFound }
        let transport = try AsyncHTTPTransport()
        let bench = try await SenderBench(.telegram, address: "7", factor: 20_000)
        let api = TelegramAPI(
            transport: transport,
            configuration: try TelegramConfiguration(
                token: "4711:token", apiURL: server.url.replacing("http://", with: "https://")))
        try await bench.decide("x")
        let ending = try await bench.runToTheEnd(TelegramChannel(api: api), limit: .seconds(60))
        #expect(ending.state == "dead" && ending.took >= .hours(24))
        #expect(ending.reason?.isEmpty == false && ending.reason?.contains("4711") == false, "\(ending)")
        await server.stop()
        await transport.shutdown()
    }
}
