package import Market
import Transport

/// Why a call to Discord did not do what it was asked. The case is what the caller does next.
package enum DiscordError: Error, Hashable, Sendable {
    /// Whom a limit concerns: this bucket, what everybody sends to this resource, or everything of this bot.
    package enum Scope: String, Hashable, Sendable { case user, shared, global }

    /// 429, or our own count says that one would come: wait this long.
    case rateLimited(retryAfter: Span, scope: Scope)
    /// Nothing can be sent to this channel any more: `unknown_channel`, `missing_access`, `missing_permissions`,
    /// `cannot_message_user`, `unknown_user`, `forbidden`.
    case gone(reason: String)
    /// The message to edit is gone, or not ours to edit.
    case messageNotFound
    /// The interaction is over: its token is unknown or has expired.
    case interactionGone
    /// The interaction has its first answer already.
    case alreadyAnswered
    /// Any other refusal of this request.
    case rejected(status: Int, code: Int, message: String)
    /// 401: the token is refused.
    case unauthorized(String)
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
        case .gone: "gone"
        case .messageNotFound: "message_not_found"
        case .interactionGone: "interaction_gone"
        case .alreadyAnswered: "already_answered"
        case .rejected: "rejected"
        case .unauthorized: "unauthorized"
        case .unavailable: "unavailable"
        case .outcomeUnknown: "outcome_unknown"
        case .cancelled: "cancelled"
        }
    }
}

extension DiscordError {
    init(_ error: TransportError) {
        switch error {
        case .notConnected(let reason): self = .unavailable(reason: reason)
        case .noAnswer(let reason): self = .outcomeUnknown(reason: reason)
        case .answerTooLarge(let limit): self = .outcomeUnknown(reason: "answer over \(limit) bytes")
        case .cancelled: self = .cancelled
        }
    }

    /// Reads a refusal. Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json. 429 is read by
    /// `DiscordLimits`.
    init(status: Int, body: JSONValue?) {
        let code = body?["code"]?.integer.flatMap { Int(exactly: $0) } ?? 0
        let message = String((body?["message"]?.string ?? "HTTP \(status)").prefix(200))
        switch code {
        case 10003: self = .gone(reason: "unknown_channel")
        case 10008, 50005: self = .messageNotFound
        case 10013: self = .gone(reason: "unknown_user")
        case 10015, 10062, 50027: self = .interactionGone
        case 40060: self = .alreadyAnswered
        case 50001: self = .gone(reason: "missing_access")
        case 50013: self = .gone(reason: "missing_permissions")
        case 50007, 50278: self = .gone(reason: "cannot_message_user")
        default:
            switch status {
            case 401: self = .unauthorized(message)
            // Without Discord's own code it is a gateway that refuses, and not this channel.
            case 403 where code == 0: self = .unavailable(reason: "HTTP 403")
            case 403: self = .gone(reason: "forbidden")
            // A gateway speaks for a server that may have taken the request.
            case 408, 502, 504: self = .outcomeUnknown(reason: "HTTP \(status)")
            case 500...: self = .unavailable(reason: "HTTP \(status)")
            case 400...: self = .rejected(status: status, code: code, message: message)
            default: self = .outcomeUnknown(reason: "HTTP \(status) without sense")
            }
        }
    }
}
