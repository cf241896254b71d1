package import Market

/// What a training left behind for one horizon, with the window it learned from and how its method scored.
package struct TrainedModel: Hashable, Sendable, Codable {
    package var horizon: Timeframe
    package var base: Timeframe
    package var symbols: [Symbol]
    /// Close time of the first candle and the instant by which every outcome learned from was known.
    package var from: Timestamp
    package var to: Timestamp
    /// Rows learned from.
    package var rows: Int
    /// Names of the inputs: a model of another set of inputs is not used.
    var inputs: [String]
    var variances: GammaRegression
    var spreads: GammaRegression?
    package var scores: Scores

    /// How walk-forward forecasts of the trailing year held, each made without seeing what it is judged by.
    package struct Scores: Hashable, Sendable, Codable {
        package var judged: Int
        package var coverage50: Double
        package var coverage90: Double
        /// Of median and bands against the trailing year's quantiles.
        package var skill: Double
        /// QLIKE of the variance, and of the trailing year's; lower is better.
        package var loss: Double
        package var constantLoss: Double
    }
}

extension WalkForward {
    /// Walks over the candles, then fits once more on all that was known by the last Monday. `nil` where there is too
    /// little to learn from, or the models are not fitted.
    package func train(_ series: [SymbolCandles], progress: (Double) -> Void = { _ in }) -> TrainedModel? {
        guard let end = series.compactMap({ $0.candles.last?.closeTime(base) }).max(),
            let start = series.compactMap({ $0.candles.first?.closeTime(base) }).min()
        else { return nil }
        let (walks, state) = walk(series, from: end - .days(365), progress: progress)
        guard let variances = state?.fittedAnew() else { return nil }
        let report = WalkReport(walks, horizon: horizon, base: base, models: models)
        return TrainedModel(
            horizon: horizon, base: base, symbols: series.map(\.symbol), from: start,
            to: Timeframe.w1.openTime(containing: end), rows: variances.count, inputs: variances.names,
            variances: variances.regression, spreads: variances.spreads,
            scores: TrainedModel.Scores(
                judged: report.all.count, coverage50: report.all.coverage50, coverage90: report.all.coverage90,
                skill: report.all.skill, loss: report.volatilityLoss.model,
                constantLoss: report.volatilityLoss.constant))
    }
}
