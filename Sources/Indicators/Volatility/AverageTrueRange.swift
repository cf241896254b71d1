import Market

/// `atr(n)`: Wilder's average of the true range. Price scale. Smoothing 1/n, seeded with the mean of the true ranges of
/// candles 2 to n + 1 (the first candle has none), where the first value stands.
struct AverageTrueRange: Indicator {
    static let name = "atr"
    static let parameters = [IndicatorParameter.period()]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var range: WilderTrueRange

    init(_ parameters: [Double]) { range = WilderTrueRange(Int(parameters[0])) }

    mutating func update(_ candle: Candle) { range.update(candle) }
    func value(_ part: Int) -> Double? { range.value }
}

/// True range: the largest of high − low, |high − previous close|, |low − previous close|.
struct TrueRangeSeries: Sendable {
    private var previousClose: Double?

    /// `nil` for the first candle.
    mutating func update(_ candle: Candle) -> Double? {
        defer { previousClose = candle.close }
        guard let previousClose else { return nil }
        return TrueRangeSeries.range(candle.high, candle.low, previousClose)
    }

    @inline(__always) static func range(_ high: Double, _ low: Double, _ previousClose: Double) -> Double {
        let (own, above, below) = (high - low, abs(previousClose - high), abs(previousClose - low))
        let larger = above > own ? above : own
        return below > larger ? below : larger
    }
}

struct WilderTrueRange: Sendable {
    private var series = TrueRangeSeries()
    private var mean: WilderMean

    init(_ count: Int) { mean = WilderMean(count) }

    mutating func update(_ candle: Candle) {
        if let range = series.update(candle) { mean.update(range) }
    }

    var value: Double? { mean.isReady ? mean.value : nil }
}
