import People

/// Our account at Twilio. Its description never shows the token.
package struct TwilioConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `TWILIO_ACCOUNT_SID`.
    package let account: String
    let token: String
    /// `TWILIO_PHONE_NUMBER`: a number, a short code, or the id of a messaging service.
    package let sender: String
    /// `TWILIO_API_URL` without a slash at its end.
    let apiURL: String
    /// `VIGIA_PUBLIC_URL` without a slash at its end; without it nothing is reported back.
    package let publicURL: String?
    /// Longest time for an answer to one call.
    package var deadline: Duration = .seconds(10)

    package static let officialURL = "https://api.twilio.com"
    package static let statusPath = "/webhooks/twilio/status"
    package static let inboundPath = "/webhooks/twilio/inbound"

    /// Throws `TwilioConfigurationError`, which names the setting and what it accepts. That `apiURL` is encrypted or on
    /// this machine is the settings' check.
    package init(
        account: String, token: String?, sender: String?, apiURL: String = TwilioConfiguration.officialURL,
        publicURL: String? = nil
    ) throws(TwilioConfigurationError) {
        guard account.utf8.count == 34, account.hasPrefix("AC"),
            account.utf8.dropFirst(2).allSatisfy({ TwilioConfiguration.isAlphanumeric($0) })
        else {
            throw TwilioConfigurationError(
                setting: "TWILIO_ACCOUNT_SID", accepted: "the account's id, AC and 32 letters or digits")
        }
        guard let token, !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw TwilioConfigurationError(setting: "TWILIO_AUTH_TOKEN", accepted: "the account's token")
        }
        let isService = sender.map { $0.hasPrefix("MG") && $0.utf8.allSatisfy(TwilioConfiguration.isAlphanumeric) }
        let isShort = sender.map {
            (3...8).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        guard let sender, PhoneNumber(sender) != nil || isService == true || isShort == true else {
            throw TwilioConfigurationError(
                setting: "TWILIO_PHONE_NUMBER",
                accepted: "a number such as +15005550006, a short code, or a messaging service (MG…)")
        }
        self.account = account
        self.token = token
        self.sender = PhoneNumber(sender)?.text ?? sender
        self.apiURL = apiURL.trimmingSlashes
        self.publicURL = publicURL?.trimmingSlashes
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    var isMessagingService: Bool { sender.hasPrefix("MG") }

    package var description: String { "Twilio account \(account)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["account": account, "apiURL": apiURL]) }
}

package struct TwilioConfigurationError: Error, Hashable, Sendable {
    package var setting: String
    package var accepted: String
}

extension String {
    fileprivate var trimmingSlashes: String {
        var url = self
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
