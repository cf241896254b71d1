import Market

/// `typprice`: (high + low + close) / 3 of the candle. Price scale; defined from the first.
struct TypicalPrice: Indicator {
    static let name = "typprice"
    static let parameters: [IndicatorParameter] = []
    static func memory(_ parameters: [Double]) -> Int? { 1 }

    private var current: Double?

    init(_ parameters: [Double]) {}

    mutating func update(_ candle: Candle) {
        current = candle.typicalPrice
    }

    func value(_ part: Int) -> Double? { current }
}
