/// What the internal bus carries from collectors to the watch.
package enum MarketEvent: Sendable {
    /// A last trade price. A newer one may replace it in a full buffer.
    case quote(Quote)
    /// Best bid and ask. May be replaced by a newer one.
    case bookTop(BookTop)
    /// 24 h summary. May be replaced by a newer one.
    case ticker(Ticker)
    /// A finished candle, in order of open time. Never dropped.
    case candleClosed(ClosedCandle)
    /// Older candles that arrived after a gap or at first sight, oldest first, already saved. Never dropped.
    case backfilled(Backfill)
    /// A stored candle was replaced by the venue: indicators of that symbol are rebuilt, nothing fires twice.
    case candleCorrected(ClosedCandle)
    /// A source changed its state.
    case health(SourceHealth)
    /// A figure that rules may speak of. Rare: never dropped.
    case reading(MarketReading)
    /// A venue opened a market. Never dropped.
    case listed(NewListing)
}

package struct ClosedCandle: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var venue: Venue
    package var timeframe: Timeframe
    package var candle: Candle
    package var receivedAt: Timestamp

    package init(symbol: Symbol, venue: Venue, timeframe: Timeframe, candle: Candle, receivedAt: Timestamp) {
        self.symbol = symbol
        self.venue = venue
        self.timeframe = timeframe
        self.candle = candle
        self.receivedAt = receivedAt
    }
}

package struct Backfill: Sendable {
    package enum Reason: Sendable {
        /// History on first sight; nothing fires for it.
        case history
        /// A gap of a feed that was silent; what was missed is reported late.
        case gap
    }
    package var symbol: Symbol
    package var venue: Venue
    package var timeframe: Timeframe
    package var candles: [Candle]
    package var reason: Reason

    package init(symbol: Symbol, venue: Venue, timeframe: Timeframe, candles: [Candle], reason: Reason) {
        self.symbol = symbol
        self.venue = venue
        self.timeframe = timeframe
        self.candles = candles
        self.reason = reason
    }
}

/// State of one source, for `/ops sources`, metrics and system alerts.
package struct SourceHealth: Hashable, Sendable, Codable {
    package enum State: String, Sendable, Codable {
        /// No key, or switched off: `detail` says which setting is missing.
        case off
        case starting
        case live
        case retrying
        /// Ten failures in a row: one probe every five minutes.
        case circuitOpen = "circuit_open"
        /// The venue refuses this country (451, 403).
        case refused
    }
    package var source: String
    package var state: State
    package var detail: String
    package var lastEventAt: Timestamp?
    package var failures: Int
    /// Frames dropped, by reason.
    package var malformed: [String: Int]
    /// 0 to 1 of the first back-fill, where there is one.
    package var backfillProgress: Double?

    package init(
        source: String, state: State, detail: String = "", lastEventAt: Timestamp? = nil, failures: Int = 0,
        malformed: [String: Int] = [:], backfillProgress: Double? = nil
    ) {
        self.source = source
        self.state = state
        self.detail = detail
        self.lastEventAt = lastEventAt
        self.failures = failures
        self.malformed = malformed
        self.backfillProgress = backfillProgress
    }
}
