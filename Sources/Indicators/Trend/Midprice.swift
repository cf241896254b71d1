import Market

/// `midprice(n)`: middle between the highest high and the lowest low of the last n candles. Price scale; first value
/// at the nth candle.
struct Midprice: Indicator {
    static let name = "midprice"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var range: PriceRange
    private var current: Double?

    init(_ parameters: [Double]) {
        range = PriceRange(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        range.push(candle)
        current = range.middle
    }

    func value(_ part: Int) -> Double? { current }
}
