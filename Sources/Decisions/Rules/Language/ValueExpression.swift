import Indicators
import Market

/// A number, an operand, or arithmetic on them. Exactly one tree stands for one spelling up to blanks, case, number
/// suffixes and needless parentheses.
indirect enum ValueExpression: Hashable, Sendable {
    case number(RuleNumber)
    case operand(RuleOperand)
    /// Never of a number: the sign belongs to that.
    case negated(ValueExpression)
    case combined(ValueExpression, Arithmetic, ValueExpression)

    enum Arithmetic: String, Hashable, Sendable, CaseIterable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        /// Product binds tighter than sum.
        var rank: Int { self == .times || self == .over ? 2 : 1 }
    }

    /// Every operand in the order of the text, windows before what stands inside them.
    var operands: [RuleOperand] {
        switch self {
        case .number: []
        case .operand(let operand):
            if case .window(_, let inner, _) = operand.kind { [operand] + inner.operands } else { [operand] }
        case .negated(let inner): inner.operands
        case .combined(let left, _, let right): left.operands + right.operands
        }
    }
}

/// A number as a rule writes it. `5%` has the value 0.05.
struct RuleNumber: Hashable, Sendable {
    var value: Double
    var isPercent = false

    /// Plain decimal; a percentage is shifted as text, so that it reads back as the same double.
    var text: String {
        let plain = Decimals.plain(value)
        return isPercent ? RuleNumber.shiftedTwoPlaces(plain) + "%" : plain
    }

    private static func shiftedTwoPlaces(_ plain: String) -> String {
        let sign = plain.hasPrefix("-") ? "-" : ""
        let parts = plain.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let padded = fraction.padded(to: 2)
        let whole = (String(parts[0]) + padded.prefix(2)).drop { $0 == "0" }
        let rest = padded.dropFirst(2)
        return sign + (whole.isEmpty ? "0" : String(whole)) + (rest.isEmpty ? "" : "." + rest)
    }
}

extension String {
    fileprivate func padded(to length: Int) -> String {
        self + String(repeating: "0", count: Swift.max(0, length - utf8.count))
    }
}

/// Whose value an operand is.
enum SymbolReference: Hashable, Sendable {
    /// The symbol that the rule is about: each of the list or of `*` in turn.
    case subject
    case named(Symbol)
}

/// Something with a value at every instant, or unknown.
struct RuleOperand: Hashable, Sendable {
    var symbol: SymbolReference
    var kind: Kind

    indirect enum Kind: Hashable, Sendable {
        case price
        case candle(CandleField, Timeframe)
        /// Whole minutes, up to seven days.
        case change(Span)
        case drawdown(Span)
        /// Without a timeframe: of 1h candles, or of a replayed file's own where those are longer.
        case indicator(IndicatorSpec)
        /// Operands inside are of one symbol and one timeframe, and no windows.
        case window(WindowKind, ValueExpression, Int)
        /// Made elsewhere: sentiment, funding, strength, forecasts.
        case reading(MarketReading.Kind)
        /// Price on one venue over the price on another, minus 1, each in the dollars that the venue quotes.
        case spread(Venue, Venue)
        /// As a value 1 or 0. Stands in conditions, never in arithmetic.
        case event(Condition.Event)
    }

    enum CandleField: String, Hashable, Sendable, CaseIterable { case open, high, low, close, volume }

    enum WindowKind: String, Hashable, Sendable, CaseIterable { case average, highest, lowest }
}
