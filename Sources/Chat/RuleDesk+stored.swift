package import Decisions
package import Market
import Messages

extension RuleDesk {
    /// How many symbols of a rule are replayed; a person waits for the answer.
    private static let mostReplayed = 5

    /// Reads rules with the language of `Decisions` and replays them over stored candles.
    ///
    /// The year is counted at hourly closes, week and month also at one-minute closes. A rule that speaks of several
    /// symbols at once is not replayed.
    package static func stored(symbols: any SymbolResolving, candles: any CandleStore, venue: Venue) -> RuleDesk {
        RuleDesk(
            read: { verdict(of: $0, symbols: symbols) },
            preview: { rule, subscriptions in
                // A replay sees the candles of one symbol.
                guard rule.otherSymbols.isEmpty,
                    let definition = try? RuleText.parseStored(rule.text, symbols: symbols)
                else { return nil }
                let covered = Array((rule.symbols.isEmpty ? subscriptions : rule.symbols).prefix(mostReplayed))
                var sum: RuleFigures?
                for symbol in covered {
                    guard let figures = await figures(of: definition, symbol: symbol, candles: candles, venue: venue)
                    else { continue }
                    sum = sum.map { $0 + figures } ?? figures
                }
                return sum
            })
    }

    private static func verdict(of text: String, symbols: any SymbolResolving) -> RuleVerdict {
        do {
            let definition = try RuleText.parse(text, symbols: symbols)
            let listed: [Symbol] = if case .listed(let listed) = definition.symbols { listed } else { [] }
            return .understood(
                ReadRule(
                    text: definition.text, symbols: listed, otherSymbols: definition.otherSymbols,
                    rest: definition.rest, until: definition.until))
        } catch {
            let arguments = error.arguments.mapValues { ContentValue.text(UntrustedText.shown($0, limit: 120)) }
            return .mistaken(
                RuleMistake(
                    sentence: .word("rule_error.\(error.key)", arguments), column: error.column,
                    suggestion: error.suggestion))
        }
    }

    private static func figures(
        of rule: RuleDefinition, symbol: Symbol, candles: any CandleStore, venue: Venue
    ) async -> RuleFigures? {
        func replay(_ timeframe: Timeframe, limit: Int) async -> (statistics: RuleStatistics, isBlind: Bool)? {
            let series = CandleSeries(symbol: symbol, timeframe: timeframe, venue: venue)
            guard let stored = try? await candles.candles(of: series, from: nil, to: nil, limit: limit), !stored.isEmpty
            else { return nil }
            let preview = RulePreview.run(rule, candles: stored, timeframe: timeframe, symbol: symbol)
            return preview.statistics.map { ($0, preview.notes.contains { $0.key == "too_short" }) }
        }
        // A year, and before it what the slowest averages need. What moves within the hour cannot be seen at its close.
        let hours = await replay(.h1, limit: 24 * 465).flatMap { $0.isBlind ? nil : $0.statistics }
        let minutes = await replay(.m1, limit: 1_440 * 31)?.statistics
        guard let longest = hours ?? minutes else { return nil }
        // A look every minute sees what an hourly one sees and more, unless a month is too short for the lead-in of an
        // average: the greater count is the better one.
        func greater(_ a: Int?, _ b: Int?) -> Int? { a.map { a in max(a, b ?? 0) } ?? b }
        return RuleFigures(
            week: greater(minutes?.lastWeek, hours?.lastWeek), month: greater(minutes?.lastMonth, hours?.lastMonth),
            year: longest.lastYear, total: longest.count, history: longest.to - longest.from, symbols: [symbol])
    }
}

extension RuleFigures {
    /// Firings of several symbols together; a count that one of them lacks is left out.
    static func + (a: RuleFigures, b: RuleFigures) -> RuleFigures {
        func sum(_ a: Int?, _ b: Int?) -> Int? { a.flatMap { a in b.map { a + $0 } } }
        return RuleFigures(
            week: sum(a.week, b.week), month: sum(a.month, b.month), year: sum(a.year, b.year),
            total: a.total + b.total,
            history: min(a.history, b.history), symbols: a.symbols + b.symbols)
    }
}
