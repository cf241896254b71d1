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
        let flow = Double.areEqual(price, previousPrice) ? 0 : price * candle.volume
        let positive = positives.update(price > previousPrice ? flow : 0)
        let negative = negatives.update(price < previousPrice ? flow : 0)
        guard let positive, let negative else { return }
        current = positive + negative > 0 ? 100 * (positive / (positive + negative)) : 0
    }

    func value(_ part: Int) -> Double? { current }
}
