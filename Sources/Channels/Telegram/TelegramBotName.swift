import Synchronization

/// The bot's name, once Telegram has told it.
package final class TelegramBotName: Sendable {
    private let name = Mutex<String?>(nil)

    package init() {}

    package func learn(_ username: String) { name.withLock { $0 = username } }

    /// A link that opens a chat with the bot and sends `/start PAYLOAD`; `nil` before the name is known, and for a payload
    /// that Telegram would not carry (1 to 64 of `A-Z a-z 0-9 _ -`).
    /// See https://core.telegram.org/bots/features#deep-linking
    package func startLink(_ payload: String) -> String? {
        guard let name = name.withLock({ $0 }), (1...64).contains(payload.utf8.count),
            payload.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            })
        else { return nil }
        return "https://t.me/\(name)?start=\(payload)"
    }
}
