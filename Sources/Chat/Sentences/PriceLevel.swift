import Decisions
import Foundation
import Market

/// A price in a sentence, before anybody looked whether it can be meant.
struct PriceLevel: Hashable, Sendable {
    private static let mark: Character = "¤"

    var value: Decimal
    /// What the same digits are elsewhere.
    var foreign: Decimal?
    /// `60k`, `55 thousand`: nobody who wrote that left a magnitude out.
    var hasMagnitude: Bool

    /// As it stands in a command line until `LevelCheck` has looked at it.
    var marked: String {
        "\(PriceLevel.mark)\(value)\(hasMagnitude ? "!" : "")" + (foreign.map { "~\($0)" } ?? "")
    }

    init(value: Decimal, foreign: Decimal?, hasMagnitude: Bool) {
        self.value = value
        self.foreign = foreign
        self.hasMagnitude = hasMagnitude
    }

    init?(marked text: Substring) {
        guard text.first == PriceLevel.mark else { return nil }
        let sides = text.dropFirst().split(separator: "~")
        func number(_ text: Substring) -> Decimal? {
            Decimal(string: String(text), locale: Locale(identifier: "en_US_POSIX"))
        }
        guard let first = sides.first, let value = number(first.hasSuffix("!") ? first.dropLast() : first) else {
            return nil
        }
        self.init(value: value, foreign: sides.count > 1 ? number(sides[1]) : nil, hasMagnitude: first.hasSuffix("!"))
    }

    /// Whether it lies at a twentieth or at twenty times of every price.
    func isOdd(at prices: [Double]) -> Bool {
        !prices.isEmpty && !prices.contains { isNear(value, $0, factor: 20) }
    }

    /// What may be meant where the coin stands at one of the prices. When an odd level is no longer odd with the magnitude
    /// that people leave out, or as others write it, both are possible.
    func meanings(at prices: [Double]) -> [Decimal] {
        guard isOdd(at: prices) else { return [value] }
        var others = [foreign].compactMap { $0 }
        if !hasMagnitude { others += [value * 1_000, value * 1_000_000] }
        return [value] + others.filter { other in prices.contains { isNear(other, $0, factor: 3) } }
    }

    private func isNear(_ value: Decimal, _ price: Double, factor: Double) -> Bool {
        let value = NSDecimalNumber(decimal: value).doubleValue
        return value >= price / factor && value <= price * factor
    }
}

/// Looks at the levels of a command line with the market before it.
struct LevelCheck {
    let board: any BoardReader
    let symbols: any SymbolMatching

    /// The lines that may be meant, one for each combination of what the levels may be, and whether a level is odd beside
    /// the price, so that one has to ask. Of the operators of sentences, `≈` (reaches) and `≷` (breaks) become comparisons
    /// by the side of the price on which the level lies. Whether standing there already counts is not said with them, so
    /// a crossing stands beside the comparison and one has to ask.
    func lines(_ line: String) -> (lines: [String], areOdd: Bool) {
        var lines: [[String]] = [[]]
        var prices: [Double] = []
        var reaching: String?
        var areOdd = false
        for word in line.split(separator: " ") {
            if word == "≈" || word == "≷" {
                reaching = String(word)
                continue
            }
            guard let level = PriceLevel(marked: word) else {
                let seen = self.prices(of: word)
                if !seen.isEmpty { prices = seen }
                lines = lines.map { $0 + [String(word)] }
                continue
            }
            if level.isOdd(at: prices) || reaching != nil { areOdd = true }
            let meanings = level.meanings(at: prices)
            lines = lines.prefix(8).flatMap { line in
                meanings.flatMap { value -> [[String]] in
                    guard let reaching else { return [line + ["\(value)"]] }
                    let sign = LevelCheck.sign(reaching, value, prices.first)
                    return [line + [sign, "\(value)"], line + ["crosses", "\(value)"]]
                }
            }
            reaching = nil
        }
        return (lines.map { $0.joined(separator: " ") }, areOdd)
    }

    private static func sign(_ reaching: String, _ value: Decimal, _ price: Double?) -> String {
        guard let price else { return "crosses" }
        let isAbove = NSDecimalNumber(decimal: value).doubleValue >= price
        return reaching == "≈" ? (isAbove ? ">=" : "<=") : (isAbove ? ">" : "<")
    }

    /// The last prices of a symbol or of a list of them.
    private func prices(of word: Substring) -> [Double] {
        guard word == word.uppercased(), word.contains(where: \.isLetter) else { return [] }
        return word.split(separator: ",").compactMap { name in
            guard case .symbol(let symbol) = symbols.match(String(name)) else { return nil }
            return board.view(of: symbol)?.quote.last.double
        }
    }
}
