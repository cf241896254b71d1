import Market

/// `midpoint(n)`: middle between the highest and the lowest of the last n closes. Price scale; first value at the nth
/// candle.
struct Midpoint: Indicator {
    static let name = "midpoint"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var highest: Extreme
    private var lowest: Extreme
    private var current: Double?

    init(_ parameters: [Double]) {
        highest = Extreme(.highest, of: Int(parameters[0]))
        lowest = Extreme(.lowest, of: Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        highest.push(candle.close)
        lowest.push(candle.close)
        if let high = highest.value, let low = lowest.value { current = (high + low) / 2 }
    }

    func value(_ part: Int) -> Double? { current }
}
