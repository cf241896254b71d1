import Market

/// `ema(n)`: exponential average of closes, smoothing 2/(n+1), seeded with the mean of the first n. Price scale; first
/// value at the nth candle.
struct ExponentialMovingAverage: Indicator {
    static let name = "ema"
    static let parameters = [IndicatorParameter.period()]
    static func memory(_ parameters: [Double]) -> Int? { ExponentialMean.memory(Int(parameters[0])) }
    private var mean: ExponentialMean
    private var current: Double?

    init(_ parameters: [Double]) { mean = ExponentialMean(Int(parameters[0])) }

    mutating func update(_ candle: Candle) { current = mean.update(candle.close) }
    func value(_ part: Int) -> Double? { current }
}
