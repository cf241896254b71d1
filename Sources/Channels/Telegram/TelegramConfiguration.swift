/// Where the Bot API is and who we are there. Its description never shows the token.
package struct TelegramConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// `TELEGRAM_BOT_TOKEN`.
    let token: String
    /// `TELEGRAM_API_URL` without a slash at its end.
    let apiURL: String
    /// Seconds the server may hold a poll open, 0 to 50.
    package var pollSeconds: Int = 50
    /// Most time for an answer to one call, polls excepted.
    package var deadline: Duration = .seconds(15)

    package static let officialURL = "https://api.telegram.org"

    /// Throws `TelegramConfigurationError`, which names the setting and what it accepts.
    package init(token: String, apiURL: String = TelegramConfiguration.officialURL) throws(TelegramConfigurationError) {
        // Loose on purpose: a local Bot API server hands out tokens of other shapes. What would break a URL is refused.
        let isSpelledLikeAToken =
            !token.isEmpty
            && token.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard isSpelledLikeAToken else {
            throw TelegramConfigurationError(
                setting: "TELEGRAM_BOT_TOKEN", accepted: "the token from BotFather, such as 123456:AbC-dEf")
        }
        var url = apiURL
        while url.hasSuffix("/") { url.removeLast() }
        guard TelegramConfiguration.isAllowed(url) else {
            throw TelegramConfigurationError(
                setting: "TELEGRAM_API_URL", accepted: "an https URL, or http for a loopback host")
        }
        self.token = token
        self.apiURL = url
    }

    private static func isAllowed(_ url: String) -> Bool {
        let lower = url.lowercased()
        if lower.hasPrefix("https://") { return lower.utf8.count > 8 }
        guard lower.hasPrefix("http://") else { return false }
        let authority = lower.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return false }
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) })
    }

    package var description: String { "Telegram at \(apiURL)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["apiURL": apiURL]) }
}

package struct TelegramConfigurationError: Error, Hashable, Sendable {
    package var setting: String
    package var accepted: String
}
