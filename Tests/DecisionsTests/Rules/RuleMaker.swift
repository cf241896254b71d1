import Indicators
import Market
import People

@testable import Decisions

/// Makes definitions of every shape that the grammar has.
struct RuleMaker {
    private var generator: SeededGenerator
    private var symbols: RuleSymbols = .all
    /// Whom operands made from now on may be about.
    private var references: [SymbolReference] = []

    /// Each with the first parameters that it takes.
    private static let indicators: [(String, [Double])] = IndicatorSpec.names.compactMap { name in
        let tries: [[Double]] = [
            [], [14], [5, 9], [20, 2.5], [12, 26], [12, 26, 9], [0.02, 0.2], [7, 14, 28], [9, 26, 52],
        ]
        return tries.first { (try? IndicatorSpec(name: name, parameters: $0)) != nil }.map { (name, $0) }
    }

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &generator)]
    }
    private mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func definition() -> RuleDefinition {
        let names = ["BTC", "ETH", "SOL", "MAX", "1INCH", "ETH/BTC"].map(symbol)
        switch whole(0...3) {
        case 0: symbols = .all
        case 1:
            let first = pick(names)
            symbols = .listed([first] + names.filter { $0 != first }.prefix(whole(1...3)))
        default: symbols = .listed([pick(names)])
        }
        references = [.subject]
        if case .listed(let list) = symbols, list.count == 1 {
            references += names.filter { $0 != list[0] }.map { .named($0) }
        }
        var condition = condition(depth: 3)
        // A rule names a symbol, and its own one first.
        while condition.firstReference == nil { condition = self.condition(depth: 3) }
        if condition.firstReference != .subject { condition = condition.abouting(.subject) }
        let spans: [Span] = [.seconds(90), .minutes(10), .hours(4), .days(2), .days(7), .minutes(31)]
        let dates = [
            Timestamp(seconds: 1_798_761_600), Timestamp(seconds: 1_798_761_600 + 66_600),
            Timestamp(seconds: 1_709_251_200),
        ]
        let since = whole(0...5)
        return RuleDefinition(
            symbols: symbols, condition: condition, priority: chance(50) ? .medium : .critical,
            channels: [], rest: chance(50) ? RuleDefinition.defaultRest : pick(spans), once: chance(30),
            until: chance(30) ? pick(dates) : nil, holdFor: chance(30) ? pick(spans) : nil,
            hysteresis: chance(30) ? pick([0.005, 0.01, 0.0007, 0.5]) : nil, sinceLastAlert: since == 0,
            sinceEntry: since == 1
        ).with(channels: chance(30) ? [.telegram, pick([.discord, .email, .terminal])] : [])
    }

    private mutating func condition(depth: Int) -> Condition {
        switch depth > 0 ? whole(0...9) : whole(0...5) {
        case 0...3: return .compare(value(depth: 2), pick(Condition.Comparison.allCases), value(depth: 2))
        case 4: return .crosses(value(depth: 1), pick(Condition.Crossing.allCases), value(depth: 1))
        case 5:
            return .event(pick(references), event())
        case 6: return .not(condition(depth: depth - 1))
        case 7, 8:
            let parts = (0..<whole(2...3)).map { _ in condition(depth: depth - 1) }
            return .all(parts.flatMap { if case .all(let inner) = $0 { inner } else { [$0] } })
        default:
            let parts = (0..<whole(2...3)).map { _ in condition(depth: depth - 1) }
            return .any(parts.flatMap { if case .any(let inner) = $0 { inner } else { [$0] } })
        }
    }

    private mutating func event() -> Condition.Event {
        switch whole(0...3) {
        case 0: return .anomaly(pick(Anomaly.Kind.allCases))
        case 1: return .listing
        case 2: return .pattern(.chart(pick(ChartPattern.Kind.allCases)), pick(Timeframe.allCases))
        default:
            return .pattern(
                .candles(pick(CandlePattern.all), pick(PatternName.Side.allCases)), pick(Timeframe.allCases))
        }
    }

    private mutating func number() -> RuleNumber {
        let digits = "\(whole(0...99999)).\(whole(0...9999))"
        let isPercent = chance(40)
        let value = Double("\(digits)e\(isPercent ? -2 : 0)") ?? 1
        return RuleNumber(value: chance(20) ? -value : value, isPercent: isPercent)
    }

    private mutating func value(depth: Int) -> ValueExpression {
        switch depth > 0 ? whole(0...9) : whole(0...4) {
        case 0, 1: return .number(number())
        case 2, 3, 4, 5: return .operand(operand(depth: depth))
        case 6:
            let inner = value(depth: depth - 1)
            if case .number = inner { return inner }
            return .negated(inner)
        default:
            return .combined(
                value(depth: depth - 1), pick(ValueExpression.Arithmetic.allCases), value(depth: depth - 1))
        }
    }

    private mutating func operand(depth: Int) -> RuleOperand {
        let symbol = pick(references)
        let timeframe = pick(Timeframe.allCases)
        let kind: RuleOperand.Kind
        switch whole(0...(depth > 0 ? 15 : 11)) {
        case 0, 1: kind = .price
        case 2: kind = .candle(pick(RuleOperand.CandleField.allCases), timeframe)
        case 3: kind = .change(pick([.minutes(30), .hours(1), .days(1), .days(7), .hours(36)]))
        case 4: kind = .drawdown(.days(1))
        case 5, 6: kind = .indicator(indicator(timeframe))
        case 7: kind = .reading(pick([.sentiment, .strength, .funding]))
        case 8: kind = .reading(.probability(pick([.h1, .h4, .d1, .w1])))
        case 9: kind = .reading(.forecast(pick([.h1, .h4, .d1, .w1])))
        case 10: kind = .reading(.expectedMove(pick([.h1, .h4, .d1, .w1])))
        case 11: kind = .spread(pick([.binance, .simulated]), .coinbase)
        default:
            let series = RuleOperand(
                symbol: symbol, kind: pick([.candle(.volume, timeframe), .change(timeframe.span)]))
            let other = RuleOperand(symbol: symbol, kind: .candle(.open, timeframe))
            let inner: ValueExpression =
                chance(50) ? .operand(series) : .combined(.operand(series), .minus, .operand(other))
            kind = .window(pick(RuleOperand.WindowKind.allCases), inner, whole(1...1000))
        }
        return RuleOperand(symbol: symbol, kind: kind)
    }

    private mutating func indicator(_ timeframe: Timeframe) -> IndicatorSpec {
        let frame = chance(70) ? timeframe : nil
        let (name, parameters) = pick(RuleMaker.indicators)
        let parts = IndicatorSpec.parts(of: name)
        let part = parts.isEmpty || chance(30) ? nil : pick(parts)
        guard let made = try? IndicatorSpec(name: name, parameters: parameters, part: part, timeframe: frame) else {
            preconditionFailure("\(name)\(parameters) was made before")
        }
        return made
    }
}

extension RuleDefinition {
    fileprivate func with(channels: [ChannelKind]) -> RuleDefinition {
        RuleDefinition(
            symbols: symbols, condition: condition, priority: priority, channels: channels, rest: rest, once: once,
            until: until, holdFor: holdFor, hysteresis: hysteresis, sinceLastAlert: sinceLastAlert,
            sinceEntry: sinceEntry)
    }
}

extension Condition {
    /// The rule's own symbol is the one that the text names first.
    fileprivate var firstReference: SymbolReference? {
        switch self {
        case .event(let symbol, _): symbol
        case .all(let parts), .any(let parts): parts.lazy.compactMap(\.firstReference).first
        case .not(let inner): inner.firstReference
        case .compare(let left, _, let right), .crosses(let left, _, let right):
            (left.operands + right.operands).first?.symbol
        }
    }

    /// All about one symbol, and about one at all.
    fileprivate func abouting(_ symbol: SymbolReference) -> Condition {
        switch self {
        case .event(_, let event): .event(symbol, event)
        case .all(let parts): .all(parts.map { $0.abouting(symbol) })
        case .any(let parts): .any(parts.map { $0.abouting(symbol) })
        case .not(let inner): .not(inner.abouting(symbol))
        case .compare(let left, let sign, let right): .compare(left.abouting(symbol), sign, right.abouting(symbol))
        case .crosses(let left, let sign, let right): .crosses(left.abouting(symbol), sign, right.abouting(symbol))
        }
    }
}

extension ValueExpression {
    fileprivate func abouting(_ symbol: SymbolReference) -> ValueExpression {
        switch self {
        case .number: self
        case .negated(let inner): .negated(inner.abouting(symbol))
        case .combined(let left, let sign, let right): .combined(left.abouting(symbol), sign, right.abouting(symbol))
        case .operand(let operand):
            if case .window(let kind, let inner, let count) = operand.kind {
                .operand(RuleOperand(symbol: symbol, kind: .window(kind, inner.abouting(symbol), count)))
            } else {
                .operand(RuleOperand(symbol: symbol, kind: operand.kind))
            }
        }
    }
}
