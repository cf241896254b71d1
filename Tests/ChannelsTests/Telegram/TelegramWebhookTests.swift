import Chat
import Support
import Testing
import Turns

@testable import Channels

@Suite("Telegram's webhook", .oneAtATime)
struct TelegramWebhookTests {
    private func with(
        refusals: Int = 0,
        _ body: @escaping @Sendable (TelegramWebhook, RecordingConversation, FakeTelegram) async throws -> Void
    ) async throws {
        try await TelegramTestBench.with { bench in
            let conversation = RecordingConversation(refusals: refusals)
            let intake = TelegramIntake(api: bench.api, conversation: conversation)
            try await body(TelegramWebhook(intake: intake, secret: "S3cret_-x"), conversation, bench.fake)
        }
    }

    private let good = [TelegramWebhook.secretHeader: "S3cret_-x"]

    @Test("an update is handed on and answered 200")
    func handles() async throws {
        try await with { webhook, conversation, fake in
            fake.user(7).says("/start")
            let update = try #require(fake.takeUpdates().first)
            #expect(await webhook.receive(headers: good, body: update).status == 200)
            #expect(conversation.messages.map(\.text) == ["/start"])
        }
    }

    @Test(
        "a wrong or missing secret is refused before the body is looked at",
        arguments: [nil, "", "s3cret_-x", "S3cret_-", "S3cret_-xx", "é"])
    func secrets(secret: String?) async throws {
        try await with { webhook, conversation, fake in
            fake.user(7).says("/start")
            let update = try #require(fake.takeUpdates().first)
            let headers = secret.map { [TelegramWebhook.secretHeader: $0] } ?? [:]
            #expect(await webhook.receive(headers: headers, body: update).status == 401)
            #expect(await webhook.receive(headers: headers, body: Array("{".utf8)).status == 401)
            #expect(conversation.batches == 0)
        }
    }

    @Test("what is no update is refused", arguments: ["", "{", "[]", "{}", "<html>", #"{"update_id":"x"}"#, "[[[["])
    func nonsense(body: String) async throws {
        try await with { webhook, conversation, _ in
            #expect(await webhook.receive(headers: good, body: Array(body.utf8)).status == 400)
            #expect(conversation.batches == 0)
        }
    }

    @Test("a body over the limit is refused")
    func large() async throws {
        try await with { webhook, _, _ in
            let body =
                Array(#"{"update_id":1,"x":""#.utf8) + [UInt8](repeating: 0x61, count: 1 << 20) + Array("\"}".utf8)
            #expect(await webhook.receive(headers: good, body: body).status == 400)
        }
    }

    @Test("an update that cannot be committed is not confirmed")
    func notCommitted() async throws {
        try await with(refusals: 1) { webhook, conversation, fake in
            fake.user(7).says("/start")
            let update = try #require(fake.takeUpdates().first)
            #expect(await webhook.receive(headers: good, body: update).status == 500)
            #expect(await webhook.receive(headers: good, body: update).status == 200)
            #expect(conversation.messages.count == 1)
        }
    }

    @Test("a readable update of an unknown kind is confirmed, so that it does not come for ever")
    func unknownKind() async throws {
        try await with { webhook, conversation, _ in
            #expect(await webhook.receive(headers: good, body: Array(#"{"update_id":1,"poll":{}}"#.utf8)).status == 200)
            #expect(conversation.batches == 0)
        }
    }
}
