import Foundation
import Market

/// Numbers as a language writes them. Taken from the locale entries `format.decimal`, `format.grouping`,
/// `format.grouping_minimum` (digits before the point from which groups are marked), `format.percent` and
/// `format.thousand|million|billion|trillion`.
struct NumberFormat: Hashable, Sendable {
    var decimal: String
    var grouping: String
    var groupingMinimum: Int
    var percent: String
    var scales: [String]

    init(entries: [String: Catalogue.Entry]) {
        func text(_ key: String, _ fallback: String) -> String {
            if case .text(let value) = entries["format.\(key)"] { value } else { fallback }
        }
        decimal = text("decimal", ".")
        grouping = text("grouping", ",")
        groupingMinimum = Int(text("grouping_minimum", "4")) ?? 4
        percent = text("percent", "{number}%")
        scales = [text("thousand", "K"), text("million", "M"), text("billion", "B"), text("trillion", "T")]
    }

    /// A decimal with exactly `digits` places, rounded half away from zero, groups marked.
    func number(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "–" }
        let digits = max(0, min(digits, 12))
        return localised(plain: NumberFormat.fixed(value, digits: digits))
    }

    /// A price with digits that suit its size: two places from 100 on, four from 1 on, else four significant digits.
    func price(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 100 { return number(value, digits: 2) }
        if size >= 1 { return number(value, digits: 4) }
        if size == 0 { return number(0, digits: 2) }
        let zeros = Int((-log10(size)).rounded(.down))
        return number(value, digits: min(12, zeros + 4))
    }

    /// The venue's own digits.
    func exact(_ price: Price) -> String { localised(plain: price.description) }

    /// A fraction as percent: 0.0512 is 5.12%.
    func percent(_ fraction: Double, digits: Int, signed: Bool) -> String {
        guard fraction.isFinite else { return "–" }
        var text = number(fraction * 100, digits: digits)
        let isZero = !text.contains { ("1"..."9").contains($0) }
        if isZero, text.hasPrefix("−") { text.removeFirst() }
        if signed, !isZero, fraction > 0 { text = "+" + text }
        return percent.replacing("{number}", with: text)
    }

    /// 1234567 as `1.23 M`.
    func amount(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        var scaled = value
        var index = -1
        while abs(scaled) >= 1000, index < scales.count - 1 {
            scaled /= 1000
            index += 1
        }
        if index < 0 { return number(value, digits: abs(value) < 10 ? 2 : 0) }
        return number(scaled, digits: abs(scaled) >= 100 ? 0 : abs(scaled) >= 10 ? 1 : 2) + " " + scales[index]
    }

    private func localised(plain: String) -> String {
        var sign = ""
        var body = Substring(plain)
        if body.first == "-" {
            sign = "−"
            body = body.dropFirst()
        }
        let parts = body.split(separator: ".", maxSplits: 1)
        var whole = String(parts[0])
        if whole.count >= groupingMinimum {
            var grouped = ""
            for (index, digit) in whole.enumerated() {
                if index > 0, (whole.count - index) % 3 == 0 { grouped += grouping }
                grouped.append(digit)
            }
            whole = grouped
        }
        return sign + whole + (parts.count > 1 ? decimal + parts[1] : "")
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        guard abs(value) < 1e15 else { return Decimals.plain(value.rounded()) }
        return String(format: "%.\(digits)f", value)
    }
}
