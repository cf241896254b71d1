import Indicators
import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("Rules printed and read back", .oneAtATime)
struct RuleRoundTripTests {
    @Test("printing and parsing gives the same rule, for 6,000 made-up ones")
    func roundTrip() throws {
        var maker = RuleMaker(seed: 20_240_801)
        var shapes: Set<Int> = []
        for _ in 0..<6000 {
            let definition = maker.definition()
            let text = definition.text
            let read = try? RuleText.parseGrammar(text, symbols: someSymbols)
            #expect(read == definition, "\(text)")
            #expect(read?.text == text)
            shapes.insert(text.split(separator: " ").count)
        }
        #expect(shapes.count > 20)
    }

    @Test("hostile text is refused in good time, whatever it is")
    func hostile() {
        var generator = SeededGenerator(seed: 7)
        let pieces = [
            "BTC", "ETH", "*", ",", ">", "<", ">=", "(", ")", "and", "or", "not", "-", "+", "/", "$", "%", ".", "70k",
            "1e400",
            "0x1p3", "inf", "nan", "-5%", "rsi(14, 4h)", "average(", "volume(1h)", "crosses", "above", "for", "10m",
            "every",
            "until", "2026-12-31", "once", "as", "critical", "via", "sms", "hysteresis", "since last alert", "🚀",
            "\u{202e}",
            "\u{0}", "é", "٣", "👩‍👩‍👧‍👦", "מחיר", "\r\n", "\u{200b}", "99999999999999999999999", "anomaly(price)", "listing",
            "5m", "1INCH",
        ]
        var accepted = 0
        for round in 0..<20_000 {
            var text = ""
            switch round % 4 {
            case 0:
                let bytes = (0..<Int.random(in: 0...120, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                text = String(decoding: bytes, as: UTF8.self)
            case 1:
                for _ in 0..<Int.random(in: 1...30, using: &generator) {
                    text +=
                        (pieces.randomElement(using: &generator) ?? "") + (Bool.random(using: &generator) ? " " : "")
                }
            case 2:
                let opening =
                    ["(", "not ", "-", "BTC (", "average(", "BTC not ("].randomElement(using: &generator) ?? "("
                text = String(repeating: opening, count: Int.random(in: 1...2000, using: &generator))
            default:
                text = "BTC > 70000 and rsi(14, 4h) < 70 for 10m once"
                for _ in 0..<(round / 4 % 4) {
                    let place = text.index(text.startIndex, offsetBy: Int.random(in: 0..<text.count, using: &generator))
                    text.insert(contentsOf: pieces.randomElement(using: &generator) ?? "", at: place)
                }
            }
            do {
                let definition = try RuleText.parse(text, symbols: someSymbols)
                accepted += 1
                let again = try? RuleText.parseStored(definition.text, symbols: someSymbols)
                #expect(again == definition, "\(text)")
            } catch {
                #expect(error.column >= 1 && error.column <= max(text.count, RuleText.typedLimit) + 1, "\(text)")
                #expect(!error.sentence.isEmpty)
            }
        }
        #expect(accepted > 50)
        let endless = String(repeating: "BTC > 5 and ", count: 100_000)
        #expect(throws: RuleError.self) { try RuleText.parse(endless, symbols: someSymbols) }
        let one = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(throws: RuleError.self) { try RuleText.parse(one, symbols: someSymbols) }
    }
}

/// Makes definitions of every shape that the grammar has.
struct RuleMaker {
    private var generator: SeededGenerator
    private var symbols: RuleSymbols = .all
    /// Whom operands made from now on may be about.
    private var references: [SymbolReference] = []

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
        return RuleDefinition(
            symbols: symbols, condition: condition, priority: chance(50) ? .medium : .critical,
            channels: [], rest: chance(50) ? RuleDefinition.defaultRest : pick(spans), once: chance(30),
            until: chance(30) ? pick(dates) : nil, holdFor: chance(30) ? pick(spans) : nil,
            hysteresis: chance(30) ? pick([0.005, 0.01, 0.0007, 0.5]) : nil, sinceLastAlert: chance(20)
        ).with(channels: chance(30) ? [.telegram, pick([.discord, .email, .terminal])] : [])
    }

    private mutating func condition(depth: Int) -> Condition {
        switch depth > 0 ? whole(0...9) : whole(0...5) {
        case 0...3: return .compare(value(depth: 2), pick(Condition.Comparison.allCases), value(depth: 2))
        case 4: return .crosses(value(depth: 1), pick(Condition.Crossing.allCases), value(depth: 1))
        case 5:
            return .event(pick(references), pick([.anomaly("price"), .listing, .pattern("hammer", .h1)]))
        case 6: return .not(condition(depth: depth - 1))
        case 7, 8:
            let parts = (0..<whole(2...3)).map { _ in condition(depth: depth - 1) }
            return .all(parts.flatMap { if case .all(let inner) = $0 { inner } else { [$0] } })
        default:
            let parts = (0..<whole(2...3)).map { _ in condition(depth: depth - 1) }
            return .any(parts.flatMap { if case .any(let inner) = $0 { inner } else { [$0] } })
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
        switch whole(0...(depth > 0 ? 12 : 11)) {
        case 0, 1: kind = .price
        case 2: kind = .candle(pick(RuleOperand.CandleField.allCases), timeframe)
        case 3: kind = .change(pick([.minutes(30), .hours(1), .days(1), .days(7), .hours(36)]))
        case 4: kind = .drawdown(.days(1))
        case 5, 6: kind = .indicator(indicator(timeframe))
        case 7: kind = pick([.sentiment, .strength, .funding])
        case 8: kind = .probability(timeframe)
        case 9: kind = .forecast(timeframe)
        case 10: kind = .expectedMove(timeframe)
        case 11: kind = .spread("binance", "coinbase")
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
        let made =
            chance(50)
            ? try? IndicatorSpec(name: "rsi", parameters: [Double(whole(2...50))], timeframe: frame)
            : try? IndicatorSpec(
                name: "bollinger", parameters: [20, Double(whole(1...30)) / 10], part: chance(50) ? "upper" : nil,
                timeframe: frame)
        guard let made else { preconditionFailure("rsi and bollinger can be made") }
        return made
    }
}

extension RuleDefinition {
    fileprivate func with(channels: [ChannelKind]) -> RuleDefinition {
        RuleDefinition(
            symbols: symbols, condition: condition, priority: priority, channels: channels, rest: rest, once: once,
            until: until, holdFor: holdFor, hysteresis: hysteresis, sinceLastAlert: sinceLastAlert)
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
