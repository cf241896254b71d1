import Market

/// `var(n)`: variance (of the population) of the last n closes, in squared price; first value at the nth candle.
struct Variance: Indicator {
    static let name = "var"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var variance: RunningVariance
    private var current: Double?

    init(_ parameters: [Double]) {
        variance = RunningVariance(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        if let (_, variance) = variance.update(candle.close) { current = variance }
    }

    func value(_ part: Int) -> Double? { current }
}
