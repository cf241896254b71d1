import Market

/// Wilder's smoothed directional movement, for `plus_di`, `minus_di`, `adx` and `adxr`.
///
/// Sums over the first n − 1 steps, then each step takes away one nth and adds the new movement. TA-Lib's start.
struct DirectionalMovement: Sendable {
    private let count: Int
    let kept: Double
    private var steps = -1
    private var before = (high: 0.0, low: 0.0, close: 0.0)
    private(set) var up = 0.0
    private(set) var down = 0.0
    private(set) var range = 0.0

    init(_ count: Int) {
        self.count = count
        kept = 1 - 1 / Double(count)
    }

    @inline(__always) mutating func update(_ candle: Candle) { update(candle.high, candle.low, candle.close) }

    @inline(__always) mutating func update(_ high: Double, _ low: Double, _ close: Double) {
        defer { before = (high, low, close) }
        steps += 1
        guard steps > 0 else { return }
        let rise = high - before.high
        let fall = before.low - low
        let kept = steps >= count ? kept : 1
        let step = DirectionalMovement.step(rise: rise, fall: fall)
        down = down * kept + step.down
        up = up * kept + step.up
        range = range * kept + TrueRangeSeries.range(high, low, before.close)
    }

    /// Only the larger of the two movements counts, and only when it is one.
    @inline(__always) static func step(rise: Double, fall: Double) -> (up: Double, down: Double) {
        let (onlyRise, onlyFall) = (rise > 0 ? rise : 0, fall > 0 ? fall : 0)
        return (rise > fall ? onlyRise : 0, fall > rise ? onlyFall : 0)
    }

    /// `nil` until n steps came.
    var plus: Double? { steps >= count ? share(up) : nil }
    var minus: Double? { steps >= count ? share(down) : nil }

    /// 100 · |plus − minus| / (plus + minus); `nil` where nothing moved. Only once ready.
    @inline(__always) var index: Double? { DirectionalMovement.index(up: up, down: down, range: range) }

    @inline(__always) static func index(up: Double, down: Double, range: Double) -> Double? {
        let sum = up + down
        guard !range.isNegligible, 100 * sum >= 1e-14 * range else { return nil }
        return 100 * (abs(down - up) / sum)
    }

    @inline(__always) var isReady: Bool { steps >= count }

    private func share(_ movement: Double) -> Double { range.isNegligible ? 0 : 100 * (movement / range) }
}

/// Wilder's average of the directional index: the mean of n, then smoothing 1/n.
struct DirectionalIndex: Sendable {
    private let count: Int
    let kept: Double
    let taken: Double
    private var steps = 0
    private(set) var average = 0.0

    init(_ count: Int) {
        self.count = count
        (kept, taken) = WilderMean.weights(count)
    }

    /// `nil` until n values came. A step without movement leaves the average as it was.
    @inline(__always) mutating func update(_ movement: DirectionalMovement) -> Double? {
        guard movement.isReady else { return nil }
        if steps >= count {
            if let index = movement.index { average = average * kept + index * taken }
            return average
        }
        steps += 1
        if let index = movement.index { average += index }
        guard steps == count else { return nil }
        average /= Double(count)
        return average
    }
}
