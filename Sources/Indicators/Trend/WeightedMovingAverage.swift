import Market

/// `wma(n)`: linearly weighted mean of the last n closes, the newest weighing n and the oldest 1. Price scale; first
/// value at the nth candle. Running sums in TA-Lib's order.
struct WeightedMovingAverage: Indicator {
    static let name = "wma"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var window: Window
    private let count: Double
    /// Plain sum of the window, and sum of closes times their weights.
    private var plain = 0.0
    private var weighted = 0.0
    private var trailing = 0.0
    private var seen = 0.0
    private var current: Double?

    init(_ parameters: [Double]) {
        window = Window(Int(parameters[0]))
        count = parameters[0]
    }

    mutating func update(_ candle: Candle) {
        window.push(candle.close)
        if seen < count - 1 {
            seen += 1
            plain += candle.close
            weighted += candle.close * seen
            return
        }
        plain += candle.close
        plain -= trailing
        weighted += candle.close * count
        trailing = window.oldest
        current = weighted / (count * (count + 1) / 2)
        weighted -= plain
    }

    func value(_ part: Int) -> Double? { current }
}
