package import Market

/// What may come next, from closed candles only. Prices in the quote asset.
package struct Forecast: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var horizon: Timeframe
    /// Close time of the last candle used.
    package var at: Timestamp
    package var price: Double
    package var median: Double
    package var band50: PriceBand
    package var band90: PriceBand
    /// One standard deviation of the log return over the horizon.
    package var sigma: Double
    /// How often the 90% band held over the trailing `count` forecasts, each made without seeing what it judged.
    package var record90: BandRecord
    package var record50: BandRecord
    /// Chance of a move of at least so much, either way, by the horizon: fraction of the scaled history that moved so.
    package var moveChances: [MoveChance]
    /// `nil`: direction is a coin toss.
    package var probabilityUp: Double?
    /// Names and weights of the models that voted.
    package var voters: [String: Double]
    /// What median and bands together gained on this symbol's trailing-year quantiles over the forecasts of the record:
    /// 1 − score / score; `nil` where too few were judged.
    package var skill: Double?
    /// When the models were fitted last; `nil` for methods that are not fitted.
    package var trainedAt: Timestamp?
    /// SHA-256 of the candles it was made of, in hexadecimal; `nil` where nobody took it down.
    package var inputs: String?

    package init(
        symbol: Symbol, horizon: Timeframe, at: Timestamp, price: Double, median: Double, band50: PriceBand,
        band90: PriceBand, sigma: Double, record90: BandRecord, record50: BandRecord, moveChances: [MoveChance],
        probabilityUp: Double?, voters: [String: Double], skill: Double? = nil, trainedAt: Timestamp? = nil
    ) {
        self.symbol = symbol
        self.horizon = horizon
        self.at = at
        self.price = price
        self.median = median
        self.band50 = band50
        self.band90 = band90
        self.sigma = sigma
        self.record90 = record90
        self.record50 = record50
        self.moveChances = moveChances
        self.probabilityUp = probabilityUp
        self.voters = voters
        self.skill = skill
        self.trainedAt = trainedAt
    }
}

package struct PriceBand: Hashable, Sendable, Codable {
    package var low: Double
    package var high: Double
    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }
}

package struct BandRecord: Hashable, Sendable, Codable {
    package var held: Int
    package var count: Int
    package init(held: Int, count: Int) {
        self.held = held
        self.count = count
    }
}

package struct MoveChance: Hashable, Sendable, Codable {
    /// Fraction of price: 0.02 is 2%.
    package var move: Double
    package var chance: Double
    package init(move: Double, chance: Double) {
        self.move = move
        self.chance = chance
    }
}

extension Forecast {
    /// Which version of the models spoke: those that voted with their weights, and when they were fitted.
    package var modelVersion: String {
        let names = voters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return trainedAt.map { "\(names)@\($0.milliseconds)" } ?? names
    }
}

/// Why there is no forecast.
package enum ForecastRefusal: Error, Hashable, Sendable {
    /// Fewer closed candles than the method needs.
    case historyTooShort(have: Int, need: Int)
    /// The latest closed candle is older than three intervals.
    case stale(since: Timestamp)
    /// An input lies far outside what the models learned from: what they would say is a guess.
    case unfamiliar(input: String)
}

/// The seam behind `/predict`.
package protocol Forecaster: Sendable {
    /// `candles` are closed candles of one symbol, oldest first, of the base timeframe that `baseTimeframe` names for
    /// the horizon.
    func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp) throws(ForecastRefusal)
        -> Forecast
    /// Timeframe and number of candles that `forecast` wants.
    func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int)
}
