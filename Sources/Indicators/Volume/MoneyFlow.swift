import Market

/// `mfi(n)`: money flow index, 100 · positive / all money flow (typical price times volume) over n candles, 0 to 100;
/// 0 when the flow is under 1, as in TA-Lib. First value at candle n + 1.
struct MoneyFlow: Indicator {
    static let name = "mfi"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var positives: Window
    private var negatives: Window
    private var positive = 0.0
    private var negative = 0.0
    private var previousPrice: Double?
    private var current: Double?

    init(_ parameters: [Double]) {
        positives = Window(Int(parameters[0]))
        negatives = positives
    }

    mutating func update(_ candle: Candle) {
        let price = candle.typicalPrice
        defer { previousPrice = price }
        guard let previousPrice else { return }
        if positives.isFull {
            positive -= positives.oldest
            negative -= negatives.oldest
        }
        let flow = price * candle.volume
        let rise = price > previousPrice ? flow : 0
        let fall = price < previousPrice ? flow : 0
        positive += rise
        negative += fall
        positives.push(rise)
        negatives.push(fall)
        guard positives.isFull else { return }
        let sum = positive + negative
        current = sum < 1 ? 0 : 100 * (positive / sum)
    }

    func value(_ part: Int) -> Double? { current }
}
