/// A telephone number as E.164 writes it: `+34600123456`.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Blanks, hyphens, dots and parentheses are passed over; `00` stands for `+`.
    package init?(_ text: some StringProtocol) {
        var digits = String(text).filter { !$0.isWhitespace && !"-.()/".contains($0) }
        if digits.hasPrefix("00") { digits = "+\(digits.dropFirst(2))" }
        guard digits.hasPrefix("+") else { return nil }
        let bare = digits.dropFirst()
        guard (7...15).contains(bare.utf8.count), bare.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            bare.first != "0"
        else { return nil }
        description = "+" + bare
    }

    /// The country's prefix, `+34`. Codes of one and two digits are those that ITU-T E.164 lists; all others have three.
    package var countryPrefix: String {
        let digits = description.dropFirst()
        if digits.hasPrefix("1") || digits.hasPrefix("7") { return "+" + digits.prefix(1) }
        return "+" + digits.prefix(PhoneNumber.twoDigits.contains(String(digits.prefix(2))) ? 2 : 3)
    }

    private static let twoDigits = Set(
        """
        20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86
        90 91 92 93 94 95 98
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}

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

    package func allow(_ number: PhoneNumber) -> Bool { prefixes.contains { number.description.hasPrefix($0) } }
}
