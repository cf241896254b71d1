import Foundation
import Market

/// Finds the number that makes a noisy rule fire about once a week, by replaying it with other numbers.
///
/// Only one number of the rule moves: the first that is compared with something that changes. It is scaled, since prices,
/// shares and multiples are all read by their size: first doubled or halved until the rule is quiet enough, then narrowed
/// by bisection of the logarithm.
struct LevelSearch {
    /// Most replays; a person waits.
    static let budget = 18
    /// Most candles a replay: a month of minutes, or five years of hours.
    private static let mostCandles = 44_640
    /// What counts as about one a week.
    private static let accepted = 0.4...2.5

    private let rule: RuleDefinition
    private let symbol: Symbol
    private let timeframe: Timeframe
    private let candles: [Candle]
    private let leadIn: [Timeframe: [Candle]]
    private let number: RuleNumber
    private let weeks: Double
    private var replaysLeft = LevelSearch.budget
    private var best: (text: String, perWeek: Double)?

    /// The suggested rule; `nil` where no number of it makes it calmer.
    static func suggestion(
        for rule: RuleDefinition, candles: [Candle], timeframe: Timeframe, symbol: Symbol,
        after leadIn: [Timeframe: [Candle]] = [:]
    ) -> RuleStatistics.Suggestion? {
        guard var search = LevelSearch(rule, candles, timeframe, symbol, leadIn) else { return nil }
        for direction in [2.0, 0.5] {
            search.look(direction)
            if let best = search.best { return .init(text: best.text, perWeek: best.perWeek) }
        }
        return nil
    }

    private init?(
        _ rule: RuleDefinition, _ candles: [Candle], _ timeframe: Timeframe, _ symbol: Symbol,
        _ leadIn: [Timeframe: [Candle]]
    ) {
        guard let number = rule.condition.movableNumber, number.value != 0, number.value.isFinite else { return nil }
        self.rule = rule
        self.symbol = symbol
        self.timeframe = timeframe
        // The part that is not counted still leads in.
        self.candles = Array(candles.suffix(LevelSearch.mostCandles))
        self.leadIn = candles.count > LevelSearch.mostCandles ? [:] : leadIn
        self.number = number
        guard let first = self.candles.first, let last = self.candles.last else { return nil }
        weeks = (last.closeTime(timeframe) - first.openTime).seconds / (7 * 86_400)
        guard weeks >= 1 else { return nil }
    }

    private mutating func look(_ direction: Double) {
        // Half of what is left, so that the other direction has its turn.
        let reserve = direction > 1 ? LevelSearch.budget / 3 : 0
        var noisy = 1.0
        var quiet: Double?
        var factor = direction
        for _ in 0..<6 where quiet == nil && replaysLeft > reserve {
            guard let perWeek = replay(factor) else { return }
            if perWeek <= 1 { quiet = factor } else { noisy = factor }
            factor *= direction
        }
        guard var quiet else { return }
        while replaysLeft > reserve {
            if let best, (0.8...1.25).contains(best.perWeek) { return }
            let middle = (noisy * quiet).squareRoot()
            guard let perWeek = replay(middle) else { return }
            if perWeek <= 1 { quiet = middle } else { noisy = middle }
            if abs(noisy / quiet - 1) < 1e-4 { return }
        }
    }

    /// Firings a week with the number scaled; remembers the best. `nil` when the rule cannot be written so.
    private mutating func replay(_ factor: Double) -> Double? {
        replaysLeft -= 1
        let scaled = LevelSearch.rounded(number, times: factor)
        guard let changed = rule.withMovableNumber(scaled) else { return nil }
        var replay = RuleReplay(changed, subject: changed.subject(among: symbol), symbol: symbol, base: timeframe)
        let perWeek = Double(replay.firings(over: candles, after: leadIn).count) / weeks
        if LevelSearch.accepted.contains(perWeek), best.map({ abs(log($0.perWeek)) > abs(log(perWeek)) }) ?? true {
            best = (changed.text, perWeek)
        }
        return perWeek
    }

    /// Four digits of what the person reads: nobody writes more.
    private static func rounded(_ number: RuleNumber, times factor: Double) -> RuleNumber {
        let shown = number.value * factor * (number.isPercent ? 100 : 1)
        let digits = 3 - Int(log10(abs(shown)).rounded(.down))
        let text = String(format: "%.\(max(0, digits))f", digits < 0 ? round(shown, digits) : shown)
        let value = Double(text) ?? shown
        guard number.isPercent else { return RuleNumber(value: value) }
        // Shifted as text, as the parser does, so that the rule reads back as the same.
        return RuleNumber(value: Double(text + "e-2") ?? value / 100, isPercent: true)
    }

    private static func round(_ value: Double, _ digits: Int) -> Double {
        let unit = pow(10, Double(-digits))
        return (value / unit).rounded() * unit
    }
}

extension RuleDefinition {
    /// The same rule with another number in the place of the movable one; `nil` where that cannot be written or is the
    /// same.
    func withMovableNumber(_ number: RuleNumber) -> RuleDefinition? {
        guard let old = condition.movableNumber, old != number else { return nil }
        // Made anew with the old number it must be itself, or something of it would be lost with the new one.
        guard with(condition.replacingMovableNumber(by: old)) == self else { return nil }
        return with(condition.replacingMovableNumber(by: number))
    }

    private func with(_ condition: Condition) -> RuleDefinition {
        RuleDefinition(
            symbols: symbols, condition: condition, priority: priority, channels: channels, rest: rest, once: once,
            until: until, holdFor: holdFor, hysteresis: hysteresis, sinceLastAlert: sinceLastAlert,
            sinceEntry: sinceEntry)
    }
}

extension Condition {
    /// The first number of the first comparison or crossing that has one.
    var movableNumber: RuleNumber? {
        switch self {
        case .compare(let left, _, let right), .crosses(let left, _, let right):
            left.movableNumber ?? right.movableNumber
        case .all(let parts), .any(let parts): parts.lazy.compactMap(\.movableNumber).first
        case .not(let inner): inner.movableNumber
        default: nil
        }
    }

    func replacingMovableNumber(by number: RuleNumber) -> Condition {
        switch self {
        case .compare(let left, let comparison, let right):
            if left.movableNumber != nil {
                return .compare(left.replacingMovableNumber(by: number), comparison, right)
            }
            return .compare(left, comparison, right.replacingMovableNumber(by: number))
        case .crosses(let left, let crossing, let right):
            if left.movableNumber != nil {
                return .crosses(left.replacingMovableNumber(by: number), crossing, right)
            }
            return .crosses(left, crossing, right.replacingMovableNumber(by: number))
        case .all(let parts): return .all(Condition.replacing(parts, number))
        case .any(let parts): return .any(Condition.replacing(parts, number))
        case .not(let inner): return .not(inner.replacingMovableNumber(by: number))
        default: return self
        }
    }

    private static func replacing(_ parts: [Condition], _ number: RuleNumber) -> [Condition] {
        var parts = parts
        if let place = parts.firstIndex(where: { $0.movableNumber != nil }) {
            parts[place] = parts[place].replacingMovableNumber(by: number)
        }
        return parts
    }
}

extension ValueExpression {
    var movableNumber: RuleNumber? {
        switch self {
        case .number(let number): number
        case .negated(let inner): inner.movableNumber
        case .combined(let left, _, let right): left.movableNumber ?? right.movableNumber
        default: nil
        }
    }

    func replacingMovableNumber(by number: RuleNumber) -> ValueExpression {
        switch self {
        case .number: return .number(number)
        case .negated(let inner): return .negated(inner.replacingMovableNumber(by: number))
        case .combined(let left, let sign, let right):
            if left.movableNumber != nil {
                return .combined(left.replacingMovableNumber(by: number), sign, right)
            }
            return .combined(left, sign, right.replacingMovableNumber(by: number))
        default: return self
        }
    }
}
