/// A phone number in E.164: `+`, country calling code, national number; 8 to 15 digits in all.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Reads a number with its country prefix as people write it: `+34 600 111 222`, `0034-600-111-222`,
    /// `+44 (0)20 7946 0958`, `+1 (415) 555-2671`. `nil` for everything else, also for a national number: which country
    /// was meant would be a guess.
    package init?(_ written: some StringProtocol) {
        // Nobody writes a number this long; what does is not worth reading.
        guard written.utf8.count <= 40 else { return nil }
        var digits: [UInt8] = []
        var hasPrefix = false
        var bytes = Array(written.utf8)[...]
        if bytes.first == UInt8(ascii: "+") {
            hasPrefix = true
            bytes = bytes.dropFirst()
        } else if bytes.starts(with: "00".utf8) {
            hasPrefix = true
            bytes = bytes.dropFirst(2)
        }
        guard hasPrefix, bytes.first.map({ (49...57).contains($0) }) == true else { return nil }
        while let byte = bytes.first {
            // The trunk zero in brackets is dialled inside the country only.
            if !digits.isEmpty, bytes.starts(with: "(0)".utf8) {
                bytes = bytes.dropFirst(3)
                continue
            }
            switch byte {
            case 48...57: digits.append(byte)
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                break
            default: return nil
            }
            bytes = bytes.dropFirst()
        }
        guard (8...15).contains(digits.count) else { return nil }
        text = "+" + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { text }

    /// The country calling code with its `+`, by the lengths of ITU-T E.164's list of assigned codes.
    package var countryPrefix: String {
        let digits = text.dropFirst()
        if let first = digits.first, first == "1" || first == "7" { return "+" + digits.prefix(1) }
        return "+" + digits.prefix(PhoneNumber.twoDigitCodes.contains(String(digits.prefix(2))) ? 2 : 3)
    }

    private static let twoDigitCodes: Set<String> = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51",
        "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86",
        "90",
        "91", "92", "93", "94", "95", "98",
    ]
}
