import Market

/// What a walk varies by horizon. Chosen on 2019 to 2022 of five symbols (docs/STUDY.md, "Forecasts").
struct WalkSettings: Hashable, Sendable {
    /// Weight of the models against the trailing year in the logarithm of the scale: a forecast of a long horizon knows
    /// less.
    var modelWeight: Double
    /// Share in that of the regression on the moves themselves; the rest is of the regression on range variance.
    var spreadWeight: Double
    /// Step of the adaptive correction, a candle.
    var adaptiveStep: Double
    /// Rows of each symbol that make the pool of moves: two years.
    var poolLength: Int
    /// Rows with an outcome before there is a first forecast: four weeks.
    var neededRows: Int
    /// What the ridges of the volatility models weigh, in rows. Rows of long horizons overlap and weigh less.
    var ridge: Double
    var spreadRidge: Double
    /// The same for the direction models: directions are so faint that little may be believed.
    var directionRidge: Double
    /// Deviations by which the trailing year must exceed chance before direction is told. The question is asked every
    /// week, so 1.96 would be fooled every year.
    var neededEvidence = 3.0
    /// Weeks of such a test; a shorter one is fooled by a regime.
    var neededWeeks = 50
    /// Over a day and longer direction is never told: nothing ever stood a test there.
    var mayTell: Bool
    /// Least distance from one half at which a probability is told.
    var leastLean = 0.01

    init(base: Timeframe, horizon: Timeframe) {
        let hours = Double(horizon.span.milliseconds) / 3_600_000
        let rowsADay = Double(Span.days(1).milliseconds) / Double(base.span.milliseconds)
        switch hours {
        case ...1: (modelWeight, spreadWeight, adaptiveStep) = (0.9, 0.5, 0.003)
        case ...4: (modelWeight, spreadWeight, adaptiveStep) = (0.9, 0.5, 0.002)
        case ...24: (modelWeight, spreadWeight, adaptiveStep) = (0.7, 0, 0.001)
        default: (modelWeight, spreadWeight, adaptiveStep) = (0.4, 0, 0.0001)
        }
        adaptiveStep *= 24 / rowsADay
        poolLength = Int(rowsADay * 730)
        neededRows = max(60, Int(rowsADay * 28))
        mayTell = hours < 24
        let overlap = Double(horizon.span.milliseconds / base.span.milliseconds)
        ridge = 20 * overlap
        spreadRidge = 500 * overlap
        directionRidge = 200 * overlap
    }
}
