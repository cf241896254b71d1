import Indicators
import Market

/// Words that mean something in a rule. A symbol of the same spelling is written with `$`.
enum RuleWords {
    static let joining: Set<String> = ["and", "or", "not"]
    static let life: Set<String> = ["every", "for", "hysteresis", "since", "until", "once", "as", "via"]
    static let keywords: Set<String> = joining.union(life).union(["crosses", "above", "below"])

    /// Operands with a meaning of their own, beside the indicators.
    static let operands: Set<String> = [
        "price", "open", "high", "low", "close", "volume", "change", "drawdown", "average", "highest", "lowest",
        "sentiment", "strength", "funding", "probability", "forecast", "expected_move", "spread", "anomaly", "listing",
        "pattern",
    ]

    /// Whose prices a spread may compare.
    static let venues: [Venue] = [.binance, .coinbase, .simulated]

    static func isOperand(_ lower: String) -> Bool { operands.contains(lower) || isIndicator(lower) }

    static func isReserved(_ lower: String) -> Bool { keywords.contains(lower) || isOperand(lower) }

    static func isIndicator(_ lower: String) -> Bool { IndicatorSpec.isKnown(lower) }

    static var allOperands: [String] { operands.sorted() + IndicatorSpec.names }
}
