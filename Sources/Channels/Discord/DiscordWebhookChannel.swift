package import Delivery
import Foundation
import Market
import Messages
package import People
import Synchronization
package import Transport

/// Posts to one Discord channel through its webhook (`DISCORD_WEBHOOK_URL`), address `webhook`.
///
/// Nothing it posts can ping anybody, silent messages make no sound, and the answer's rate headers say when the next
/// may come. A webhook has no nonce, so a possible repeat is marked for the reader.
package struct DiscordWebhookChannel: Channel {
    /// The only address of this channel.
    package static let address = "webhook"
    private static let suppressNotifications = 1 << 12
    /// Answers to what is sent are small.
    private static let answerLimit = 1 << 20

    package let kind = ChannelKind.discord
    private let url: String
    private let transport: any HTTPTransport
    private let repeatMark: String
    private let markup = DiscordMarkup()
    private let gone = Gone()

    private let onGone: @Sendable () async -> Void

    /// A webhook that answered 404 must never be used again: Discord counts such calls towards a ban.
    private final class Gone: Sendable { let flag = Atomic(false) }

    /// - Parameters:
    ///   - url: the webhook's address with its token; it never reaches a log or an error.
    ///   - repeatMark: what stands before a message that may have been posted already, in the reader's language.
    ///   - isGone: this very address answered 404 in an earlier run; it is not called again.
    ///   - onGone: told, before the send fails, that the webhook is gone, so that this is remembered for good.
    package init(
        url: String, transport: any HTTPTransport, repeatMark: String = "↻", isGone: Bool = false,
        onGone: @escaping @Sendable () async -> Void = {}
    ) {
        self.url = url
        self.transport = transport
        self.repeatMark = repeatMark
        self.onGone = onGone
        gone.flag.store(isGone, ordering: .releasing)
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard delivery.address == DiscordWebhookChannel.address else {
            throw .rejected(reason: "the channel webhook has no address but \(DiscordWebhookChannel.address)")
        }
        if gone.flag.load(ordering: .acquiring) { throw .recipientGone(reason: "webhook deleted") }
        let body = try encode(delivery)
        if case .edit(let messageID) = delivery.form {
            let answer = try await call(
                "PATCH", path: "/messages/\(messageID)", query: nil, body, "discord webhook edit")
            // 10008: the message to edit is gone, the webhook is not. A new one takes its place.
            if answer.status != 404 || DiscordProblem(answer.body)?.code != 10008 { return try await receipt(answer) }
        }
        return try await receipt(try await call("POST", path: "", query: "wait=true", body, "discord webhook"))
    }

    private struct Payload: Encodable {
        struct AllowedMentions: Encodable { let parse: [String] = [] }
        let content: String
        let flags: Int
        let allowedMentions = AllowedMentions()
        enum CodingKeys: String, CodingKey {
            case content, flags
            case allowedMentions = "allowed_mentions"
        }
    }

    private func encode(_ delivery: OutgoingDelivery) throws(DeliveryError) -> [UInt8] {
        let content = markup.content(of: delivery.message, prefix: delivery.possibleRepeat ? repeatMark : "")
        guard content.contains(where: { !$0.isWhitespace }) else { throw .rejected(reason: "empty message") }
        let flags = delivery.message.silent ? DiscordWebhookChannel.suppressNotifications : 0
        do {
            return [UInt8](try JSONEncoder().encode(Payload(content: content, flags: flags)))
        } catch {
            throw .rejected(reason: "message not encodable")
        }
    }

    private func call(
        _ method: String, path: String, query: String?, _ body: [UInt8], _ label: String
    ) async throws(DeliveryError) -> HTTPAnswer {
        // The setting may carry a query of its own (`?thread_id=`).
        let parts = url.split(separator: "?", maxSplits: 1).map(String.init)
        let queries = [parts.count > 1 ? parts[1] : nil, query].compactMap { $0 }
        let target = (parts.first ?? url) + path + (queries.isEmpty ? "" : "?" + queries.joined(separator: "&"))
        do throws(TransportError) {
            return try await transport.send(
                HTTPCall(
                    method: method, url: target, headers: [("content-type", "application/json")], body: body,
                    limit: DiscordWebhookChannel.answerLimit, label: label))
        } catch {
            switch error {
            case .notConnected: throw .unavailable(reason: "not connected")
            case .noAnswer: throw .outcomeUnknown(reason: "no answer")
            case .answerTooLarge: throw .outcomeUnknown(reason: "answer too large")
            case .cancelled: throw .outcomeUnknown(reason: "cancelled")
            }
        }
    }

    private func receipt(_ answer: HTTPAnswer) async throws(DeliveryError) -> Receipt {
        switch answer.status {
        case 200..<300:
            struct Posted: Decodable { let id: String }
            let posted = try? JSONDecoder().decode(Posted.self, from: Data(answer.body))
            return Receipt(providerMessageID: posted?.id, exhaustedFor: DiscordLimits.exhaustedFor(answer.headers))
        case 429:
            let (span, scope) = DiscordLimits.retryAfter(answer)
            throw .rateLimited(retryAfter: span, scope: scope == .global ? .sender : .address)
        case 404:
            gone.flag.store(true, ordering: .releasing)
            await onGone()
            throw .recipientGone(reason: "webhook deleted")
        case 401, 403:
            throw .unauthorized(reason: "webhook refused (\(answer.status))")
        case 408, 500...:
            throw .unavailable(reason: "Discord answered \(answer.status)")
        default:
            throw .rejected(reason: DiscordProblem(answer.body)?.reason ?? "Discord answered \(answer.status)")
        }
    }
}

/// Discord's description of a refused request.
struct DiscordProblem {
    let code: Int
    let reason: String

    init?(_ body: [UInt8]) {
        struct Problem: Decodable {
            let code: Int
            let message: String?
        }
        guard let problem = try? JSONDecoder().decode(Problem.self, from: Data(body)) else { return nil }
        code = problem.code
        reason = "Discord \(problem.code): \((problem.message ?? "").prefix(100))"
    }
}
