import Market

/// `sar(step, max)`: Wilder's parabolic stop and reverse. Price scale; first value at candle 2. TA-Lib's start: the
/// second candle is taken as short when its downward movement is the larger, otherwise as long; the first candle's far
/// end is the first stop. Follows a path, so all history counts.
struct ParabolicStop: Indicator {
    static let name = "sar"
    static let parameters: [IndicatorParameter] = [.number("step", 0...10), .number("max", 0...10)]
    static func memory(_ parameters: [Double]) -> Int? { nil }
    private let step: Double
    private let limit: Double
    private var previous: Candle?
    private var isLong = true
    private var extreme = 0.0
    private var acceleration = 0.0
    /// The stop for the next candle.
    private var stop: Double?
    private var current: Double?

    init(_ parameters: [Double]) {
        limit = parameters[1]
        step = min(parameters[0], limit)
    }

    mutating func update(_ candle: Candle) {
        defer { previous = candle }
        guard let before = previous else { return }
        var stop = self.stop ?? start(before, candle)
        // For the first stop TA-Lib lets the second candle stand for the one before as well.
        let last = self.stop == nil ? candle : before
        if isLong ? candle.low <= stop : candle.high >= stop {
            isLong.toggle()
            stop = bounded(extreme, last, candle)
            current = stop
            acceleration = step
            extreme = isLong ? candle.high : candle.low
        } else {
            current = stop
            if isLong ? candle.high > extreme : candle.low < extreme {
                extreme = isLong ? candle.high : candle.low
                acceleration = min(acceleration + step, limit)
            }
        }
        self.stop = bounded(stop + acceleration * (extreme - stop), last, candle)
    }

    /// Decides the first side; returns the first stop.
    private mutating func start(_ first: Candle, _ second: Candle) -> Double {
        let fall = first.low - second.low
        isLong = !(fall > 0 && second.high - first.high < fall)
        extreme = isLong ? second.high : second.low
        acceleration = step
        return isLong ? first.low : first.high
    }

    /// A stop may not stand inside the range of the last two candles.
    private func bounded(_ stop: Double, _ before: Candle, _ candle: Candle) -> Double {
        isLong ? min(stop, before.low, candle.low) : max(stop, before.high, candle.high)
    }

    func value(_ part: Int) -> Double? { current }
}
