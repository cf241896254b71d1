import Market

/// `stochastic(k, s, d)`: Lane's slow stochastic, 0 to 100: `k` is the mean over s of the place of the close in the
/// range of k candles, `d` the mean of `k` over d. Both appear together, at candle k + s + d − 2.
struct Stochastic: Indicator {
    static let name = "stochastic"
    static let parameters = [IndicatorParameter.period("k"), .period("s"), .period("d")]
    static let parts = ["k", "d"]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters.reduce(0, +)) }
    private var series: StochasticSeries
    private var slow: RunningMean
    private var signal: RunningMean
    private var slowValue = 0.0
    private var signalValue: Double?

    init(_ parameters: [Double]) {
        series = StochasticSeries(Int(parameters[0]))
        slow = RunningMean(Int(parameters[1]))
        signal = RunningMean(Int(parameters[2]))
    }

    mutating func update(_ candle: Candle) {
        guard let raw = series.update(high: candle.high, low: candle.low, close: candle.close),
            let slowed = slow.update(raw)
        else { return }
        slowValue = slowed
        signalValue = signal.update(slowed)
    }

    func value(_ part: Int) -> Double? { part == 0 && signalValue != nil ? slowValue : signalValue }
}
