package import Market
import Synchronization

/// Latest values of every watched symbol, in memory. Written by the watch alone, read by anybody: a read is a look-up
/// under a lock that nobody holds for longer than a look-up or one event.
///
/// Sources are one entry a name, opportunities those of the last 24 hours (by the newest time seen on the board), at
/// most 2,000.
package final class MarketBoard: BoardReader {
    package let primaryVenue: Venue
    private let state = Mutex(State())

    private struct State: Sendable {
        var entries: [Symbol: BoardEntry] = [:]
        var sources: [String: SourceHealth] = [:]
        /// Newest first.
        var opportunities: [Opportunity] = []
        var latest: Timestamp?
        var silences: [Symbol: Timestamp] = [:]

        mutating func see(_ time: Timestamp) { latest = max(latest ?? time, time) }
    }

    /// `primaryVenue` is the one whose candles, book and quotes are shown; quotes of others are second opinions.
    package init(primaryVenue: Venue) {
        self.primaryVenue = primaryVenue
    }

    // MARK: Reading

    package func view(of symbol: Symbol) -> SymbolView? { state.withLock { $0.entries[symbol]?.view } }

    package func symbols() -> [Symbol] {
        state.withLock { state in state.entries.compactMap { $0.value.view == nil ? nil : $0.key } }
    }

    /// By name.
    package func sources() -> [SourceHealth] {
        state.withLock { $0.sources.values.sorted { $0.source < $1.source } }
    }

    package func opportunities() -> [Opportunity] {
        state.withLock { state in
            guard let latest = state.latest else { return state.opportunities }
            return state.opportunities.filter { $0.at > latest - .days(1) }
        }
    }

    package func silences() -> [Symbol: Timestamp] { state.withLock { $0.silences } }

    // MARK: Writing

    /// Symbols that nothing comes in of now.
    func setSilent(_ silences: [Symbol: Timestamp]) { state.withLock { $0.silences = silences } }

    package func apply(_ event: MarketEvent) {
        switch event {
        case .quote(let quote):
            let isPrimary = quote.venue == primaryVenue
            state.withLock { state in
                if isPrimary { state.see(quote.venueTime) }
                state.entries[quote.symbol, default: BoardEntry()].take(quote, isPrimary: isPrimary)
            }
        case .bookTop(let top):
            guard top.venue == primaryVenue else { return }
            state.withLock { $0.entries[top.symbol, default: BoardEntry()].take(top) }
        case .ticker(let ticker):
            guard ticker.venue == primaryVenue else { return }
            state.withLock { state in
                state.see(ticker.venueTime)
                state.entries[ticker.symbol, default: BoardEntry()].take(ticker)
            }
        case .candleClosed(let closed), .candleCorrected(let closed):
            take([closed.candle], of: closed.symbol, venue: closed.venue, timeframe: closed.timeframe)
        case .backfilled(let backfill):
            // What is older than the board's newest candle is left out here: history is seeded, not fed.
            take(
                backfill.candles.suffix(1_500), of: backfill.symbol, venue: backfill.venue,
                timeframe: backfill.timeframe)
        case .health(let health):
            state.withLock { $0.sources[health.source] = health }
        case .reading, .listed: return
        }
    }

    /// Fills a symbol from stored candles of the primary venue, oldest first. The last 1,500 and 200 are used.
    package func seed(_ symbol: Symbol, minute: [Candle], hourly: [Candle]) {
        var entry = BoardEntry()
        entry.take(minute.suffix(1_500), of: symbol, venue: primaryVenue, timeframe: .m1)
        entry.take(hourly.suffix(200), of: symbol, venue: primaryVenue, timeframe: .h1)
        state.withLock { state in
            // What came live meanwhile is newer than anything stored.
            if let held = state.entries[symbol]?.view {
                entry.take(held.quote, isPrimary: held.quote.venue == primaryVenue)
                if let book = held.book { entry.take(book) }
                if let ticker = held.ticker { entry.take(ticker) }
                if let other = held.secondOpinion { entry.take(other, isPrimary: false) }
            }
            if let time = entry.view?.quote.venueTime { state.see(time) }
            state.entries[symbol] = entry
        }
    }

    /// Enters an opportunity; the same one again (symbol, kind, side, time) changes nothing.
    package func record(_ opportunity: Opportunity) {
        state.withLock { state in
            state.see(opportunity.at)
            let isKnown = state.opportunities.contains {
                $0.at == opportunity.at && $0.symbol == opportunity.symbol && $0.kind == opportunity.kind
                    && $0.side == opportunity.side
            }
            guard !isKnown else { return }
            let place = state.opportunities.firstIndex { $0.at <= opportunity.at } ?? state.opportunities.count
            state.opportunities.insert(opportunity, at: place)
            let oldest = (state.latest ?? opportunity.at) - .days(1)
            while let last = state.opportunities.last, last.at <= oldest || state.opportunities.count > 2_000 {
                state.opportunities.removeLast()
            }
        }
    }

    private func take(
        _ candles: some BidirectionalCollection<Candle>, of symbol: Symbol, venue: Venue, timeframe: Timeframe
    ) {
        guard let last = candles.last, venue == primaryVenue else { return }
        state.withLock { state in
            state.see(last.closeTime(timeframe))
            state.entries[symbol, default: BoardEntry()].take(candles, of: symbol, venue: venue, timeframe: timeframe)
        }
    }
}
