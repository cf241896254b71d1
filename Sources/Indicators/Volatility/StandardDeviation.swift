import Market

/// `stddev(n)`: standard deviation (of the population) of the last n closes. Price scale; first value at the nth candle.
struct StandardDeviation: Indicator {
    static let name = "stddev"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var variance: RunningVariance
    private var current: Double?

    init(_ parameters: [Double]) {
        variance = RunningVariance(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        if let (_, variance) = variance.update(candle.close) { current = variance.squareRoot() }
    }

    func value(_ part: Int) -> Double? { current }
}
