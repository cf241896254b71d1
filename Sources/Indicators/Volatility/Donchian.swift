import Market

/// `donchian(n)`: `upper` is the highest high and `lower` the lowest low of the last n candles, this one included;
/// `middle` lies between. Price scale; first values at the nth candle.
struct Donchian: Indicator {
    static let name = "donchian"
    static let parameters = [IndicatorParameter.period()]
    static let parts = ["upper", "middle", "lower"]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var range: PriceRange

    init(_ parameters: [Double]) { range = PriceRange(Int(parameters[0])) }

    mutating func update(_ candle: Candle) { range.push(candle) }

    func value(_ part: Int) -> Double? {
        switch part {
        case 0: range.highest.value
        case 1: range.middle
        default: range.lowest.value
        }
    }
}
