import Market

/// `stochrsi(n, k, d)`: the fast stochastic of `rsi(n)`, 0 to 100: `k` is the place of the index in its range of k
/// candles, `d` the mean of that over d. Both appear together, at candle n + k + d − 1.
struct StochasticStrength: Indicator {
    static let name = "stochrsi"
    static let parameters = [IndicatorParameter.period(from: 2), .period("k"), .period("d")]
    static let parts = ["k", "d"]
    static func memory(_ parameters: [Double]) -> Int? {
        WilderMean.memory(Int(parameters[0])) + Int(parameters[1] + parameters[2])
    }
    private var strength: WilderStrength
    private var series: StochasticSeries
    private var signal: RunningMean
    private var raw = 0.0
    private var signalValue: Double?

    init(_ parameters: [Double]) {
        strength = WilderStrength(Int(parameters[0]))
        series = StochasticSeries(Int(parameters[1]))
        signal = RunningMean(Int(parameters[2]))
    }

    mutating func update(_ candle: Candle) {
        strength.update(candle.close)
        guard let index = strength.relative, let place = series.update(high: index, low: index, close: index)
        else { return }
        raw = place
        signalValue = signal.update(place)
    }

    func value(_ part: Int) -> Double? { part == 0 && signalValue != nil ? raw : signalValue }
}
