/// An exact positive decimal as the venue wrote it: `mantissa` × 10^−`scale`, trailing zeros removed.
///
/// What is shown, stored as text and compared between people and venues is a `Price`; analysis (candles, indicators,
/// rule expressions) works on `double`. A decimal of up to 15 significant digits survives the crossing exactly, and
/// order is kept, so a rule that compares doubles decides as the decimals would.
package struct Price: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let mantissa: Int64
    package let scale: UInt8

    /// Reads plain decimal text such as `61234.50000000`. `nil` unless it is finite, positive and has at most 18
    /// significant digits.
    package init?(_ text: some StringProtocol) {
        var mantissa: Int64 = 0
        var scale: UInt8 = 0
        var seenPoint = false
        var digits = 0
        var pendingZeros: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                if seenPoint { return nil }
                seenPoint = true
            case 48...57:
                digits += 1
                if digits > 40 { return nil }
                if seenPoint, byte == 48 {
                    pendingZeros += 1
                    continue
                }
                for _ in 0..<(seenPoint ? pendingZeros : 0) {
                    guard let next = Price.append(0, to: mantissa) else { return nil }
                    mantissa = next
                    scale += 1
                }
                pendingZeros = 0
                guard let next = Price.append(Int64(byte - 48), to: mantissa) else { return nil }
                mantissa = next
                if seenPoint { scale += 1 }
            default: return nil
            }
        }
        guard mantissa > 0, digits > 0 else { return nil }
        self.mantissa = mantissa
        self.scale = scale
    }

    /// The shortest decimal that names `value`. `nil` unless it is finite, positive and fits 18 digits.
    package init?(_ value: Double) {
        guard value.isFinite, value > 0 else { return nil }
        self.init(Decimals.plain(value))
    }

    private static func append(_ digit: Int64, to mantissa: Int64) -> Int64? {
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(digit)
        return overflow || carry || sum > 999_999_999_999_999_999 ? nil : sum
    }

    /// The crossing from exact decimal to analysis: the double nearest to the decimal.
    package var double: Double {
        // Both are exact as doubles, so their quotient is rounded once, as reading the text would be.
        if mantissa <= 1 << 53, Int(scale) < Price.exactPowers.count {
            return Double(mantissa) / Price.exactPowers[Int(scale)]
        }
        return Double(description) ?? .nan
    }

    /// Powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    package var description: String {
        var text = String(mantissa)
        if scale > 0 {
            let width = Int(scale) + 1
            if text.utf8.count < width { text = String(repeating: "0", count: width - text.utf8.count) + text }
            text.insert(".", at: text.index(text.endIndex, offsetBy: -Int(scale)))
        }
        return text
    }

    package static func < (a: Price, b: Price) -> Bool {
        if a.scale == b.scale { return a.mantissa < b.mantissa }
        let scale = max(a.scale, b.scale)
        return a.widened(to: scale) < b.widened(to: scale)
    }

    private func widened(to target: UInt8) -> Int128 {
        var value = Int128(mantissa)
        for _ in scale..<target { value *= 10 }
        return value
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let price = Price(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a price"))
        }
        self = price
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Text of numbers for machines: shortest that round-trips, never in exponent form.
package enum Decimals {
    package static func plain(_ value: Double) -> String {
        let text = "\(value)"
        guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        guard let exponent = Int(text[text.index(after: mark)...]) else { return text }
        var digits = text[..<mark].filter { $0 != "." && $0 != "-" }
        let sign = value < 0 ? "-" : ""
        let point =
            (text[..<mark].firstIndex(of: ".").map { text.distance(from: text.startIndex, to: $0) } ?? 1)
            - (value < 0 ? 1 : 0)
        let position = point + exponent
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        if position <= 0 { return sign + "0." + String(repeating: "0", count: -position) + digits }
        if position >= digits.count { return sign + digits + String(repeating: "0", count: position - digits.count) }
        return sign + digits.prefix(position) + "." + digits.dropFirst(position)
    }
}
