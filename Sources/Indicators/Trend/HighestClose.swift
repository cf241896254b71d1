import Market

/// `max(n)`: highest of the last n closes. Price scale; first value at the nth candle.
struct HighestClose: Indicator {
    static let name = "max"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var highest: Extreme
    private var current: Double?

    init(_ parameters: [Double]) {
        highest = Extreme(.highest, of: Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        highest.push(candle.close)
        current = highest.value
    }

    func value(_ part: Int) -> Double? { current }
}
