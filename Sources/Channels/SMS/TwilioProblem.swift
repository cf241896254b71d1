import Delivery
import Market
import People

/// A refusal of Twilio's, and what it means for the delivery.
/// https://www.twilio.com/docs/api/errors
struct TwilioProblem: Hashable, Sendable {
    var status: Int
    /// Twilio's own number; `nil` when the answer was not Twilio's (a gateway's page).
    var code: Int?
    var message: String
    var retryAfter: Span?

    init(status: Int, code: Int?, message: String = "", retryAfter: Span? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    init(_ status: Int, body: JSONValue?, retryAfter: Span?) {
        self.init(
            status: status, code: body?["code"]?.integer.map(Int.init), message: body?["message"]?.string ?? "",
            retryAfter: retryAfter)
    }

    /// For people: number and words.
    var reason: String {
        // Cut where the number is taken out of it, not before: half a number would be found by nobody.
        let words = EmailHeader.clean(message).prefix(1_000)
        return code.map {
            "Twilio \($0): \(words.isEmpty ? TwilioProblem.words[$0] ?? "HTTP \(status)" : String(words))"
        }
            ?? "Twilio answered \(status)"
    }

    /// For a message that was to be sent.
    var deliveryError: DeliveryError {
        if status == 429 || code == 20429 {
            return .rateLimited(retryAfter: retryAfter ?? .seconds(1), scope: .sender)
        }
        switch code {
        case 21211, 21217, 21614, 21635, 30005, 30006: return .recipientGone(reason: reason)
        // The network blocks all of ours to this number until its owner says START.
        case 21610: return .recipientGone(reason: ContactStop.stop)
        // The queue of our number is full: what is sent now would be thrown away.
        case 21611, 30001: return .rateLimited(retryAfter: retryAfter ?? .minutes(1), scope: .sender)
        // Log-in, account, money, our own number: nothing can go.
        case 20003, 20005, 20006, 20008, 20403, 21603, 21606, 21607, 21608, 21659, 21660, 21661, 21704, 21705, 30002,
            30010, 90010:
            return .unauthorized(reason: reason)
        default: break
        }
        switch status {
        case 401, 403: return .unauthorized(reason: reason)
        // The account is part of the path.
        case 404: return .unauthorized(reason: code == nil ? "Twilio knows no such account or address (404)" : reason)
        case 408, 502, 504: return .outcomeUnknown(reason: reason)
        // Twilio says that it took nothing. Any other failure of its own may have come after it took the message.
        case 503 where code != nil: return .unavailable(reason: reason)
        case 500...: return .outcomeUnknown(reason: reason)
        default: return .rejected(reason: reason)
        }
    }

    /// Whether a number can never be reached, by what the network reported of a message.
    static func goneReason(_ code: Int) -> String? {
        switch code {
        case 21211, 21614, 30005, 30006: "Twilio \(code): \(words[code] ?? "")"
        case 21610: ContactStop.stop
        default: nil
        }
    }

    private static let words: [Int: String] = [
        20003: "authentication failed", 20429: "too many requests", 21211: "no valid number",
        21408: "SMS to that country is not allowed for the account", 21610: "the number's owner said STOP",
        21611: "the sender's queue is full", 21612: "that number cannot be reached from ours",
        21614: "no mobile number", 30001: "the sender's queue is full", 30002: "the account is suspended",
        30003: "the phone is off or out of reach", 30004: "blocked by the network", 30005: "unknown number",
        30006: "a landline, or a network that takes no SMS", 30007: "filtered by the network",
        30008: "unknown error of the network",
    ]
}
