import Market

/// `mfi(n)`: money flow index, 100 · positive / all money flow (typical price times volume) over n candles, 0 to 100; 0
/// when no money flowed. A typical price that differs from the one before only by rounding counts as unchanged, and its
/// flow as none. First value at candle n + 1.
struct MoneyFlow: Indicator {
    static let name = "mfi"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var positives: ExactWindowSum
    private var negatives: ExactWindowSum
    private var previousPrice: Double?
    private var current: Double?

    init(_ parameters: [Double]) {
        positives = ExactWindowSum(Int(parameters[0]))
        negatives = positives
    }

    mutating func update(_ candle: Candle) {
        let price = candle.typicalPrice
        defer { previousPrice = price }
        guard let previousPrice else { return }
        let flow = MoneyFlow.flow(price, previousPrice, candle.volume)
        let positive = positives.update(flow.x)
        let negative = negatives.update(flow.y)
        guard let positive, let negative else { return }
        current = MoneyFlow.index(positive, negative)
    }

    /// Money that came with a rise, and with a fall, of the typical price.
    @inline(__always) static func flow(_ price: Double, _ before: Double, _ volume: Double) -> SIMD2<Double> {
        let flow = Double.areEqual(price, before) ? 0 : price * volume
        return SIMD2(price > before ? flow : 0, price < before ? flow : 0)
    }

    @inline(__always) static func index(_ positive: Double, _ negative: Double) -> Double {
        let share = 100 * (positive / (positive + negative))
        return positive + negative > 0 ? share : 0
    }

    func value(_ part: Int) -> Double? { current }
}
