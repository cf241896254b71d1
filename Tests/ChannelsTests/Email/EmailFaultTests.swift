import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Support
import Testing
import Turns

@testable import Channels

/// One line of the fault table a test: a real mail server that fails, the real outbox, hurried time.
@Suite(.oneAtATime, .timeLimit(.minutes(3))) struct EmailFaultTests {
    private func end(
        factor: Int = 500, deadline: Duration = .milliseconds(400), rules: FakeSMTP.Rules = .init(),
        security: EmailConfiguration.Security = .none, login: (user: String, password: String)? = nil,
        limit: Duration = .seconds(20),
        _ prepare: @Sendable (FakeSMTP) -> Void = { _ in },
        meanwhile: @escaping @Sendable (FakeSMTP, SenderBench) async throws -> Void = { _, _ in }
    ) async throws -> (ending: SenderBench.Ending, mails: [FakeSMTP.Mail], attempts: Int, notices: [String]) {
        try await EmailBench.with(rules) { server in
            prepare(server)
            let bench = try await SenderBench(.email, address: "ana@example.net", factor: factor)
            let channel = try EmailBench.channel(
                EmailBench.configuration(port: server.port, security: security, login: login, deadline: deadline))
            try await bench.decide("something happened")
            let ending = try await withThrowingTaskGroup(of: SenderBench.Ending?.self) { group in
                group.addTask { try await bench.runToTheEnd(channel, limit: limit) }
                group.addTask {
                    try await meanwhile(server, bench)
                    return nil
                }
                var ending: SenderBench.Ending?
                while let answer = try await group.next() { ending = answer ?? ending }
                return ending
            }
            return (try #require(ending), server.mails, server.attempts, bench.notices.all.map(\.key))
        }
    }

    @Test("a time-out before the server has the mail: delivered late")
    func timeoutBefore() async throws {
        let result = try await end { $0.fault(.recipient, .silence) }
        #expect(result.ending.state == "sent")
        #expect(result.mails.count == 1)
        #expect(result.ending.attempts == 2)
    }

    @Test("a time-out after the server took the mail: repeated under the same Message-ID")
    func timeoutAfter() async throws {
        let result = try await end { $0.fault(.body, .acceptInSilence) }
        #expect(result.ending.state == "sent")
        #expect(result.mails.count == 2)
        #expect(Set(result.mails.compactMap { $0.header("Message-ID") }).count == 1)
    }

    @Test(
        "a connection that breaks before the end: delivered once, late",
        arguments: [FakeSMTP.Step.greeting, .hello, .sender, .recipient, .data])
    func reset(step: FakeSMTP.Step) async throws {
        let result = try await end { $0.fault(step, .drop) }
        #expect(result.ending.state == "sent")
        #expect(result.mails.count == 1)
    }

    @Test("a connection that breaks instead of the last answer: repeated under the same Message-ID")
    func resetAtEnd() async throws {
        let taken = try await end { $0.fault(.body, .acceptAndDrop) }
        #expect(taken.ending.state == "sent")
        #expect(taken.mails.count == 2)
        #expect(Set(taken.mails.compactMap { $0.header("Message-ID") }).count == 1)
        let lost = try await end { $0.fault(.body, .drop) }
        #expect(lost.ending.state == "sent")
        #expect(lost.mails.count == 1)
    }

    @Test("a server that asks to wait is obeyed to the second")
    func limitedWithWait() async throws {
        let result = try await end { $0.fault(.recipient, .reply("450 4.7.1 Slow down, try again in 90 seconds")) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .seconds(90))
        #expect(result.attempts == 2)
    }

    @Test("a server that asks to wait and not how long is tried again with back-off")
    func limitedWithoutWait() async throws {
        let result = try await end { $0.fault(.recipient, .reply("452 4.5.3 Too many"), times: 3) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.attempts == 4)
        #expect(result.ending.took >= .seconds(3))
    }

    @Test("a quota that changes while we wait: delivered late")
    func limitsChange() async throws {
        var rules = FakeSMTP.Rules()
        rules.quota = 0
        let result = try await end(
            rules: rules,
            meanwhile: { server, bench in
                await bench.outbox.wait { server.attempts >= 3 }
                server.change { $0.quota = 5 }
            })
        #expect(result.ending.state == "sent")
        #expect(result.mails.count == 1)
        #expect(result.attempts >= 4)
    }

    @Test("an hour of a server that is going down: delivered late, and seldom tried")
    func storm() async throws {
        let result = try await end(factor: 2_000) {
            $0.fault(.greeting, .reply("421 4.3.2 Service not available"), times: .max)
        } meanwhile: { server, bench in
            await bench.outbox.wait { bench.time.now - SenderBench.start >= .hours(1) }
            server.calm()
        }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .hours(1))
        #expect(result.ending.attempts <= 40)
        #expect(result.mails.count == 1)
    }

    @Test(
        "answers that are not SMTP: delivered late",
        arguments: ["banana", "<html>hello</html>", "2", "\u{1}\u{2}\u{3}"])
    func malformed(answer: String) async throws {
        let result = try await end { server in
            server.fault(.greeting, .reply(answer))
            server.fault(.hello, .reply("999 " + answer))
        }
        #expect(result.ending.state == "sent")
        #expect(result.mails.count == 1)
    }

    @Test("an answer to the whole mail that is not SMTP: delivered, under the same Message-ID")
    func malformedAtEnd() async throws {
        let result = try await end { $0.fault(.body, .reply("banana")) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.attempts == 2)
        #expect(result.mails.count == 1)
    }

    @Test("an unknown user: dead at once with the server's words, and the address is closed")
    func permanent() async throws {
        let result = try await end { $0.fault(.recipient, .reply("550 5.1.1 <ana@example.net>: user unknown")) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "mail server: 550 5.1.1 <ana@example.net>: user unknown")
        #expect(result.ending.disabled == result.ending.reason)
        #expect(result.mails.isEmpty)
    }

    @Test("a mail that is refused for what it is: dead with the server's words, and the address stays")
    func refused() async throws {
        let result = try await end { $0.fault(.body, .reply("554 5.7.1 Looks like spam")) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "mail server: 554 5.7.1 Looks like spam")
        #expect(result.ending.disabled == nil)
    }

    @Test("greylisting: delivered once, late")
    func greylisting() async throws {
        var rules = FakeSMTP.Rules()
        rules.isGreylisting = true
        let result = try await end(rules: rules)
        #expect(result.ending.state == "sent")
        #expect(result.ending.attempts == 2)
        #expect(result.mails.count == 1)
    }

    @Test("a certificate that nobody vouches for: nothing is sent, and after a day it is dead with a reason")
    func untrusted() async throws {
        let result = try await end(
            factor: 20_000, deadline: .seconds(5), security: .starttls, limit: .seconds(60))
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason?.hasPrefix("TLS with the mail server failed: ") == true, "\(result.ending)")
        #expect(result.ending.took >= .hours(24))
        #expect(result.attempts == 0)
        #expect(result.mails.isEmpty)
    }

    @Test("a wrong password: the operators hear of it once, and once it is right the mail goes, late")
    func wrongPassword() async throws {
        var rules = FakeSMTP.Rules()
        rules.login = ("vigia", "another")
        let result = try await end(
            rules: rules, login: EmailBench.login,
            meanwhile: { server, bench in
                await bench.outbox.wait { bench.outbox.retries >= 2 }
                server.change { $0.login = EmailBench.login }
            })
        #expect(result.ending.state == "sent")
        #expect(result.notices == ["sender_refused"])
        #expect(result.mails.count == 1)
    }
}
