import Market

/// `stochf(k, d)`: Lane's fast stochastic, 0 to 100: `k` is the place of the close in the range of k candles, `d` its
/// mean over d. Both appear together, at candle k + d − 1.
struct FastStochastic: Indicator {
    static let name = "stochf"
    static let parameters = [IndicatorParameter.period("k"), .period("d")]
    static let parts = ["k", "d"]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0] + parameters[1]) }
    private var series: StochasticSeries
    private var signal: RunningMean
    private var raw = 0.0
    private var signalValue: Double?

    init(_ parameters: [Double]) {
        series = StochasticSeries(Int(parameters[0]))
        signal = RunningMean(Int(parameters[1]))
    }

    mutating func update(_ candle: Candle) {
        guard let place = series.update(high: candle.high, low: candle.low, close: candle.close) else { return }
        raw = place
        signalValue = signal.update(place)
    }

    func value(_ part: Int) -> Double? { part == 0 && signalValue != nil ? raw : signalValue }
}
