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

    /// A webhook that answered 404 must never be used again (Discord counts such calls towards a ban), so this is
    /// remembered for as long as the process lives, whatever becomes of the outbox's own note.
    private final class Gone: Sendable { let flag = Atomic(false) }

    /// - Parameters:
    ///   - url: the webhook's address with its token; it never reaches a log or an error.
    ///   - repeatMark: what stands before a message that may have been posted already, in the reader's language.
    package init(url: String, transport: any HTTPTransport, repeatMark: String = "↻") {
        self.url = url
        self.transport = transport
        self.repeatMark = repeatMark
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
            if answer.status != 404 || DiscordProblem(answer.body)?.code != 10008 { return try receipt(answer) }
        }
        return try receipt(try await call("POST", path: "", query: "wait=true", body, "discord webhook"))
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

    private func receipt(_ answer: HTTPAnswer) throws(DeliveryError) -> Receipt {
        switch answer.status {
        case 200..<300:
            struct Posted: Decodable { let id: String }
            let posted = try? JSONDecoder().decode(Posted.self, from: Data(answer.body))
            return Receipt(providerMessageID: posted?.id, exhaustedFor: DiscordLimits.exhaustedFor(answer.headers))
        case 429:
            let (span, scope) = DiscordLimits.retryAfter(answer)
            throw .rateLimited(retryAfter: span, scope: scope)
        case 404:
            gone.flag.store(true, ordering: .releasing)
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

/// What Discord's answers say about its limits.
/// https://discord.com/developers/docs/topics/rate-limits
enum DiscordLimits {
    /// Longest wait that is believed; a broken value must not stop a channel for days.
    private static let longest = 24 * 3600.0

    /// How long the route has no allowance left, when the answer says that this was the last.
    static func exhaustedFor(_ headers: [String: String]) -> Span? {
        guard headers["x-ratelimit-remaining"] == "0",
            let reset = headers["x-ratelimit-reset-after"].flatMap(Double.init)
        else { return nil }
        return span(reset)
    }

    /// `retry_after` of the body is the more exact (a float); the header is whole seconds. The scope is the sender's
    /// where the limit is global: without the body when Discord's edge answers.
    static func retryAfter(_ answer: HTTPAnswer) -> (Span, DeliveryError.Scope) {
        struct Limited: Decodable {
            let retryAfter: Double?
            let global: Bool?
            enum CodingKeys: String, CodingKey {
                case retryAfter = "retry_after"
                case global
            }
        }
        let body = try? JSONDecoder().decode(Limited.self, from: Data(answer.body))
        let seconds =
            body?.retryAfter ?? answer.headers["retry-after"].flatMap(Double.init)
            ?? answer.headers["x-ratelimit-reset-after"].flatMap(Double.init)
        let isGlobal =
            body?.global == true || answer.headers["x-ratelimit-global"] == "true"
            || answer.headers["x-ratelimit-scope"] == "global"
        return (seconds.flatMap(span) ?? .seconds(1), isGlobal ? .sender : .address)
    }

    private static func span(_ seconds: Double) -> Span? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        return .milliseconds(Int64((min(seconds, longest) * 1000).rounded(.up)))
    }
}
