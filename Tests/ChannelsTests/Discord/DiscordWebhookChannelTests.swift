import Delivery
import Foundation
import Market
import Messages
import People
import Support
import Synchronization
import Testing
import Transport
import Turns

@testable import Channels

@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct DiscordWebhookChannelTests {
    /// Answers from a list, and remembers what was asked.
    private final class StubTransport: HTTPTransport {
        private let state: Mutex<(answers: [Result<HTTPAnswer, TransportError>], calls: [HTTPCall])>

        init(_ answers: [Result<HTTPAnswer, TransportError>]) { state = Mutex((answers, [])) }
        convenience init(_ status: Int, _ body: String = "", headers: [String: String] = [:]) {
            self.init([.success(HTTPAnswer(status: status, headers: headers, body: Array(body.utf8)))])
        }

        var calls: [HTTPCall] { state.withLock { $0.calls } }

        func send(_ request: HTTPCall) async throws(TransportError) -> HTTPAnswer {
            let answer = state.withLock { state in
                state.calls.append(request)
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
            return try answer.get()
        }
    }

    private struct Posted: Decodable {
        struct Mentions: Decodable { let parse: [String] }
        let content: String
        let flags: Int
        let allowed_mentions: Mentions
    }

    private static let url = "https://discord.test/api/webhooks/1/secret"

    private func delivery(
        _ words: String = "BTC *up*", silent: Bool = false, form: OutboxContent.Form = .new,
        possibleRepeat: Bool = false,
        address: String = DiscordWebhookChannel.address
    ) -> OutgoingDelivery {
        OutgoingDelivery(
            id: OutboxID(1), address: address, message: Message(blocks: [.text([InlineSpan(words)])], silent: silent),
            form: form, possibleRepeat: possibleRepeat)
    }

    private func error(_ transport: StubTransport, _ delivery: OutgoingDelivery? = nil) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await DiscordWebhookChannel(url: Self.url, transport: transport).send(delivery ?? self.delivery())
            return nil
        } catch {
            return error
        }
    }

    @Test("a message is posted so that it pings nobody, and its id comes back")
    func post() async throws {
        let transport = StubTransport(200, #"{"id":"4711","content":"…"}"#)
        let channel = DiscordWebhookChannel(url: Self.url, transport: transport)
        #expect(try await channel.send(delivery()) == Receipt(providerMessageID: "4711"))
        let call = try #require(transport.calls.first)
        #expect(call.method == "POST")
        #expect(call.url == Self.url + "?wait=true")
        #expect(!call.label.contains("secret"))
        let posted = try JSONDecoder().decode(Posted.self, from: Data(call.body ?? []))
        #expect(posted.content == "BTC \\*up\\*")
        #expect(posted.allowed_mentions.parse.isEmpty)
        #expect(posted.flags == 0)
    }

    @Test("silent messages make no sound, possible repeats are marked, a thread stays in the address")
    func variants() async throws {
        let transport = StubTransport(200, #"{"id":"1"}"#)
        let channel = DiscordWebhookChannel(
            url: Self.url + "?thread_id=9", transport: transport, repeatMark: "(again?)")
        _ = try await channel.send(delivery(silent: true, possibleRepeat: true))
        let call = try #require(transport.calls.first)
        #expect(call.url == Self.url + "?thread_id=9&wait=true")
        let posted = try JSONDecoder().decode(Posted.self, from: Data(call.body ?? []))
        #expect(posted.flags == 4096)
        #expect(posted.content == "(again?) BTC \\*up\\*")
    }

    @Test("an edit replaces the message, and posts a new one when that message is gone")
    func edit() async throws {
        let kept = StubTransport(200, #"{"id":"7"}"#)
        _ = try await DiscordWebhookChannel(url: Self.url, transport: kept).send(delivery(form: .edit(messageID: "7")))
        #expect(kept.calls.map(\.method) == ["PATCH"])
        #expect(kept.calls.map(\.url) == [Self.url + "/messages/7"])
        let lost = StubTransport([
            .success(
                HTTPAnswer(status: 404, headers: [:], body: Array(#"{"code":10008,"message":"Unknown Message"}"#.utf8))),
            .success(HTTPAnswer(status: 200, headers: [:], body: Array(#"{"id":"8"}"#.utf8))),
        ])
        let channel = DiscordWebhookChannel(url: Self.url, transport: lost)
        #expect(try await channel.send(delivery(form: .edit(messageID: "7"))).providerMessageID == "8")
        #expect(lost.calls.map(\.method) == ["PATCH", "POST"])
    }

    @Test("a webhook that answered 404 is never called again")
    func gone() async {
        let transport = StubTransport(404, #"{"code":10015,"message":"Unknown Webhook"}"#)
        let channel = DiscordWebhookChannel(url: Self.url, transport: transport)
        for _ in 0..<3 {
            await #expect(throws: DeliveryError.recipientGone(reason: "webhook deleted")) {
                try await channel.send(delivery())
            }
        }
        #expect(transport.calls.count == 1)
    }

    @Test("the float of the body says how long to wait, then the headers; global limits concern the sender")
    func limits() async {
        #expect(
            await error(StubTransport(429, #"{"retry_after":0.3005,"global":false}"#, headers: ["retry-after": "1"]))
                == .rateLimited(retryAfter: .milliseconds(301), scope: .address))
        #expect(
            await error(StubTransport(429, "<html>", headers: ["retry-after": "65", "x-ratelimit-scope": "global"]))
                == .rateLimited(retryAfter: .seconds(65), scope: .sender))
        #expect(
            await error(StubTransport(429, #"{"retry_after":2,"global":true}"#))
                == .rateLimited(retryAfter: .seconds(2), scope: .sender))
        #expect(
            await error(StubTransport(429, #"{"retry_after":-1}"#))
                == .rateLimited(retryAfter: .seconds(1), scope: .address))
    }

    @Test("an answer that says the allowance is used up says for how long")
    func exhausted() async throws {
        let transport = StubTransport(
            200, #"{"id":"1"}"#, headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.25"])
        let receipt = try await DiscordWebhookChannel(url: Self.url, transport: transport).send(delivery())
        #expect(receipt.exhaustedFor == .milliseconds(1250))
    }

    @Test("other answers become what to do next")
    func errors() async {
        #expect(await error(StubTransport(500)) == .unavailable(reason: "Discord answered 500"))
        #expect(await error(StubTransport(503, "<html>")) == .unavailable(reason: "Discord answered 503"))
        #expect(await error(StubTransport(401)) == .unauthorized(reason: "webhook refused (401)"))
        #expect(
            await error(StubTransport(400, #"{"code":50006,"message":"Cannot send an empty message"}"#))
                == .rejected(reason: "Discord 50006: Cannot send an empty message"))
        #expect(await error(StubTransport(400, "?")) == .rejected(reason: "Discord answered 400"))
        #expect(
            await error(StubTransport([.failure(.notConnected("refused"))])) == .unavailable(reason: "not connected"))
        #expect(await error(StubTransport([.failure(.noAnswer("cut"))])) == .outcomeUnknown(reason: "no answer"))
        #expect(await error(StubTransport([.failure(.cancelled)])) == .outcomeUnknown(reason: "cancelled"))
    }

    @Test("an empty message and a foreign address are refused before anything is sent")
    func refused() async {
        let transport = StubTransport(200)
        #expect(await error(transport, delivery("  ")) == .rejected(reason: "empty message"))
        guard case .rejected = await error(transport, delivery(address: "123")) else {
            Issue.record("a foreign address was accepted")
            return
        }
        #expect(transport.calls.isEmpty)
    }
}
