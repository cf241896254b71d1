/// The latest price of a symbol on a venue.
package struct Quote: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var venue: Venue
    /// Price of the last trade; what rules call `price`.
    package var last: Price
    package var bid: Price?
    package var ask: Price?
    /// When the venue says it was so.
    package var venueTime: Timestamp
    /// When it reached us, on the wall clock.
    package var receivedAt: Timestamp

    package init(
        symbol: Symbol, venue: Venue, last: Price, bid: Price? = nil, ask: Price? = nil, venueTime: Timestamp,
        receivedAt: Timestamp
    ) {
        self.symbol = symbol
        self.venue = venue
        self.last = last
        self.bid = bid
        self.ask = ask
        self.venueTime = venueTime
        self.receivedAt = receivedAt
    }
}

/// Best bid and ask; says nothing about the last trade.
package struct BookTop: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var venue: Venue
    package var bid: Price
    package var ask: Price
    package var receivedAt: Timestamp

    package init(symbol: Symbol, venue: Venue, bid: Price, ask: Price, receivedAt: Timestamp) {
        self.symbol = symbol
        self.venue = venue
        self.bid = bid
        self.ask = ask
        self.receivedAt = receivedAt
    }
}

/// Rolling 24 hours of a symbol as the venue sums them up. `change` is a fraction (0.05 is +5%).
package struct Ticker: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var venue: Venue
    package var last: Price
    package var change: Double
    package var high: Double
    package var low: Double
    /// Base asset.
    package var volume: Double
    /// Quote asset.
    package var quoteVolume: Double
    package var venueTime: Timestamp
    package var receivedAt: Timestamp

    package init(
        symbol: Symbol, venue: Venue, last: Price, change: Double, high: Double, low: Double, volume: Double,
        quoteVolume: Double, venueTime: Timestamp, receivedAt: Timestamp
    ) {
        self.symbol = symbol
        self.venue = venue
        self.last = last
        self.change = change
        self.high = high
        self.low = low
        self.volume = volume
        self.quoteVolume = quoteVolume
        self.venueTime = venueTime
        self.receivedAt = receivedAt
    }
}
