import Market

/// `min(n)`: lowest of the last n closes. Price scale; first value at the nth candle.
struct LowestClose: Indicator {
    static let name = "min"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var lowest: Extreme
    private var current: Double?

    init(_ parameters: [Double]) {
        lowest = Extreme(.lowest, of: Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        lowest.push(candle.close)
        current = lowest.value
    }

    func value(_ part: Int) -> Double? { current }
}
