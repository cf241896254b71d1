import Market

/// `cci(n)`: Lambert's commodity channel index: distance of the typical price from its mean over n candles, in units
/// of 0.015 mean absolute deviations; 0 when prices stand still. First value at the nth candle. Work per candle grows
/// with n.
struct CommodityChannel: Indicator {
    static let name = "cci"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var prices: Window
    private let count: Double
    private var current: Double?

    init(_ parameters: [Double]) {
        prices = Window(Int(parameters[0]))
        count = parameters[0]
    }

    mutating func update(_ candle: Candle) {
        let price = candle.typicalPrice
        prices.push(price)
        guard prices.isFull else { return }
        // Summed anew, in the ring's order as TA-Lib does: near the mean the difference is small and rounding shows.
        let (mean, deviation) = prices.withNumbers { numbers in
            var sum = 0.0
            for place in 0..<numbers.count { sum += numbers[place] }
            let mean = sum / count
            var deviation = 0.0
            for place in 0..<numbers.count { deviation += abs(numbers[place] - mean) }
            return (mean, deviation)
        }
        current = CommodityChannel.index(price, mean, deviation, count)
    }

    @inline(__always)
    static func index(_ price: Double, _ mean: Double, _ deviation: Double, _ count: Double) -> Double {
        let isFlat = Double.areEqual(price, mean) || deviation.isNegligible
        let index = (price - mean) / (0.015 * (deviation / count))
        return isFlat ? 0 : index
    }

    func value(_ part: Int) -> Double? { current }
}
