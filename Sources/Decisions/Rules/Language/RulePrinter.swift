import Indicators
import Market
import People

/// Writes a definition in its one canonical spelling.
struct RulePrinter {
    private let symbols: RuleSymbols
    /// Whom the text written so far speaks of.
    private var carried: SymbolReference?

    private init(symbols: RuleSymbols) { self.symbols = symbols }

    static func text(of rule: RuleDefinition) -> String {
        var printer = RulePrinter(symbols: rule.symbols)
        var parts = [printer.condition(rule.condition, rank: 0)]
        if let span = rule.holdFor { parts.append("for \(span.text)") }
        if let share = rule.hysteresis { parts.append("hysteresis \(RuleNumber(value: share, isPercent: true).text)") }
        if rule.sinceLastAlert { parts.append("since last alert") }
        if rule.sinceEntry { parts.append("since entry") }
        if rule.rest != RuleDefinition.defaultRest { parts.append("every \(rule.rest.text)") }
        if let until = rule.until { parts.append("until \(RuleDate.text(until))") }
        if rule.once { parts.append("once") }
        if rule.priority != .medium { parts.append("as \(rule.priority.rawValue)") }
        if !rule.channels.isEmpty { parts.append("via \(rule.channels.map(\.rawValue).joined(separator: ", "))") }
        return parts.joined(separator: " ")
    }

    /// An operand as an alert lists it: `rsi(14, 4h)`, and `ETH price` where it is not of the rule's own symbol.
    static func text(of operand: RuleOperand) -> String {
        var printer = RulePrinter(symbols: .all)
        printer.carried = .subject
        guard case .named(let symbol) = operand.symbol else { return printer.operand(operand) }
        printer.carried = operand.symbol
        return spelled(symbol) + " " + printer.operand(operand)
    }

    static func spelled(_ symbol: Symbol) -> String {
        let text = symbol.description
        return RuleWords.isReserved(symbol.base.lowercased()) ? "$\(text)" : text
    }

    /// Rank of what surrounds it: 0 or, 1 and, 2 not.
    private mutating func condition(_ condition: Condition, rank: Int) -> String {
        switch condition {
        case .compare(let left, let comparison, let right):
            return value(left, rank: 0) + " \(comparison.rawValue) " + value(right, rank: 0)
        case .crosses(let left, let crossing, let right):
            return value(left, rank: 0) + " \(crossing.rawValue) " + value(right, rank: 0)
        case .any(let parts):
            var texts: [String] = []
            for part in parts { texts.append(self.condition(part, rank: 1)) }
            return grouped(texts.joined(separator: " or "), rank > 0)
        case .all(let parts):
            var texts: [String] = []
            for part in parts { texts.append(self.condition(part, rank: 2)) }
            return grouped(texts.joined(separator: " and "), rank > 1)
        case .not(let inner):
            return "not " + self.condition(inner, rank: 2)
        case .event(let symbol, let event): return operand(RuleOperand(symbol: symbol, kind: .event(event)))
        }
    }

    /// Rank of what surrounds it: 0 nothing, 1 sum, 2 product, 3 sign; the right side of `-` and `/` asks for one more.
    private mutating func value(_ value: ValueExpression, rank: Int) -> String {
        switch value {
        case .number(let number): return number.text
        case .operand(let operand): return self.operand(operand)
        case .negated(let inner): return "-" + self.value(inner, rank: 3)
        case .combined(let left, let sign, let right):
            let leftText = self.value(left, rank: sign.rank)
            let rightText = self.value(right, rank: sign.rank + 1)
            return grouped("\(leftText) \(sign.rawValue) \(rightText)", rank > sign.rank)
        }
    }

    private func grouped(_ text: String, _ needed: Bool) -> String { needed ? "(\(text))" : text }

    private mutating func operand(_ operand: RuleOperand) -> String {
        if operand.kind == .price {
            let symbol = prefix(operand.symbol)
            return symbol.isEmpty ? "price" : String(symbol.dropLast())
        }
        let start = prefix(operand.symbol)
        switch operand.kind {
        case .price: return start
        case .candle(let field, let timeframe): return start + "\(field.rawValue)(\(timeframe.rawValue))"
        case .change(let span): return start + "change(\(span.text))"
        case .drawdown(let span): return start + "drawdown(\(span.text))"
        case .indicator(let spec): return start + spec.text
        case .window(let kind, let inner, let count):
            return start + "\(kind.rawValue)(\(value(inner, rank: 0)), \(count))"
        case .reading(let kind): return start + RulePrinter.text(of: kind)
        case .spread(let first, let second): return start + "spread(\(first), \(second))"
        case .event(.anomaly(let kind)): return start + "anomaly(\(kind.rawValue))"
        case .event(.listing): return start + "listing"
        case .event(.pattern(let name, let timeframe)):
            return start + "pattern(\(name.text), \(timeframe.rawValue))"
        }
    }

    private static func text(of kind: MarketReading.Kind) -> String {
        switch kind {
        case .sentiment: "sentiment"
        case .funding: "funding"
        case .strength: "strength"
        case .probability(let horizon): "probability(\(horizon.rawValue))"
        case .forecast(let horizon): "forecast(\(horizon.rawValue))"
        case .expectedMove(let horizon): "expected_move(\(horizon.rawValue))"
        }
    }

    /// The symbol and a blank where the text does not speak of it already.
    private mutating func prefix(_ symbol: SymbolReference) -> String {
        guard symbol != carried else { return "" }
        carried = symbol
        switch symbol {
        case .named(let symbol): return RulePrinter.spelled(symbol) + " "
        case .subject:
            switch symbols {
            case .all: return "* "
            case .listed(let list): return list.map(RulePrinter.spelled).joined(separator: ",") + " "
            }
        }
    }
}
