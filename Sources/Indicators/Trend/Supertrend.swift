import Market

/// `supertrend(n, k)`: a trailing stop k average true ranges (`atr(n)`) from the middle of the candle. `value` in price
/// scale; `direction` is 1 while the price is above the stop and −1 while it is below. The lower stop only rises and
/// the upper one only falls, until a close goes through it. First values at candle n + 1, where it begins below the
/// upper stop (−1). Follows a path, so all history counts.
struct Supertrend: Indicator {
    static let name = "supertrend"
    static let parameters = [IndicatorParameter.period(), .number("k", 0.01...100)]
    static let parts = ["value", "direction"]
    static func memory(_ parameters: [Double]) -> Int? { nil }
    private var range: WilderTrueRange
    private let width: Double
    private var upper = Double.infinity
    private var lower = -Double.infinity
    private var isUp: Bool?
    private var previousClose = 0.0

    init(_ parameters: [Double]) {
        range = WilderTrueRange(Int(parameters[0]))
        width = parameters[1]
    }

    mutating func update(_ candle: Candle) {
        range.update(candle)
        defer { previousClose = candle.close }
        guard let range = range.value else { return }
        let middle = (candle.high + candle.low) / 2
        let newUpper = middle + width * range
        let newLower = middle - width * range
        if newUpper < upper || previousClose > upper { upper = newUpper }
        if newLower > lower || previousClose < lower { lower = newLower }
        isUp =
            switch isUp {
            case nil: false
            case .some(true): candle.close >= lower
            case .some(false): candle.close > upper
            }
    }

    func value(_ part: Int) -> Double? {
        guard let isUp else { return nil }
        return part == 0 ? (isUp ? lower : upper) : (isUp ? 1 : -1)
    }
}
