import Market

/// `williams(n)`: Williams' %R, place of the close in the range of the last n candles, −100 (at the low) to 0 (at the
/// high); 0 without a range. First value at the nth candle.
struct WilliamsRange: Indicator {
    static let name = "williams"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var range: PriceRange
    private var current: Double?

    init(_ parameters: [Double]) {
        range = PriceRange(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        range.push(candle)
        guard let high = range.highest.value, let low = range.lowest.value else { return }
        current = Double.areEqual(high, low) ? 0 : -100 * ((high - candle.close) / (high - low))
    }

    func value(_ part: Int) -> Double? { current }
}
