import Market

/// `trange`: true range of the candle: the largest of high − low, |high − previous close|, |low − previous close|.
/// Price scale; first value at candle 2.
struct TrueRange: Indicator {
    static let name = "trange"
    static let parameters: [IndicatorParameter] = []
    static func memory(_ parameters: [Double]) -> Int? { 2 }
    private var series = TrueRangeSeries()
    private var current: Double?

    init(_ parameters: [Double]) {}

    mutating func update(_ candle: Candle) {
        current = series.update(candle)
    }

    func value(_ part: Int) -> Double? { current }
}
