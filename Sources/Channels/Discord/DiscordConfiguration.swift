import Foundation

/// Where Discord's API is and who we are there. Its description never shows the token.
package struct DiscordConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    package static let officialURL = "https://discord.com/api/v10"

    /// `DISCORD_BOT_TOKEN`.
    let token: String
    /// `DISCORD_API_URL` without a slash at its end.
    let apiURL: String
    /// `DISCORD_APPLICATION_ID`; asked for at the server where it is not set.
    package let applicationID: String?
    /// Most time for an answer to one call.
    package var deadline: Duration = .seconds(15)

    /// Throws `DiscordConfigurationError`, which names the setting and what it accepts.
    package init(
        token: String, apiURL: String = DiscordConfiguration.officialURL, applicationID: String? = nil
    ) throws(DiscordConfigurationError) {
        let bare = token.hasPrefix("Bot ") ? String(token.dropFirst(4)) : token
        guard !bare.isEmpty, bare.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw DiscordConfigurationError(
                setting: "DISCORD_BOT_TOKEN", accepted: "the bot's token from the developer portal")
        }
        var url = apiURL
        while url.hasSuffix("/") { url.removeLast() }
        guard DiscordConfiguration.isAllowed(url, secure: "https", plain: "http") else {
            throw DiscordConfigurationError(
                setting: "DISCORD_API_URL", accepted: "an https URL, or http for a loopback host")
        }
        if let applicationID, !DiscordAddress.isSnowflake(applicationID) {
            throw DiscordConfigurationError(
                setting: "DISCORD_APPLICATION_ID", accepted: "the application's id, a number of 17 to 20 digits")
        }
        self.token = bare
        self.apiURL = url
        self.applicationID = applicationID
    }

    /// An encrypted address, or a plain one of this machine.
    static func isAllowed(_ url: String, secure: String, plain: String) -> Bool {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(), parts.user == nil,
            let host = parts.host?.lowercased(), !host.isEmpty
        else { return false }
        if scheme == secure { return true }
        guard scheme == plain else { return false }
        return host == "localhost" || host == "::1" || host == "[::1]"
            || (host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) })
    }

    package var description: String { "Discord at \(apiURL)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["apiURL": apiURL]) }
}

package struct DiscordConfigurationError: Error, Hashable, Sendable {
    package var setting: String
    package var accepted: String
}

/// How an address of the Discord channel is spelled.
///
/// - `123456789012345678`: a channel, a thread, or the direct-message channel with a person, by its id. It is also the
///   identity of a place (`discord:123456789012345678`).
/// - `@123456789012345678`: a person by user id, where no direct-message channel is known yet. It is opened at the first
///   send, and the address becomes the channel's.
/// - `webhook`: the channel webhook (`DiscordWebhookChannel`).
package enum DiscordAddress: Hashable, Sendable {
    case channel(String)
    case user(String)

    package init?(_ text: String) {
        if text.hasPrefix("@") {
            let id = String(text.dropFirst())
            guard DiscordAddress.isSnowflake(id) else { return nil }
            self = .user(id)
        } else {
            guard DiscordAddress.isSnowflake(text) else { return nil }
            self = .channel(text)
        }
    }

    /// An id as Discord makes them: an unsigned number of 64 bits.
    static func isSnowflake(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt64(text) != nil
    }
}
