import Market

/// `kama(n)`: Kaufman's adaptive average of closes. The share of net in total movement over n candles moves the
/// smoothing between that of a 2 and of a 30 candle exponential average, squared. Price scale; seeded with the nth
/// close, first value at candle n + 1.
struct KaufmanAdaptiveAverage: Indicator {
    static let name = "kama"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 6000 }
    /// The latest n + 1 closes.
    private var closes: Window
    private var path: Double = 0
    private var previous: Double?
    /// The close before the window, whose step leaves the path next.
    private var trailing = 0.0
    private var seen = 0
    private let count: Int
    private static let slowest = 2.0 / 31
    private static let spread = 2.0 / 3 - 2.0 / 31
    private var current: Double?

    init(_ parameters: [Double]) {
        count = Int(parameters[0])
        closes = Window(count + 1)
    }

    mutating func update(_ candle: Candle) {
        let close = candle.close
        let before = previous ?? close
        previous = close
        closes.push(close)
        seen += 1
        guard seen > count else {
            path += abs(close - before)
            return
        }
        let oldest = closes.oldest
        if current != nil { path -= abs(trailing - oldest) }
        path += abs(close - before)
        trailing = oldest
        let net = close - oldest
        // The comparison without a sign is TA-Lib's; rounding can leave the path a little under the net rise.
        let efficiency = path <= net || path.isNegligible ? 1 : abs(net / path)
        let smoothing = efficiency * Self.spread + Self.slowest
        let start = current ?? before
        current = (close - start) * (smoothing * smoothing) + start
    }

    func value(_ part: Int) -> Double? { current }
}
