import Market

/// `ad`: Chaikin's accumulation/distribution line: a running total of volume times the place of the close in the
/// candle's range (−1 at the low, 1 at the high). Base asset; defined from the first candle. All history counts.
struct AccumulationDistribution: Indicator {
    static let name = "ad"
    static let parameters: [IndicatorParameter] = []
    static func memory(_ parameters: [Double]) -> Int? { nil }
    private var line = AccumulationLine()
    private var current: Double?

    init(_ parameters: [Double]) {}

    mutating func update(_ candle: Candle) {
        current = line.update(candle)
    }

    func value(_ part: Int) -> Double? { current }
}
