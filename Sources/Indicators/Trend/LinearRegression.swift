import Market

/// `linearreg(n)`: end of the least-squares line through the last n closes. Price scale; first value at the nth
/// candle. Work per candle grows with n.
struct LinearRegression: Indicator {
    static let name = "linearreg"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var regression: RegressionWindow
    private var current: Double?

    init(_ parameters: [Double]) {
        regression = RegressionWindow(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        if let line = regression.update(candle.close) { current = line.end }
    }

    func value(_ part: Int) -> Double? { current }
}
