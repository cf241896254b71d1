import Logging
import Market

extension WatchLoop {
    /// Time of the data in an event of the primary venue.
    mutating func hear(_ event: MarketEvent) {
        let primary = settings.primaryVenue
        switch event {
        case .quote(let quote) where quote.venue == primary: silence.hear(quote.symbol, at: quote.venueTime)
        case .candleClosed(let closed) where closed.venue == primary && closed.timeframe == settings.base:
            silence.hear(closed.symbol, at: closed.candle.closeTime(closed.timeframe))
        case .backfilled(let backfill) where backfill.venue == primary && backfill.timeframe == settings.base:
            guard let last = backfill.candles.last else { return }
            silence.hear(backfill.symbol, at: last.closeTime(backfill.timeframe))
        default: break
        }
    }

    /// Looks for symbols that fell silent or came back; shows them on the board and tells the owners of critical rules.
    mutating func lookForSilence() async throws {
        let now = now
        guard silence.isDue(at: now) else { return }
        let closes = state.decidedUpTo
        let change = silence.look(state.rules.requiredSymbols, at: now) { closes[$0] }
        guard !change.isEmpty else { return }
        board.setSilent(silence.silent)
        for (symbol, since) in change.began {
            logger.warning("blind", metadata: ["symbol": "\(symbol)", "since": "\(since.milliseconds)"])
        }
        guard let critical = stores.criticalRules else { return }
        let rules = try await patience.whatever("load critical rules") { try await critical.criticalRules() }
        guard !rules.isEmpty else { return }
        let store = stores.rules
        let subscribed = try await patience.whatever("load subscriptions") { try await store.subscribedSymbols() }
        let notices = BlindNotices(
            rules: rules, symbols: symbols, subscriptions: subscribed, defaultSymbols: settings.defaultSymbols)
        let alerts =
            notices.alerts(change.began, isOver: false, now: now) + notices.alerts(change.ended, isOver: true, now: now)
        try await publish(DecisionBatch(alerts: alerts), received: .now)
    }
}
