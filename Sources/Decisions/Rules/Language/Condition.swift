import Indicators
import Market

/// What must be true. `all` and `any` hold at least two conditions, none of their own kind.
indirect enum Condition: Hashable, Sendable {
    case compare(ValueExpression, Comparison, ValueExpression)
    case crosses(ValueExpression, Crossing, ValueExpression)
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case event(SymbolReference, Event)

    enum Comparison: String, Hashable, Sendable, CaseIterable {
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        case equal = "="
        case notEqual = "!="

        /// The same comparison with its sides exchanged.
        var mirrored: Comparison {
            switch self {
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .equal, .notEqual: self
            }
        }
    }

    enum Crossing: String, Hashable, Sendable, CaseIterable {
        case above = "crosses above"
        case below = "crosses below"
        case either = "crosses"
    }

    /// Something that happens at an instant and is over with the next look at what it happened to.
    enum Event: Hashable, Sendable {
        /// Of closed 1h candles (of a replayed file's own where those are longer); `divergence` of two venues' quotes.
        case anomaly(Anomaly.Kind)
        /// A venue opened a market.
        case listing
        /// Ends with the last closed candle.
        case pattern(PatternName, Timeframe)
    }

    /// Every operand in the order of the text.
    var operands: [RuleOperand] {
        switch self {
        case .compare(let left, _, let right): left.operands + right.operands
        case .crosses(let left, _, let right): left.operands + right.operands
        case .all(let parts), .any(let parts): parts.flatMap(\.operands)
        case .not(let inner): inner.operands
        case .event(let symbol, let event): [RuleOperand(symbol: symbol, kind: .event(event))]
        }
    }
}
