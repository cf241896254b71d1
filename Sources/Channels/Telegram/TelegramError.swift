package import Market
import Transport

/// Why a call to the Bot API did not do what it was asked. The case is what the caller does next; texts come from the
/// server with the token taken out.
package enum TelegramError: Error, Hashable, Sendable {
    /// 429: wait exactly this long.
    case rateLimited(retryAfter: Span)
    /// The group became a supergroup with this id.
    case migrated(to: Int64)
    /// Nothing can be sent to this chat (or topic) any more: `blocked`, `kicked`, `deactivated`, `chat_not_found`,
    /// `topic_not_found`, `not_started`, `no_rights`, `forbidden`.
    case gone(reason: String)
    /// The edited message already looks like this.
    case notModified
    /// The message to edit is gone or too old to be edited.
    case messageNotFound
    /// Any other refusal of this request.
    case rejected(status: Int, description: String)
    /// 401 or 404: the server does not know this token.
    case unauthorized(description: String)
    /// 409: another process polls with this token, or a webhook is set (`byWebhook`).
    case conflict(byWebhook: Bool)
    /// Nothing was done: not connected, or the server failed.
    case unavailable(reason: String)
    /// It may have been done: the answer was lost or made no sense.
    case outcomeUnknown(reason: String)
    /// This task was cancelled; whether the request arrived is unknown.
    case cancelled

    /// A word for counters and logs.
    package var kind: String {
        switch self {
        case .rateLimited: "rate_limited"
        case .migrated: "migrated"
        case .gone: "gone"
        case .notModified: "not_modified"
        case .messageNotFound: "message_not_found"
        case .rejected: "rejected"
        case .unauthorized: "unauthorized"
        case .conflict: "conflict"
        case .unavailable: "unavailable"
        case .outcomeUnknown: "outcome_unknown"
        case .cancelled: "cancelled"
        }
    }
}

extension TelegramError {
    init(_ error: TransportError) {
        switch error {
        case .notConnected(let reason): self = .unavailable(reason: reason)
        case .noAnswer(let reason): self = .outcomeUnknown(reason: reason)
        case .answerTooLarge(let limit): self = .outcomeUnknown(reason: "answer over \(limit) bytes")
        case .cancelled: self = .cancelled
        }
    }

    /// Reads the answer that a server gave with a status other than success, or with `ok` false. `body` is nil when it
    /// was no JSON.
    init(status: Int, body: JSONValue?) {
        let code = body?["error_code"]?.integer.flatMap { Int(exactly: $0) } ?? status
        let description = body?["description"]?.string ?? "HTTP \(status)"
        let words = description.lowercased()
        if let chat = body?["parameters"]?["migrate_to_chat_id"]?.integer {
            self = .migrated(to: chat)
            return
        }
        switch code {
        case 429:
            let seconds = body?["parameters"]?["retry_after"]?.integer ?? 1
            self = .rateLimited(retryAfter: .seconds(min(max(seconds, 1), 86_400)))
        case 401: self = .unauthorized(description: description)
        case 404: self = .unauthorized(description: "\(description) (token or TELEGRAM_API_URL is wrong)")
        case 409: self = .conflict(byWebhook: words.contains("webhook"))
        case 403: self = .gone(reason: TelegramError.reasonOfForbidden(words))
        case 400: self = TelegramError.badRequest(words, description: description)
        // A gateway speaks for a server that may have taken the request.
        case 502, 504: self = .outcomeUnknown(reason: "HTTP \(code)")
        case 500...: self = .unavailable(reason: "HTTP \(code)")
        case 402...: self = .rejected(status: code, description: description)
        default: self = .outcomeUnknown(reason: "HTTP \(status) without sense")
        }
    }

    private static func reasonOfForbidden(_ words: String) -> String {
        if words.contains("blocked by the user") { return "blocked" }
        if words.contains("kicked") || words.contains("not a member") { return "kicked" }
        if words.contains("deactivated") || words.contains("deleted") { return "deactivated" }
        if words.contains("initiate conversation") { return "not_started" }
        if words.contains("rights") { return "no_rights" }
        return "forbidden"
    }

    private static func badRequest(_ words: String, description: String) -> TelegramError {
        func has(_ needles: String...) -> Bool { needles.contains { words.contains($0) } }
        if has("message is not modified") { return .notModified }
        if has("message to edit not found", "message can't be edited", "message_id_invalid") { return .messageNotFound }
        if has("thread not found", "topic_closed", "topic_deleted", "topic_id_invalid") {
            return .gone(reason: "topic_not_found")
        }
        if has("chat not found", "peer_id_invalid", "chat_id_invalid", "chat_id is empty") {
            return .gone(reason: "chat_not_found")
        }
        if has("chat was deactivated", "user_deactivated", "input_user_deactivated") {
            return .gone(reason: "deactivated")
        }
        if has("rights to send", "chat_write_forbidden", "need administrator rights") {
            return .gone(reason: "no_rights")
        }
        return .rejected(status: 400, description: description)
    }
}
