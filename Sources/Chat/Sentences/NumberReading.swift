import Foundation

/// What a written number may mean, where the signs of a language decide.
struct NumberReading: Hashable, Sendable {
    /// The likeliest first. Two where the writing itself is ambiguous: an English `1.500`.
    var values: [Decimal]
    /// What somebody who writes as others do would mean by it: a Spanish `1.500` that is 1.5.
    var foreign: Decimal?

    /// Reads digits with `.` and `,` between them; `nil` for what is no number in any way of writing.
    init?(_ text: String, decimal: Character, grouping: Character) {
        let signs = text.filter { $0 == "." || $0 == "," }
        guard !text.contains(":"), text.first?.isNumber == true, text.count <= 24 else { return nil }
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }.map(String.init)
        func number(_ text: String) -> Decimal? { Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) }
        func isGrouped(_ parts: some Collection<String>) -> Bool {
            guard let first = parts.first, (1...3).contains(first.count), first != "0" else { return false }
            return parts.dropFirst().allSatisfy { $0.count == 3 }
        }
        guard let last = parts.last, let firstSign = signs.first, let lastSign = signs.last else {
            guard let value = number(text) else { return nil }
            self.init(values: [value])
            return
        }
        let whole = parts.dropLast().joined()
        if signs.count > 1 {
            if firstSign == lastSign, isGrouped(parts), let value = number(parts.joined()) {
                self.init(values: [value])
            } else if signs.dropLast().allSatisfy({ $0 == firstSign }), firstSign != lastSign,
                isGrouped(parts.dropLast()), let value = number(whole + "." + last)
            {
                self.init(values: [value])
            } else {
                return nil
            }
            return
        }
        guard let asDecimal = number(whole + "." + last) else { return nil }
        guard isGrouped(parts), let asGroup = number(whole + last) else {
            // `60,00` in English, `1234,5`: no group has two digits, so it can only be a fraction.
            self.init(values: [asDecimal])
            return
        }
        if lastSign == grouping {
            self.init(values: [asGroup], foreign: asDecimal)
        } else {
            self.init(values: [asDecimal, asGroup])
        }
    }

    private init(values: [Decimal], foreign: Decimal? = nil) {
        self.values = values
        self.foreign = foreign
    }

    func multiplied(byTenTo exponent: Int) -> NumberReading {
        let factor = (0..<exponent).reduce(Decimal(1)) { product, _ in product * 10 }
        return NumberReading(values: values.map { $0 * factor }, foreign: foreign.map { $0 * factor })
    }

    init(whole value: Decimal) { self.init(values: [value]) }
}
