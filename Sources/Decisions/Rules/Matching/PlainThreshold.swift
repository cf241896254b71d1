import Market
import People

/// The commonest rule: one symbol's price against a number (`BTC > 70000 every 4h once as high`). It is read from its
/// canonical text without the parser, and written back; what the parser makes of that text is the same.
struct PlainThreshold: Hashable, Sendable {
    /// One of `>`, `>=`, `<`, `<=`.
    var comparison: Condition.Comparison
    var level: Double
    var rest = RuleDefinition.defaultRest
    var once = false
    var priority = Priority.medium

    /// Canonical text; `name` is the symbol as `RulePrinter.spelled` writes it.
    func text(of name: String) -> String {
        var text = "\(name) \(comparison.rawValue) \(Decimals.plain(level))"
        if rest != RuleDefinition.defaultRest { text += " every \(rest.text)" }
        if once { text += " once" }
        if priority != .medium { text += " as \(priority.rawValue)" }
        return text
    }

    /// Reads canonical text. `nil` for any other rule, and for what the parser would have to judge (another spelling,
    /// more than 15 digits). Whether `name` is a symbol is for the caller to know.
    static func read(_ text: String) -> (name: String, threshold: PlainThreshold)? {
        var text = text
        return text.withUTF8 { bytes in
            var reader = Reader(bytes: bytes)
            guard let name = reader.name(), let comparison = reader.comparison(), let level = reader.number() else {
                return nil
            }
            var threshold = PlainThreshold(comparison: comparison, level: level)
            guard reader.isAtEnd || reader.life(&threshold) else { return nil }
            return (name, threshold)
        }
    }

    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A symbol and the blank behind it.
        mutating func name() -> String? {
            let start = position
            if position < bytes.count, bytes[position] == UInt8(ascii: "$") { position += 1 }
            while position < bytes.count, Reader.isNameByte(bytes[position]) { position += 1 }
            let end = position
            guard end > start, take(UInt8(ascii: " ")) else { return nil }
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            // `A` to `Z`, and `/` with the digits that follow it.
            (65...90).contains(byte) || (47...57).contains(byte)
        }

        /// A comparison and the blank behind it.
        mutating func comparison() -> Condition.Comparison? {
            guard position < bytes.count else { return nil }
            let sign = bytes[position]
            guard sign == UInt8(ascii: ">") || sign == UInt8(ascii: "<") else { return nil }
            position += 1
            let isAbove = sign == UInt8(ascii: ">")
            let orEqual = take(UInt8(ascii: "="))
            guard take(UInt8(ascii: " ")) else { return nil }
            return isAbove ? (orEqual ? .greaterOrEqual : .greater) : (orEqual ? .lessOrEqual : .less)
        }

        /// A positive decimal in its one spelling: no needless zeros, and at most 15 digits, so that it is the shortest
        /// text of its double and the double an exact quotient (both parts are exact).
        mutating func number() -> Double? {
            var mantissa: Int64 = 0
            var digits = 0
            var decimals = 0
            var seenPoint = false
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: " ") {
                let byte = bytes[position]
                if byte == UInt8(ascii: "."), !seenPoint, position > start {
                    seenPoint = true
                } else {
                    guard (48...57).contains(byte), digits < 15 else { return nil }
                    mantissa = mantissa * 10 + Int64(byte - 48)
                    digits += 1
                    if seenPoint { decimals += 1 }
                }
                position += 1
            }
            guard mantissa > 0 else { return nil }
            let wholeDigits = digits - decimals
            if bytes[start] == UInt8(ascii: "0"), wholeDigits > 1 || !seenPoint { return nil }
            if seenPoint, decimals == 0 || bytes[position - 1] == UInt8(ascii: "0") { return nil }
            return Double(mantissa) / PlainThreshold.powers[decimals]
        }

        /// ` every 4h once as high`, each part or none.
        func life(_ threshold: inout PlainThreshold) -> Bool {
            let words = bytes[position...].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            // Before the first blank stands nothing.
            var next = 1
            if next + 1 < words.count, words[next] == "every" {
                guard let span = Span(text: words[next + 1]), span.text == words[next + 1], span <= .days(366),
                    span != RuleDefinition.defaultRest
                else { return false }
                threshold.rest = span
                next += 2
            }
            if next < words.count, words[next] == "once" {
                threshold.once = true
                next += 1
            }
            if next + 1 < words.count, words[next] == "as" {
                guard let priority = Priority(rawValue: words[next + 1]), priority != .medium else { return false }
                threshold.priority = priority
                next += 2
            }
            return next == words.count
        }
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}
