package import Decisions
package import Market

/// What happened and what is coming, for one reader or for the house, before it has a language.
package struct Digest: Hashable, Sendable {
    /// Names a locale entry `report.title_<raw value>`.
    package enum Kind: String, Hashable, Sendable, Codable { case daily, weekly }

    package var kind: Kind
    /// What it covers, rule clock.
    package var span: Range<Timestamp>
    package var watched: [WatchedSymbol]
    /// Symbols without a candle in the period.
    package var silent: [Symbol]
    /// Oldest first.
    package var events: [DigestEvent]
    /// Events that are left out because there were too many.
    package var moreEvents: Int
    /// Soonest first.
    package var coming: [ComingItem]
    /// `nil` while nothing was entered.
    package var ledger: LedgerHead?

    package init(
        kind: Kind, span: Range<Timestamp>, watched: [WatchedSymbol] = [], silent: [Symbol] = [],
        events: [DigestEvent] = [], moreEvents: Int = 0, coming: [ComingItem] = [], ledger: LedgerHead? = nil
    ) {
        self.kind = kind
        self.span = span
        self.watched = watched
        self.silent = silent
        self.events = events
        self.moreEvents = moreEvents
        self.coming = coming
        self.ledger = ledger
    }

    /// Called opportunities with a price after them: how many there are, and how many moved as called so far.
    package var record: (count: Int, hits: Int) {
        let moves = events.filter(\.isCalled).compactMap(\.outcome?.move)
        return (moves.count, moves.count { $0 > 0 })
    }
}

/// A symbol of the watch list over the period; from closed 1h candles. Changes are fractions.
package struct WatchedSymbol: Hashable, Sendable {
    package var symbol: Symbol
    package var price: Double
    /// Close time of the candle that the price is of.
    package var at: Timestamp
    /// Over the period; `nil` without a candle that old.
    package var change: Double?
    /// Over the 7 days (daily) or 30 days (weekly) that end now.
    package var longChange: Double?
    package var low: Double
    package var high: Double
    /// Traded over the period, in the quote asset.
    package var turnover: Double
    /// Against the mean of the three periods before it; `nil` without them.
    package var turnoverRatio: Double?

    package init(
        symbol: Symbol, price: Double, at: Timestamp, change: Double?, longChange: Double?, low: Double, high: Double,
        turnover: Double, turnoverRatio: Double?
    ) {
        self.symbol = symbol
        self.price = price
        self.at = at
        self.change = change
        self.longChange = longChange
        self.low = low
        self.high = high
        self.turnover = turnover
        self.turnoverRatio = turnoverRatio
    }
}

/// Something that was decided in the period and how it turned out so far.
package struct DigestEvent: Hashable, Sendable {
    package var alert: StoredAlert
    package var arrived: Bool
    /// `nil` while no candle has closed after it.
    package var outcome: Outcome?

    package struct Outcome: Hashable, Sendable {
        /// Price at the end of the outlook, or the latest one.
        package var price: Double
        /// Fraction since the alert; of an opportunity in the direction that was called.
        package var move: Double
        /// The outlook is over: this is how it turned out.
        package var isFinal: Bool

        package init(price: Double, move: Double, isFinal: Bool) {
            self.price = price
            self.move = move
            self.isFinal = isFinal
        }
    }

    package init(alert: StoredAlert, arrived: Bool, outcome: Outcome?) {
        self.alert = alert
        self.arrived = arrived
        self.outcome = outcome
    }

    /// It named a direction.
    package var isCalled: Bool { if case .opportunity = alert.alert.body { true } else { false } }
}
