import Market

/// `sma(n)`: mean of the last n closes. Price scale; first value at the nth candle.
struct SimpleMovingAverage: Indicator {
    static let name = "sma"
    static let parameters = [IndicatorParameter.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var mean: RunningMean
    private var current: Double?

    init(_ parameters: [Double]) { mean = RunningMean(Int(parameters[0])) }

    mutating func update(_ candle: Candle) { current = mean.update(candle.close) }
    func value(_ part: Int) -> Double? { current }
}
