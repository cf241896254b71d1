import Chat
import Decisions
import Foundation
import Market
import Messages

/// The rule language and its replay, as the conversation sees them.
struct RuleBridge: Sendable {
    /// Symbols of a list or of `*` that a preview replays at the most, and candles of each.
    private static let mostSymbols = 3
    private static let mostCandles = 60 * 24 * 400

    let symbols: any SymbolResolving
    let candles: any CandleStore
    let venue: Venue

    var desk: RuleDesk {
        RuleDesk(
            read: { text in self.read(text) },
            preview: { rule, subscriptions in await self.preview(rule, subscriptions: subscriptions) })
    }

    private func read(_ text: String) -> RuleVerdict {
        do {
            let definition = try parse(text)
            var listed: [Symbol] = []
            if case .listed(let symbols) = definition.symbols { listed = symbols }
            return .understood(ReadRule(text: definition.text, symbols: listed, otherSymbols: definition.otherSymbols))
        } catch {
            return .mistaken(
                RuleMistake(sentence: .text(error.sentence), column: error.column, suggestion: error.suggestion))
        }
    }

    private func parse(_ text: String) throws(RuleError) -> RuleDefinition {
        func open(_ resolver: some SymbolResolving) throws(RuleError) -> RuleDefinition {
            try RuleText.parse(text, symbols: resolver)
        }
        return try open(symbols)
    }

    /// Counts over the finest stored candles that reach back a week, else over hours. Rules that speak of several
    /// symbols at once are not replayed.
    private func preview(_ rule: ReadRule, subscriptions: [Symbol]) async -> RuleFigures? {
        guard let definition = try? parse(rule.text), rule.otherSymbols.isEmpty else { return nil }
        let covered = Array((rule.symbols.isEmpty ? subscriptions : rule.symbols).prefix(RuleBridge.mostSymbols))
        var total = 0
        var history: Span?
        var counts: [Int?] = [0, 0, 0]
        for symbol in covered {
            guard let (past, timeframe) = await stored(of: symbol) else { continue }
            let statistics = RulePreview.run(definition, candles: past, timeframe: timeframe, symbol: symbol).statistics
            total += statistics.count
            let span = statistics.to - statistics.from
            history = min(history ?? span, span)
            for (index, count) in [statistics.lastWeek, statistics.lastMonth, statistics.lastYear].enumerated() {
                counts[index] = counts[index].flatMap { known in count.map { known + $0 } }
            }
        }
        guard let history else { return nil }
        return RuleFigures(
            week: counts[0], month: counts[1], year: counts[2], total: total, history: history,
            symbols: rule.symbols.count > 1 || rule.symbols.isEmpty ? covered : [])
    }

    private func stored(of symbol: Symbol) async -> ([Candle], Timeframe)? {
        for timeframe in [.m1, .h1] as [Timeframe] {
            let series = CandleSeries(symbol: symbol, timeframe: timeframe, venue: venue)
            guard let extent = try? await candles.extent(of: series) else { continue }
            if timeframe == .m1, extent.upperBound - extent.lowerBound < .days(7) {
                let hours = CandleSeries(symbol: symbol, timeframe: .h1, venue: venue)
                let longer = try? await candles.extent(of: hours)
                if let longer, longer.upperBound - longer.lowerBound > extent.upperBound - extent.lowerBound { continue }
            }
            if let stored = try? await candles.candles(of: series, from: nil, to: nil, limit: RuleBridge.mostCandles),
                !stored.isEmpty
            {
                return (stored, timeframe)
            }
        }
        return nil
    }
}
