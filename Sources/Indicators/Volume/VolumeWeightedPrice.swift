import Market

/// `vwap(n)`: mean typical price of the last n candles, weighted by volume. Price scale; first value at the nth
/// candle; undefined while nothing was traded.
struct VolumeWeightedPrice: Indicator {
    static let name = "vwap"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var money: ExactWindowSum
    private var volume: ExactWindowSum
    private var current: Double?

    init(_ parameters: [Double]) {
        money = ExactWindowSum(Int(parameters[0]))
        volume = money
    }

    mutating func update(_ candle: Candle) {
        // Both take the candle before either is asked.
        let paid = money.update(candle.typicalPrice * candle.volume)
        let traded = volume.update(candle.volume)
        guard let paid, let traded else { return }
        current = traded > 0 ? paid / traded : nil
    }

    func value(_ part: Int) -> Double? { current }
}
