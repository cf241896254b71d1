import Indicators
import Market

/// A rule's condition compiled for one symbol, and what it reads.
struct RuleBinding: Sendable {
    var program = RuleProgram()
    /// The condition made easier by the hysteresis: while it holds, a spent rule is not armed again.
    var receding: RuleProgram?
    var memoryCount = 0
    /// Operands in the order of the text, as an alert shows them.
    var shown: [(text: String, operand: BoundOperand)] = []
    /// Markets whose price it reads.
    var priceMarkets: Set<Int> = []
    /// Bit mask of the timeframes whose closes it reads, by market.
    var frameMasks: [Int: UInt8] = [:]
    /// Markets of which it reads figures made elsewhere or prices of other venues.
    var outsideMarkets: Set<Int> = []
    /// Prices at which a rule of one price and constants may change, and the market: it need not be looked at elsewhere.
    var levels: (market: Int, prices: [Double])?
    /// What to give back when the rule goes.
    var held: [(market: Int, reading: Reading)] = []

    enum Reading: Sendable {
        case stream(Timeframe, Int)
        case span(Int64)
        case drawdown(Int)
        case window(Int)
        case events(CandleEvent.Family, Timeframe)
    }

    var markets: Set<Int> { priceMarkets.union(frameMasks.keys).union(outsideMarkets) }
}

/// Compiles a definition, and registers in the markets what it reads.
struct RuleBinder {
    let definition: RuleDefinition
    let subject: Symbol
    let base: Timeframe
    private(set) var binding = RuleBinding()

    init(_ definition: RuleDefinition, subject: Symbol, base: Timeframe) {
        self.definition = definition
        self.subject = subject
        self.base = base
    }

    /// `index` tells where in `markets` each symbol of the rule is.
    static func bind(
        _ definition: RuleDefinition, subject: Symbol, base: Timeframe, markets: inout [SymbolMarket],
        index places: [Symbol: Int]
    ) -> RuleBinding {
        var binder = RuleBinder(definition, subject: subject, base: base)
        // Each operand is registered once, however often it stands in the condition.
        var bound: [RuleOperand: BoundOperand] = [:]
        for operand in definition.condition.operands.reversed() where bound[operand] == nil {
            guard let index = places[binder.symbol(operand.symbol)] else { continue }
            bound[operand] = binder.register(operand, in: index, &markets[index], bound)
        }
        var program = RuleProgram()
        binder.emit(definition.condition, bound, slack: nil, &program.code)
        binder.binding.program = program
        if let share = definition.hysteresis {
            var receding = RuleProgram()
            binder.emit(definition.condition, bound, slack: share, &receding.code)
            binder.binding.receding = receding
        }
        var seen: Set<RuleOperand> = []
        let shown = definition.condition.shownOperands.filter { seen.insert($0).inserted }
        binder.binding.shown = shown.compactMap { operand in
            bound[operand].map { (RulePrinter.text(of: operand), $0) }
        }
        binder.binding.levels = binder.levels(bound)
        return binder.binding
    }

    private func symbol(_ reference: SymbolReference) -> Symbol {
        switch reference {
        case .subject: subject
        case .named(let symbol): symbol
        }
    }

    // MARK: Operands

    private mutating func register(
        _ operand: RuleOperand, in index: Int, _ market: inout SymbolMarket, _ bound: [RuleOperand: BoundOperand]
    ) -> BoundOperand? {
        func hold(_ reading: RuleBinding.Reading) { binding.held.append((index, reading)) }
        func frame(_ timeframe: Timeframe) {
            binding.frameMasks[index, default: 0] |= 1 << UInt8(timeframe.ordinal)
        }
        func event(_ event: CandleEvent, _ timeframe: Timeframe) -> BoundOperand.Source {
            market.read(event.family, timeframe)
            hold(.events(event.family, timeframe))
            frame(timeframe)
            return .candleEvent(timeframe, event)
        }
        let source: BoundOperand.Source
        switch operand.kind {
        case .price:
            binding.priceMarkets.insert(index)
            source = .price
        case .candle(let field, let timeframe):
            market.read(timeframe)
            frame(timeframe)
            source = .candle(field, timeframe)
        case .change where definition.sinceEntry:
            binding.priceMarkets.insert(index)
            source = .result
        case .change(let span):
            market.readBack(span.milliseconds)
            hold(.span(span.milliseconds))
            binding.priceMarkets.insert(index)
            source = .change(milliseconds: span.milliseconds, anchored: definition.sinceLastAlert)
        case .drawdown(let span):
            let place = market.readDrawdown(span.milliseconds)
            hold(.drawdown(place))
            binding.priceMarkets.insert(index)
            source = .drawdown(place)
        case .indicator(let spec):
            let timeframe = spec.timeframe ?? max(.h1, base)
            let stream = market.read(spec, timeframe)
            hold(.stream(timeframe, stream))
            frame(timeframe)
            source = .indicator(timeframe, stream: stream, part: spec.partIndex)
        case .window(let kind, let inner, let count):
            let step: Timeframe =
                switch inner.operands.first?.step {
                case .timeframe(let timeframe): timeframe
                case .unnamed: max(.h1, base)
                case .base, nil: base
                }
            var series: [RuleInstruction] = []
            RuleBinder.emit(inner, bound, &series)
            let window = SeriesWindow(
                kind: kind, count: count, step: step, runsWithPrice: inner.operands.contains(where: \.runsWithPrice),
                series: series)
            let place = market.read(window)
            hold(.window(place))
            frame(step)
            if window.runsWithPrice { binding.priceMarkets.insert(index) }
            source = .window(place)
        case .reading(let kind):
            source = .reading(market.read(kind))
            binding.outsideMarkets.insert(index)
        case .spread(let first, let second):
            source = .spread(market.outside.read(first), market.outside.read(second))
            binding.outsideMarkets.insert(index)
            binding.priceMarkets.insert(index)
        case .event(.anomaly(.divergence)):
            market.outside.readDivergence()
            binding.outsideMarkets.insert(index)
            source = .divergence
        case .event(.anomaly(let kind)):
            source = event(.anomaly(kind), max(.h1, base))
        case .event(.pattern(let name, let timeframe)):
            switch name {
            case .candles(let pattern, let side): source = event(.candles(pattern, side), timeframe)
            case .chart(let kind): source = event(.chart(kind), timeframe)
            }
        case .event(.listing):
            // Told by the event itself; no value that is there between two events.
            return nil
        }
        return BoundOperand(market: index, source: source)
    }

    // MARK: Code

    /// With `slack` the condition that holds while nothing has receded by it: comparisons are easier, and harder inside
    /// `not`; a crossing holds while the price has not gone back.
    private mutating func emit(
        _ condition: Condition, _ bound: [RuleOperand: BoundOperand], slack: Double?, _ code: inout [RuleInstruction]
    ) {
        switch condition {
        case .compare(var left, var comparison, var right):
            // The side that stands still is what the slack is a share of.
            if left.operands.isEmpty, !right.operands.isEmpty {
                (left, comparison, right) = (right, comparison.mirrored, left)
            }
            RuleBinder.emit(left, bound, &code)
            RuleBinder.emit(right, bound, &code)
            code.append(.compare(comparison, slack: slack ?? 0))
        case .crosses(let left, let crossing, let right):
            RuleBinder.emit(left, bound, &code)
            RuleBinder.emit(right, bound, &code)
            if let slack, slack > 0 {
                code.append(.stillCrossed(crossing, slack: slack))
            } else {
                code.append(.crosses(crossing, memory: binding.memoryCount))
                binding.memoryCount += 2
            }
        case .all(let parts), .any(let parts):
            let isAll = if case .all = condition { true } else { false }
            for (index, part) in parts.enumerated() {
                emit(part, bound, slack: slack, &code)
                if index > 0 { code.append(isAll ? .and : .or) }
            }
        case .not(let inner):
            emit(inner, bound, slack: slack.map { -$0 }, &code)
            code.append(.not)
        case .event(let symbol, let event):
            RuleBinder.emit(.operand(RuleOperand(symbol: symbol, kind: .event(event))), bound, &code)
        }
    }

    private static func emit(
        _ value: ValueExpression, _ bound: [RuleOperand: BoundOperand], _ code: inout [RuleInstruction]
    ) {
        switch value {
        case .number(let number): code.append(.number(number.value))
        case .operand(let operand):
            if let operand = bound[operand] { code.append(.operand(operand)) } else { code.append(.number(.nan)) }
        case .negated(let inner):
            emit(inner, bound, &code)
            code.append(.negate)
        case .combined(let left, let sign, let right):
            emit(left, bound, &code)
            emit(right, bound, &code)
            switch sign {
            case .plus: code.append(.add)
            case .minus: code.append(.subtract)
            case .times: code.append(.multiply)
            case .over: code.append(.divide)
            }
        }
    }

    // MARK: Levels

    /// `price > number` and its like, plain or with hysteresis.
    private func levels(_ bound: [RuleOperand: BoundOperand]) -> (market: Int, prices: [Double])? {
        let sides: (ValueExpression, ValueExpression)
        switch definition.condition {
        case .compare(let left, let comparison, let right) where comparison != .notEqual: sides = (left, right)
        case .crosses(let left, _, let right): sides = (left, right)
        default: return nil
        }
        let (moving, fixed) = sides.0.operands.isEmpty ? (sides.1, sides.0) : sides
        guard case .operand(let operand) = moving, operand.kind == .price, fixed.operands.isEmpty,
            let market = bound[operand]?.market
        else { return nil }
        var code: [RuleInstruction] = []
        RuleBinder.emit(fixed, bound, &code)
        let level = SeriesWindow.evaluate(code) { _ in .nan }
        guard level.isFinite else { return nil }
        guard let share = definition.hysteresis else { return (market, [level]) }
        return (market, [level - share * abs(level), level, level + share * abs(level)])
    }
}

extension RuleOperand {
    /// Its value changes with each quote, not only at closes.
    var runsWithPrice: Bool {
        switch kind {
        case .price, .change, .drawdown: true
        default: false
        }
    }
}

extension ValueExpression {
    /// Operands that stand in the text by themselves: not those inside windows.
    var shownOperands: [RuleOperand] {
        switch self {
        case .number: []
        case .operand(let operand): [operand]
        case .negated(let inner): inner.shownOperands
        case .combined(let left, _, let right): left.shownOperands + right.shownOperands
        }
    }
}

extension Condition {
    var shownOperands: [RuleOperand] {
        switch self {
        case .compare(let left, _, let right), .crosses(let left, _, let right):
            left.shownOperands + right.shownOperands
        case .all(let parts), .any(let parts): parts.flatMap(\.shownOperands)
        case .not(let inner): inner.shownOperands
        case .event: []
        }
    }
}
