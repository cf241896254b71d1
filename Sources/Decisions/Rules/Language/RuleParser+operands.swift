import Indicators
import Market

/// Operands with a name.
extension RuleParser {
    /// The token is a word that names an operand or an event.
    mutating func operand() throws(RuleError) -> Node {
        let name = token
        advance()
        if let window = RuleOperand.WindowKind(rawValue: name.lower) { return try self.window(window, name) }
        guard let symbol = carried else { throw RuleError.expectedSymbol(before: name.text).at(name.start) }
        if let field = RuleOperand.CandleField(rawValue: name.lower) {
            return .value(.operand(RuleOperand(symbol: symbol, kind: .candle(field, try timeframeArgument()))))
        }
        func value(_ kind: RuleOperand.Kind) -> Node { .value(.operand(RuleOperand(symbol: symbol, kind: kind))) }
        func event(_ event: Condition.Event) -> Node { .condition(.event(symbol, event)) }
        switch name.lower {
        case "price": return value(.price)
        case "change": return value(.change(try spanArgument()))
        case "drawdown": return value(.drawdown(try spanArgument()))
        case "sentiment":
            needs(.sentiment, name)
            return value(.reading(.sentiment))
        case "funding":
            needs(.funding, name)
            return value(.reading(.funding))
        case "strength": return value(.reading(.strength))
        case "probability": return value(.reading(.probability(try horizonArgument())))
        case "forecast": return value(.reading(.forecast(try horizonArgument())))
        case "expected_move": return value(.reading(.expectedMove(try horizonArgument())))
        case "spread": return value(try spread())
        case "anomaly": return event(.anomaly(try anomalyArgument()))
        case "pattern": return event(try pattern())
        case "listing":
            if listingPlace == nil { listingPlace = name.start }
            return event(.listing)
        default: return value(.indicator(try indicator(name)))
        }
    }

    /// Remembers what a rule asks of the world beside prices.
    mutating func needs(_ source: RuleSource, _ name: RuleToken) {
        needed.append((source, RuleError.noSource(source).at(name.start)))
    }

    // MARK: Events and figures

    /// Forecasts are made for an hour and longer.
    private mutating func horizonArgument() throws(RuleError) -> Timeframe {
        try arguments { parser throws(RuleError) in
            let (before, start) = (parser.previous, parser.token.start)
            let horizons = Timeframe.allCases.filter { $0 >= .h1 }
            guard let span = Span(text: parser.token.lower), let horizon = horizons.first(where: { $0.span == span })
            else {
                throw RuleError.expectedChoice(horizons.map(\.rawValue), after: before).at(start)
            }
            parser.advance()
            return horizon
        }
    }

    private mutating func anomalyArgument() throws(RuleError) -> Anomaly.Kind {
        try arguments { parser throws(RuleError) in
            guard parser.token.kind == .word, let kind = Anomaly.Kind(rawValue: parser.token.lower) else {
                throw RuleError.expectedChoice(Anomaly.Kind.allCases.map(\.rawValue), after: parser.previous)
                    .at(parser.token.start).suggesting(
                        EditDistance.nearest(
                            to: parser.token.lower, in: Anomaly.Kind.allCases.map(\.rawValue), limit: 1
                        ).first)
            }
            parser.advance()
            return kind
        }
    }

    private mutating func spread() throws(RuleError) -> RuleOperand.Kind {
        try arguments { parser throws(RuleError) in
            let first = try parser.venue()
            try parser.expect(sign: ",")
            let start = parser.token.start
            let second = try parser.venue()
            if first == second { throw RuleError.sameVenue.at(start) }
            return .spread(first, second)
        }
    }

    private mutating func venue() throws(RuleError) -> Venue {
        let known = RuleWords.venues
        guard token.kind == .word, let venue = known.first(where: { $0.name == token.lower }) else {
            throw RuleError.expectedChoice(known.map(\.name), after: previous).at(token.start)
        }
        advance()
        return venue
    }

    private mutating func pattern() throws(RuleError) -> Condition.Event {
        try arguments { parser throws(RuleError) in
            let start = parser.token.start
            let written = try parser.nameArgument()
            guard let name = PatternName(written) else {
                throw RuleError.unknownPattern(written).at(start).suggesting(PatternName.nearest(to: written))
            }
            try parser.expect(sign: ",")
            return .pattern(name, try parser.timeframe())
        }
    }

    // MARK: Arguments

    private mutating func arguments<Result>(_ body: (inout RuleParser) throws(RuleError) -> Result) throws(RuleError)
        -> Result
    {
        try expect(sign: "(")
        argumentDepth += 1
        let result = try nested(body)
        argumentDepth -= 1
        try expect(sign: ")")
        return result
    }

    private mutating func timeframeArgument() throws(RuleError) -> Timeframe {
        try arguments { parser throws(RuleError) in try parser.timeframe() }
    }

    /// `1h`, or a span of the same length: `60m`, `24h`, `7d`.
    mutating func timeframe() throws(RuleError) -> Timeframe {
        let before = previous
        guard let span = Span(text: token.lower), let timeframe = Timeframe(length: span) else {
            throw RuleError.expectedTimeframe(after: before).at(token.start)
        }
        advance()
        return timeframe
    }

    private mutating func spanArgument() throws(RuleError) -> Span {
        try arguments { parser throws(RuleError) in
            let written = parser.token
            let span = try parser.duration()
            guard span >= .minutes(1), span <= .days(7), span.milliseconds % 60_000 == 0 else {
                throw RuleError.durationOutOfRange(written.text, from: "1m", to: "1w").at(written.start)
            }
            return span
        }
    }

    mutating func duration() throws(RuleError) -> Span {
        guard let span = Span(text: token.lower) else {
            throw RuleError.expectedDuration(after: previous).at(token.start)
        }
        advance()
        return span
    }

    private mutating func nameArgument() throws(RuleError) -> String {
        guard token.kind == .word, token.text.utf8.allSatisfy({ $0 < 128 }) else {
            throw RuleError.expectedName(after: previous).at(token.start)
        }
        let name = token.lower
        advance()
        return name
    }

    // MARK: Indicators

    private mutating func indicator(_ name: RuleToken) throws(RuleError) -> IndicatorSpec {
        var parameters: [Double] = []
        var places: [Int] = []
        var timeframe: Timeframe?
        if token.isSign("(") {
            try arguments { parser throws(RuleError) in
                repeat {
                    if parser.token.isSign(")"), parameters.isEmpty { return }
                    places.append(parser.token.start)
                    let isNegative = parser.take(sign: "-")
                    // `5m` is a timeframe here, not five million.
                    if !isNegative, let frame = Span(text: parser.token.lower).flatMap({ Timeframe(length: $0) }) {
                        timeframe = frame
                        parser.advance()
                        return
                    }
                    guard parser.token.kind == .number else {
                        throw RuleError.expectedNumber(after: parser.previous).at(parser.token.start)
                    }
                    let number = try parser.number()
                    parameters.append(isNegative ? -number.value : number.value)
                } while parser.take(sign: ",")
            }
        }
        var part: String?
        var partPlace = token.start
        if take(sign: ".") {
            partPlace = token.start
            part = try nameArgument()
        }
        do {
            return try IndicatorSpec(name: name.lower, parameters: parameters, part: part, timeframe: timeframe)
        } catch {
            switch error {
            case .parameterOutOfRange(_, let index, _): throw RuleError.indicator(error.description).at(places[index])
            case .unknownPart(_, _, let known):
                throw RuleError.indicator(error.description, suggestion: known.first).at(partPlace)
            case .wrongParameterCount(_, let expected):
                throw RuleError.indicator(error.description, suggestion: expected).at(name.start)
            case .unknownName, .malformed: throw RuleError.indicator(error.description).at(name.start)
            }
        }
    }

    // MARK: Windows

    private mutating func window(_ kind: RuleOperand.WindowKind, _ name: RuleToken) throws(RuleError) -> Node {
        let (inner, count, start) = try arguments { parser throws(RuleError) in
            let start = parser.token.start
            guard case .value(let inner) = try parser.sum() else {
                throw RuleError.windowNeedsSeries(name.lower).at(start)
            }
            try parser.expect(sign: ",")
            let written = parser.token
            guard written.kind == .number, let count = Int(written.text), (1...1000).contains(count) else {
                throw RuleError.expectedWholeNumber(after: ",", limit: 1000).at(written.start)
            }
            parser.advance()
            return (inner, count, start)
        }
        let operands = inner.operands
        guard let first = operands.first else { throw RuleError.windowNeedsSeries(name.lower).at(start) }
        for operand in operands {
            if case .window(let nested, _, _) = operand.kind {
                throw RuleError.windowNested(nested.rawValue).at(start)
            }
        }
        guard let step = first.step, operands.allSatisfy({ $0.symbol == first.symbol && $0.step == step }) else {
            throw RuleError.windowMixes(name.lower).at(start)
        }
        return .value(.operand(RuleOperand(symbol: first.symbol, kind: .window(kind, inner, count))))
    }
}

extension Timeframe {
    init?(length: Span) {
        guard let match = Timeframe.allCases.first(where: { $0.span == length }) else { return nil }
        self = match
    }
}

/// When a value of a window's series is taken.
enum WindowStep: Hashable, Sendable {
    /// At each close of a base candle.
    case base
    /// At each close of the timeframe of an indicator that names none.
    case unnamed
    case timeframe(Timeframe)
}

extension RuleOperand {
    /// `nil` for what has no steps: a window, a span that is no timeframe, an operand without an engine.
    var step: WindowStep? {
        switch kind {
        case .price: .base
        case .candle(_, let timeframe): .timeframe(timeframe)
        case .change(let span), .drawdown(let span): Timeframe(length: span).map { .timeframe($0) }
        case .indicator(let spec): spec.timeframe.map { .timeframe($0) } ?? .unnamed
        case .window, .reading, .spread, .event: nil
        }
    }
}
