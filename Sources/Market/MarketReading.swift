/// A figure of one symbol that is neither a price nor a candle: made from many candles, or by a source of its own.
package struct MarketReading: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// Tone of what is written about it, −1 to 1.
        case sentiment
        /// Funding rate of its perpetual future, as a fraction of one interval of eight hours.
        case funding
        /// How much stands out at the last closed hour, 0 to 1.
        case strength
        /// Median price a horizon ahead, made at each closed hour.
        case forecast(Timeframe)
        /// Probability that it is higher then, 0 to 1.
        case probability(Timeframe)
        /// One standard deviation of the log return until then.
        case expectedMove(Timeframe)

        /// How often a new one comes: what is older than three of these is not believed.
        package var interval: Span {
            switch self {
            case .sentiment: .minutes(10)
            case .funding: .hours(8)
            case .strength, .forecast, .probability, .expectedMove: .hours(1)
            }
        }

        /// Of what is forecast.
        package var horizon: Timeframe? {
            switch self {
            case .forecast(let horizon), .probability(let horizon), .expectedMove(let horizon): horizon
            case .sentiment, .funding, .strength: nil
            }
        }
    }

    package var symbol: Symbol
    package var kind: Kind
    /// `nil`: looked at, and unknown.
    package var value: Double?
    /// What it speaks of: for figures made of candles the close of the newest.
    package var time: Timestamp

    package init(symbol: Symbol, kind: Kind, value: Double?, time: Timestamp) {
        self.symbol = symbol
        self.kind = kind
        self.value = value
        self.time = time
    }
}

/// A market that a venue did not have before.
package struct NewListing: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var venue: Venue
    /// Of its first trades.
    package var price: Double
    package var time: Timestamp

    package init(symbol: Symbol, venue: Venue, price: Double, time: Timestamp) {
        self.symbol = symbol
        self.venue = venue
        self.price = price
        self.time = time
    }
}
