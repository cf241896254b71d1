import Market

/// `bop`: (close − open) / (high − low), −1 to 1; 0 without a range. Defined from the first candle.
struct BalanceOfPower: Indicator {
    static let name = "bop"
    static let parameters: [IndicatorParameter] = []
    static func memory(_ parameters: [Double]) -> Int? { 1 }

    private var current: Double?

    init(_ parameters: [Double]) {}

    mutating func update(_ candle: Candle) {
        let range = candle.high - candle.low
        current = range < 1e-14 ? 0 : (candle.close - candle.open) / range
    }

    func value(_ part: Int) -> Double? { current }
}
