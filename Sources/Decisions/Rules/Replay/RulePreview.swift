import Indicators
package import Market
import People

/// What a rule would have done over candles of one symbol.
package struct RulePreview: Hashable, Sendable, Codable {
    /// Close time (open time + interval) of the candle at whose close it fired, in order.
    package var firings: [Timestamp]
    /// `nil` without candles.
    package var statistics: Statistics?
    /// What could not be looked at, and why.
    package var notes: [Note]

    package typealias Statistics = RuleStatistics

    /// `key` names a locale entry `rule_note.<key>` that `arguments` fill; `sentence` is the same in English.
    package struct Note: Hashable, Sendable, Codable {
        package var key: String
        package var arguments: [String: String]
        package var sentence: String
    }

    /// Replays `rule` over `candles` of `symbol` in `timeframe`, oldest first, as the engine that watches live data would
    /// decide: one evaluation at each close, where the price is that close.
    ///
    /// Longer timeframes are aggregated from the candles, and an incomplete first one is unknown. A value of a shorter
    /// timeframe than the candles' own, or of another symbol, is unknown, and a note says so. A rest or a hold that ends
    /// between two closes is looked at at the next. A rule over a list or `*` is replayed for `symbol` alone.
    ///
    /// - Parameter suggesting: looks for a calmer number where the rule is noisy, at the price of some more replays.
    package static func run(
        _ rule: RuleDefinition, candles: [Candle], timeframe: Timeframe, symbol: Symbol, suggesting: Bool = false
    ) -> RulePreview {
        let sample = ReplaySample(of: rule, candles: candles, timeframe: timeframe, symbol: symbol)
        var statistics = sample.flatMap { RuleStatistics([$0], of: rule) }
        if suggesting, statistics?.isNoisy == true {
            statistics?.suggestion = LevelSearch.suggestion(
                for: rule, candles: candles, timeframe: timeframe, symbol: symbol)
        }
        return RulePreview(
            firings: sample?.firings ?? [], statistics: statistics,
            notes: notes(rule, timeframe, symbol, rule.subject(among: symbol)))
    }

    /// Whether every value of the rule can be known over candles of `timeframe`, apart from other symbols'.
    static func canSee(_ rule: RuleDefinition, over timeframe: Timeframe) -> Bool {
        rule.condition.operands.allSatisfy { operand in operand.span.map { $0 >= timeframe.span } ?? true }
    }

    private static func notes(_ rule: RuleDefinition, _ timeframe: Timeframe, _ symbol: Symbol, _ subject: Symbol)
        -> [Note]
    {
        var notes: [Note] = []
        var seen: Set<String> = []
        for operand in rule.condition.operands {
            let text = RulePrinter.text(of: operand)
            guard seen.insert(text).inserted else { continue }
            let owner: Symbol =
                switch operand.symbol {
                case .subject: subject
                case .named(let named): named
                }
            if owner != symbol {
                notes.append(
                    Note(
                        key: "other_symbol", arguments: ["operand": text, "owner": "\(owner)", "symbol": "\(symbol)"],
                        sentence: "\(text) of \(owner) is unknown here: the candles are of \(symbol)"))
            } else if !operand.isToldByCandles {
                notes.append(
                    Note(
                        key: "not_in_candles", arguments: ["operand": text],
                        sentence: "\(text) is unknown here: candles do not tell it"))
            } else if let shortest = operand.span, shortest < timeframe.span {
                notes.append(
                    Note(
                        key: "too_short", arguments: ["operand": text, "timeframe": timeframe.rawValue],
                        sentence: "\(text) is unknown here: the candles are \(timeframe.rawValue) long"))
            }
        }
        if case .listed(let listed) = rule.symbols, listed.count > 1, listed.contains(symbol) {
            notes.append(
                Note(
                    key: "one_of_list", arguments: ["symbol": "\(symbol)"],
                    sentence: "replayed for \(symbol) alone, of the \(listed.count) symbols of the rule"))
        }
        return notes
    }
}

extension RuleOperand {
    /// Length of the candles or of the look-back it speaks of; `nil` where it follows the candles at hand.
    var span: Span? {
        switch kind {
        case .candle(_, let timeframe): timeframe.span
        case .change(let span), .drawdown(let span): span
        case .indicator(let spec): spec.timeframe?.span
        case .reading(let kind): kind.horizon?.span ?? (kind == .strength ? Timeframe.h1.span : nil)
        case .event(.pattern(_, let timeframe)): timeframe.span
        case .window, .price, .spread, .event: nil
        }
    }

    /// A replay over candles of one venue can know it.
    var isToldByCandles: Bool {
        switch kind {
        case .reading(.sentiment), .reading(.funding), .spread, .event(.listing), .event(.anomaly(.divergence)): false
        default: true
        }
    }
}
