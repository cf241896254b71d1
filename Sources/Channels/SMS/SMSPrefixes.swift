package import People

/// The country prefixes that SMS go to (`SMS_ALLOWED_PREFIXES`).
package struct SMSPrefixes: Hashable, Sendable {
    package let prefixes: [String]

    /// - Parameters:
    ///   - setting: `+34,+351`.
    ///   - operatorPhone: `ALERT_PHONE_NUMBER`, whose country is meant when the setting is missing.
    package init(setting: String?, operatorPhone: String?) {
        if let setting {
            prefixes = setting.split(separator: ",").map(\.trimmingWhitespace).filter { $0.hasPrefix("+") }
        } else {
            prefixes = operatorPhone.flatMap { PhoneNumber($0) }.map { [$0.countryPrefix] } ?? []
        }
    }

    package func allow(_ number: PhoneNumber) -> Bool { prefixes.contains { number.text.hasPrefix($0) } }
}
