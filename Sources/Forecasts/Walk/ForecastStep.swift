import Foundation
package import Market

/// One forecast of a walk through history, as log returns over the horizon.
package struct ForecastStep: Hashable, Sendable, Codable {
    /// Close time of the last candle used, and its close.
    package var at: Timestamp
    package var price: Double
    package var band50: PriceBand
    package var band90: PriceBand
    /// Deviation of the log return over the horizon.
    package var sigma: Double
    /// Chances of a move of 1, 2 and 5%, either way.
    package var chances: [Double]
    /// `nil`: a coin toss.
    package var probabilityUp: Double?
    /// What the direction models would have said, earned or not; `nil` before there were any.
    package var unearnedUp: Double?
    /// Weights of the direction models at that time.
    package var weights: [String: Double]
    /// When the models were fitted last; what they learned from had ended by then.
    package var trainedAt: Timestamp?
    /// The same from the trailing year alone: quantiles of this symbol's own moves.
    package var constant50: PriceBand
    package var constant90: PriceBand
    package var constantChances: [Double]
    /// Variance over the horizon: of the model, of squared returns exponentially weighted, of the trailing year.
    package var variance: Double
    package var ewmaVariance: Double
    package var constantVariance: Double
    /// Log return one horizon later, and the variance on the way; `nil` where the time has not come or a candle is
    /// missing on the way.
    package var outcome: Double?
    package var realized: Double?

    /// `move`, a log return, as a price.
    package func price(_ move: Double) -> Double { price * exp(move) }
}
