import Delivery
import Market
import Messages
import Support
import Testing
import Transport
import Turns

@testable import Channels

/// The webhook over a real socket, against a server that misbehaves.
@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct DiscordWebhookSocketTests {
    private func outcome(_ response: LoopbackResponse) async throws -> Result<Receipt, DeliveryError> {
        let server = try await LoopbackServer.start { request in
            guard request.method == "POST", request.path == "/api/webhooks/1/token", request.query["wait"] == "true",
                request.header("content-type") == "application/json"
            else { return .json("{}", status: 418) }
            return response
        }
        let transport = try AsyncHTTPTransport()
        let result: Result<Receipt, DeliveryError>
        do throws(DeliveryError) {
            let channel = DiscordWebhookChannel(url: "\(server.url)/api/webhooks/1/token", transport: transport)
            result = .success(
                try await channel.send(
                    OutgoingDelivery(
                        id: OutboxID(1), address: DiscordWebhookChannel.address,
                        message: Message(blocks: [.text([InlineSpan("BTC")])]), form: .new, possibleRepeat: false)))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await server.stop()
        return result
    }

    @Test("an answer with an id is a receipt, with rate headers besides")
    func posted() async throws {
        let response = LoopbackResponse.json(
            #"{"id":"99"}"#, headers: [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset-After", "0.5")])
        #expect(
            try await outcome(response) == .success(Receipt(providerMessageID: "99", exhaustedFor: .milliseconds(500))))
    }

    @Test("a broken page with status 200 still says that it arrived")
    func brokenBody() async throws {
        #expect(try await outcome(.html("<html>ok</html>")) == .success(Receipt(providerMessageID: nil)))
    }

    @Test("an answer that breaks off leaves the outcome unknown")
    func cut() async throws {
        #expect(try await outcome(.cut) == .failure(.outcomeUnknown(reason: "no answer")))
    }

    @Test("limits and server errors come through as they are")
    func refused() async throws {
        #expect(
            try await outcome(.json(#"{"retry_after":1.5}"#, status: 429))
                == .failure(.rateLimited(retryAfter: .milliseconds(1500), scope: .address)))
        #expect(
            try await outcome(.html("bad gateway", status: 502))
                == .failure(.unavailable(reason: "Discord answered 502")))
    }

    @Test("a server that is not there was not reached")
    func unreachable() async throws {
        let server = try await LoopbackServer.start { _ in .notFound }
        let url = server.url
        await server.stop()
        let transport = try AsyncHTTPTransport()
        await #expect(throws: DeliveryError.unavailable(reason: "not connected")) {
            try await DiscordWebhookChannel(url: url, transport: transport).send(
                OutgoingDelivery(
                    id: OutboxID(1), address: DiscordWebhookChannel.address,
                    message: Message(blocks: [.text([InlineSpan("BTC")])]), form: .new, possibleRepeat: false))
        }
        await transport.shutdown()
    }
}
