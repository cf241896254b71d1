import Market

/// Wilder's smoothed directional movement, for `plus_di`, `minus_di`, `adx` and `adxr`.
///
/// Sums over the first n − 1 steps, then each step takes away one nth and adds the new movement. TA-Lib's start.
struct DirectionalMovement: Sendable {
    private let count: Int
    private let divisor: Double
    private var steps = 0
    private var previous: Candle?
    private var trueRange = TrueRangeSeries()
    private var up = 0.0
    private var down = 0.0
    private var range = 0.0

    init(_ count: Int) {
        self.count = count
        divisor = Double(count)
    }

    mutating func update(_ candle: Candle) {
        let newRange = trueRange.update(candle)
        defer { previous = candle }
        guard let before = previous, let newRange else { return }
        let rise = candle.high - before.high
        let fall = before.low - candle.low
        steps += 1
        if steps >= count {
            up -= up / divisor
            down -= down / divisor
            range -= range / divisor
        }
        // Only the larger of the two movements counts, and only when it is one.
        if fall > 0, rise < fall {
            down += fall
        } else if rise > 0, rise > fall {
            up += rise
        }
        range += newRange
    }

    /// `nil` until n steps came.
    var plus: Double? { steps >= count ? share(up) : nil }
    var minus: Double? { steps >= count ? share(down) : nil }

    /// 100 · |plus − minus| / (plus + minus); `nil` also where nothing moved.
    var index: Double? {
        guard let plus, let minus, !range.isNegligible, !(plus + minus).isNegligible else { return nil }
        return 100 * (abs(minus - plus) / (plus + minus))
    }

    var isReady: Bool { steps >= count }

    private func share(_ movement: Double) -> Double { range.isNegligible ? 0 : 100 * (movement / range) }
}

/// Wilder's average of the directional index: the mean of n, then smoothing 1/n.
struct DirectionalIndex: Sendable {
    private let count: Int
    private var steps = 0
    private var average = 0.0

    init(_ count: Int) { self.count = count }

    /// `nil` until n values came. A step without movement leaves the average as it was.
    mutating func update(_ movement: DirectionalMovement) -> Double? {
        guard movement.isReady else { return nil }
        let n = Double(count)
        if steps >= count {
            if let index = movement.index { average = (average * (n - 1) + index) / n }
            return average
        }
        steps += 1
        if let index = movement.index { average += index }
        guard steps == count else { return nil }
        average /= n
        return average
    }
}
