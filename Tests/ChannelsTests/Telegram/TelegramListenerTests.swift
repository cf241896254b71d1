import Chat
import Logging
import Market
import Messages
import People
import ServiceLifecycle
import Support
import Testing
import Turns

@testable import Channels

@Suite("Polling Telegram", .oneAtATime)
struct TelegramListenerTests {
    /// Runs listener and intake around `body`, then stops both as the agent does.
    private func listening(
        to bench: TelegramTestBench, _ conversation: RecordingConversation, health: TelegramHealth = TelegramHealth(),
        clock: any Clock<Duration> = ContinuousClock(), _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let intake = TelegramIntake(api: bench.api, conversation: conversation)
        let listener = TelegramListener(api: bench.api, intake: intake, health: health, clock: clock)
        let group = ServiceGroup(services: [intake, listener], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    @Test("messages come in order, once, and are confirmed only by the poll after their commit")
    func order() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            try await listening(to: bench, conversation) {
                let user = bench.fake.user(7, language: "es")
                for index in 0..<250 { user.says("message \(index)") }
                let last = user.says("last")
                await conversation.received(251)
                try await bench.fake.wait(for: "confirmation") { $0.confirmedOffset == last + 1 }
                #expect(conversation.messages.map(\.text) == (0..<250).map { "message \($0)" } + ["last"])
                #expect(conversation.messages.allSatisfy { $0.languageHint == "es" })
            }
        }
    }

    @Test("a batch that could not be committed comes again, whole, and nothing is confirmed before")
    func notCommitted() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation(refusals: 3)
            let health = TelegramHealth()
            let user = bench.fake.user(7)
            let id = user.says("/start")
            try await listening(to: bench, conversation, health: health) {
                await conversation.received(1)
                #expect(conversation.batches == 4)
                #expect(conversation.messages.map(\.updateKey) == ["telegram:\(id)"])
                try await bench.fake.wait(for: "confirmation") { $0.confirmedOffset == id + 1 }
                #expect(health.state == .receiving)
            }
        }
    }

    @Test("malformed updates are passed over; the rest of the batch is handled")
    func malformed() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            let user = bench.fake.user(7)
            user.says("before")
            bench.fake.injectRaw(#"{"update_id":700002,"message":{"chat":"?"}}"#)
            bench.fake.injectRaw(#"{"no":"id"}"#)
            bench.fake.injectRaw(
                #"{"update_id":700004,"message":{"chat":{"id":7,"type":"private"},"from":{"id":7},"text":"\ud800"}}"#)
            user.says("after")
            try await listening(to: bench, conversation) {
                await conversation.received(3)
                #expect(conversation.messages.map(\.text) == ["before", "\u{FFFD}", "after"])
                try await bench.fake.wait(for: "confirmation") { $0.confirmedOffset > 700_004 }
                #expect(bench.fake.pendingUpdates == 0)
            }
        }
    }

    @Test("a press is answered after its commit, also when the first commit failed")
    func presses() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation(refusals: 1)
            let user = bench.fake.user(7)
            _ = try await bench.deliver(
                .plain("sure?", buttons: [[.init(label: "Yes", action: .command("/delete 7 yes"))]]), to: "7")
            let press = try user.presses("Yes")
            try await listening(to: bench, conversation) {
                try await bench.fake.wait(for: "answer") { $0.answeredQueries.contains(press.query) }
                let message = try #require(conversation.messages.first)
                #expect(message.text == "/delete 7 yes")
                #expect(message.pressedOn == bench.fake.messages(for: 7).first.map { String($0.messageID) })
                #expect(conversation.batches == 2)
            }
        }
    }

    @Test("who administers a group is asked once a minute, and only for what is addressed to the bot")
    func administrators() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            _ = bench.fake.user(7)
            _ = bench.fake.user(8)
            let group = bench.fake.group(-100, administrators: [7])
            for _ in 0..<3 {
                bench.fake.user(7).says("/bind", in: group)
                bench.fake.user(8).says("/bind", in: group)
                bench.fake.user(8).says("just talking", in: group)
            }
            try await listening(to: bench, conversation) {
                await conversation.received(6)
                for message in conversation.messages {
                    #expect(message.senderIsPlaceAdministrator == (message.sender.externalID == "7"))
                }
                #expect(bench.fake.journal.calls["getChatMember"] == 2)
            }
        }
    }

    @Test("an unanswered question leaves the right unknown and the message heard")
    func administratorUnknown() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            bench.fake.inject(.status(500, "x"), count: nil, method: "getChatMember")
            let group = bench.fake.group(-100)
            bench.fake.user(7).says("/bind", in: group)
            try await listening(to: bench, conversation) {
                await conversation.received(1)
                #expect(conversation.messages.map(\.senderIsPlaceAdministrator) == [nil])
            }
        }
    }

    @Test("blocking and migration become events")
    func events() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            bench.fake.user(7).blocksTheBot()
            let group = bench.fake.group(-5, isSupergroup: false)
            _ = group.becomesSupergroup(-1_005, by: 7)
            try await listening(to: bench, conversation) {
                await conversation.received(3)
                let first = try #require(conversation.events.first)
                guard case .addressGone(_, .telegram, "7", "blocked") = first else {
                    Issue.record("\(first)")
                    return
                }
                for event in conversation.events.dropFirst() {
                    guard case .chatMoved(_, .telegram, "-5", "-1005") = event else {
                        Issue.record("\(event)")
                        return
                    }
                }
            }
        }
    }

    @Test("a 429 is waited for exactly as long as it says")
    func rateLimited() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            bench.fake.inject(.rateLimited(retryAfter: 1), method: "getUpdates")
            bench.fake.user(7).says("hi")
            let clock = ContinuousClock()
            let start = clock.now
            try await listening(to: bench, conversation) {
                await conversation.received(1)
                #expect(clock.now - start >= .seconds(1))
            }
        }
    }

    @Test("a refused token stops polling and says so; the agent lives on")
    func unauthorized() async throws {
        try await TelegramTestBench.with { bench in
            let health = TelegramHealth()
            bench.fake.inject(.status(401, "Unauthorized"), count: nil, method: "getUpdates")
            try await listening(to: bench, RecordingConversation(), health: health) {
                try await bench.fake.wait(for: "a poll") { $0.calls["getUpdates"] != nil }
                while health.state != .unauthorized { await Task.yield() }
            }
            #expect(bench.fake.journal.calls["getUpdates"] == 1)
        }
    }

    @Test("a webhook left behind is taken away")
    func webhookLeft() async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            try await bench.api.setWebhook(url: "https://example.com/x", secret: "s")
            bench.fake.user(7).says("hi")
            try await listening(to: bench, conversation) {
                await conversation.received(1)
                #expect(bench.fake.webhookURL.isEmpty)
            }
        }
    }

    @Test(
        "network faults are passed: gateway pages, broken JSON, cut connections",
        arguments: [
            FakeTelegramFault.html(502), .brokenJSON, .cutBeforeAccepting, .status(500, "x"),
        ])
    func network(fault: FakeTelegramFault) async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation()
            bench.fake.inject(fault, method: "getUpdates")
            bench.fake.user(7).says("hi")
            try await listening(to: bench, conversation) { await conversation.received(1) }
        }
    }

    @Test("steps of the poller follow from what happened")
    func steps() {
        var polling = TelegramPolling()
        #expect(polling.offset == nil)
        polling.committed([5, 9, 7], isEmpty: false)
        #expect(polling.offset == 10)
        #expect(polling.notCommitted(chance: 0) == .wait(.milliseconds(50)))
        #expect(polling.notCommitted(chance: 0) == .wait(.milliseconds(100)))
        #expect(polling.offset == 10)
        #expect(polling.failed(.rateLimited(retryAfter: .seconds(17)), chance: 0.9) == .wait(.seconds(17)))
        #expect(polling.failed(.conflict(byWebhook: false), chance: 0) == .wait(.seconds(30)))
        #expect(polling.failed(.conflict(byWebhook: true), chance: 0) == .deleteWebhook)
        #expect(polling.failed(.unauthorized(description: ""), chance: 0) == .stop)
        var last = Span.zero
        for _ in 0..<12 {
            guard case .wait(let span) = polling.failed(.unavailable(reason: ""), chance: 0.999_999) else {
                return #expect(Bool(false))
            }
            #expect(span >= last && span <= .seconds(60))
            last = span
        }
        polling.committed([], isEmpty: true)
        #expect(polling.offset == nil)
    }
}
