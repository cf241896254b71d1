package import Decisions
package import Market
import People

/// Makes digests out of stored candles and what the store knows. It looks at closed 1h candles only, so that a digest
/// can be made by a process that follows no market.
package struct DigestMaker: Sendable {
    static let mostSymbols = 30
    static let mostEvents = 40
    static let mostComing = 10

    private let candles: any CandleStore
    private let ledger: any LedgerReader
    private let symbols: any SymbolResolving
    private let venue: Venue
    private let defaultSymbols: [Symbol]

    /// - Parameter defaultSymbols: the watch list of somebody who subscribes to nothing.
    package init(
        candles: any CandleStore, ledger: any LedgerReader, symbols: any SymbolResolving, venue: Venue,
        defaultSymbols: [Symbol]
    ) {
        self.candles = candles
        self.ledger = ledger
        self.symbols = symbols
        self.venue = venue
        self.defaultSymbols = defaultSymbols
    }

    /// One person's digest.
    /// - Parameters:
    ///   - length: how long it covers.
    ///   - now: wall clock, on which digests are due.
    ///   - ruleNow: the clock of candles, alerts and reminders.
    ///   - nextAt: when the next digest comes, if one does.
    package func digest(
        _ kind: Digest.Kind, for facts: DigestFacts, length: Span, now: Timestamp, ruleNow: Timestamp,
        nextAt: Timestamp?
    ) async throws -> Digest {
        let watched = facts.subscriptions.isEmpty ? defaultSymbols : facts.subscriptions
        var digest = try await market(kind, watched, facts.alerts, length: length, ruleNow: ruleNow)
        digest.coming = try await ahead(facts, now: now, ruleNow: ruleNow, length: length, nextAt: nextAt)
        return digest
    }

    /// A report of the house: the given symbols and every opportunity.
    package func report(
        _ kind: Digest.Kind, symbols: [Symbol], opportunities: [ToldAlert], length: Span, ruleNow: Timestamp
    ) async throws -> Digest {
        try await market(
            kind, symbols, opportunities, length: length, ruleNow: ruleNow)
    }

    private func market(
        _ kind: Digest.Kind, _ watched: [Symbol], _ alerts: [ToldAlert], length: Span, ruleNow: Timestamp
    ) async throws -> Digest {
        var digest = Digest(kind: kind, span: (ruleNow - length)..<ruleNow)
        var history: [Symbol: [Candle]] = [:]
        func series(_ symbol: Symbol) async throws -> [Candle] {
            if let known = history[symbol] { return known }
            let found = try await candles.candles(
                of: CandleSeries(symbol: symbol, timeframe: .h1, venue: venue),
                from: ruleNow - max(.days(31), length * 4) - .hours(2), to: ruleNow, limit: nil)
            let closed = found.filter { $0.closeTime(.h1) <= ruleNow }
            history[symbol] = closed
            return closed
        }
        for symbol in watched.prefix(Self.mostSymbols) {
            let row = WatchedSymbol(
                symbol, candles: try await series(symbol), span: digest.span,
                longSpan: kind == .daily ? .days(7) : .days(30))
            if let row { digest.watched.append(row) } else { digest.silent.append(symbol) }
        }
        let shown = alerts.suffix(Self.mostEvents)
        digest.moreEvents = alerts.count - shown.count
        for told in shown {
            // What is scored is told as it was scored; before that, how it stands.
            var outcome = told.score
            if outcome == nil, let symbol = told.alert.alert.symbol {
                outcome = DigestEvent.Outcome(of: told.alert.alert, candles: try await series(symbol), now: ruleNow)
            }
            digest.events.append(DigestEvent(alert: told.alert, arrived: told.arrived, outcome: outcome))
        }
        let head = try await ledger.head()
        digest.ledger = head.sequence > 0 ? head : nil
        return digest
    }

    private func ahead(
        _ facts: DigestFacts, now: Timestamp, ruleNow: Timestamp, length: Span, nextAt: Timestamp?
    ) async throws -> [ComingItem] {
        // A day's digest looks a week ahead, so that nothing ends by surprise.
        let reach = max(length, .days(7))
        var items: [ComingItem] = []
        for rule in facts.rules where !rule.paused {
            guard let until = (try? RuleText.parseStored(rule.text, symbols: symbols))?.until,
                until > ruleNow, until <= ruleNow + reach
            else { continue }
            items.append(ComingItem(at: until, kind: .ruleEnds(number: rule.number, text: rule.text)))
        }
        if let muted = facts.recipient.preferences.mutedUntil, muted > ruleNow, muted <= ruleNow + reach {
            items.append(ComingItem(at: muted, kind: .muteEnds))
        }
        items += facts.reminders.filter { $0.at > ruleNow && $0.at <= ruleNow + reach }
        if let nextAt { items.append(ComingItem(at: nextAt, kind: .nextDigest)) }
        return Array(items.sorted { $0.at < $1.at }.prefix(Self.mostComing))
    }
}

extension WatchedSymbol {
    /// `nil` when no candle closed in the span. `candles` are closed 1h candles, oldest first.
    init?(_ symbol: Symbol, candles: [Candle], span: Range<Timestamp>, longSpan: Span) {
        let inside = candles.filter { $0.closeTime(.h1) > span.lowerBound }
        guard let last = inside.last else { return nil }
        let end = span.upperBound
        func change(over length: Span) -> Double? {
            // The close at the beginning, at most three hours old there.
            let start = end - length
            guard let first = candles.last(where: { $0.closeTime(.h1) <= start }),
                start - first.closeTime(.h1) <= .hours(3)
            else { return nil }
            return last.close / first.close - 1
        }
        let length = end - span.lowerBound
        func turnover(_ candles: some Sequence<Candle>) -> Double { candles.reduce(0) { $0 + $1.volume * $1.close } }
        let before = candles.filter {
            $0.closeTime(.h1) <= span.lowerBound && $0.closeTime(.h1) > span.lowerBound - length * 3
        }
        let traded = turnover(inside)
        let usual = turnover(before) / 3
        // Three periods with a hole are no measure.
        let isCovered = Double(before.count) >= (length * 3).seconds / 3_600 * 0.9
        self.init(
            symbol: symbol, price: last.close, at: last.closeTime(.h1), change: change(over: length),
            longChange: change(over: longSpan), low: inside.map(\.low).min() ?? last.low,
            high: inside.map(\.high).max() ?? last.high, turnover: traded,
            turnoverRatio: isCovered && usual > 0 ? traded / usual : nil)
    }
}

extension DigestEvent.Outcome {
    /// How the price stands since the alert, or stood when the outlook was over. `nil` while no candle has closed after
    /// it. `candles` are closed 1h candles, oldest first.
    init?(of alert: Alert, candles: [Candle], now: Timestamp) {
        let start: Double
        var direction = 1.0
        var end: Timestamp?
        switch alert.body {
        case .ruleFired(let firing): start = firing.price
        case .opportunity(let opportunity):
            start = opportunity.price
            direction = opportunity.side == .buy ? 1 : -1
            end = alert.issuedAt + opportunity.outlook.end
        case .system: return nil
        }
        let limit = min(end ?? now, now)
        guard start > 0,
            let last = candles.last(where: { $0.closeTime(.h1) <= limit && $0.closeTime(.h1) > alert.issuedAt })
        else { return nil }
        self.init(
            price: last.close, move: direction * (last.close / start - 1), isFinal: end.map { $0 <= now } ?? false)
    }
}
