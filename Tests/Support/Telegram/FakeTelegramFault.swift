/// What goes wrong on purpose.
package enum FakeTelegramFault: Hashable, Sendable {
    /// A JSON refusal with this status and description.
    case status(Int, String)
    case rateLimited(retryAfter: Int)
    /// 403, as after `FakeTelegramUser.blocksTheBot` but for these calls only.
    case blocked
    case migrated(to: Int64)
    /// A page as a gateway or a captive portal gives it.
    case html(Int)
    /// Status 200 and half a JSON document.
    case brokenJSON
    /// Nothing is accepted and nothing is answered until the fake stops or `release` is called.
    case hang
    /// The connection breaks; nothing is accepted.
    case cutBeforeAccepting
    /// Accepted (the journal has it), then the connection breaks.
    case acceptThenCut
    /// Accepted, and never answered until the fake stops or `release` is called.
    case acceptThenHang
    /// Accepted, answered after this time.
    case slow(Duration)
}

/// A fault that waits for its calls.
struct ArmedFault {
    var fault: FakeTelegramFault
    /// `nil`: until it is taken away.
    var remaining: Int?
    /// `nil`: the methods that make or change a message.
    var method: String?
    var chat: Int64?

    static let messageMethods: Set<String> = ["sendMessage", "editMessageText", "sendDocument"]

    func matches(method: String, chat: Int64?) -> Bool {
        guard self.method.map({ $0 == method }) ?? ArmedFault.messageMethods.contains(method) else { return false }
        return self.chat == nil || self.chat == chat
    }
}
