/// Mean of the latest n numbers, from a running total: the newest is added before the oldest is taken away, in the order
/// TA-Lib does it, so that rounding agrees.
struct RunningMean: Sendable {
    private var window: Window
    private var total = 0.0
    private let divisor: Double
    private var missing: Int

    init(_ count: Int) {
        window = Window(count)
        divisor = Double(count)
        missing = count
    }

    /// `nil` until n numbers came.
    mutating func update(_ value: Double) -> Double? {
        total += value
        window.push(value)
        if missing > 1 {
            missing -= 1
            return nil
        }
        let mean = total / divisor
        total -= window.oldest
        return mean
    }
}

/// Exponential average with smoothing 2/(n+1), seeded with the mean of the first n numbers.
struct ExponentialMean: Sendable {
    private let smoothing: Double
    private let count: Int
    private var seen = 0
    private(set) var value = 0.0

    init(_ count: Int) {
        self.count = count
        smoothing = 2 / Double(count + 1)
    }

    /// `nil` until n numbers came.
    mutating func update(_ number: Double) -> Double? {
        if seen >= count {
            value = (number - value) * smoothing + value
            return value
        }
        seen += 1
        value += number
        guard seen == count else { return nil }
        value /= Double(count)
        return value
    }
}

/// Wilder's average: smoothing 1/n, seeded with the mean of the first n numbers.
struct WilderMean: Sendable {
    private let count: Int
    private let divisor: Double
    private var seen = 0
    private(set) var value = 0.0

    init(_ count: Int) {
        self.count = count
        divisor = Double(count)
    }

    /// True once n numbers came.
    var isReady: Bool { seen == count }

    mutating func update(_ number: Double) {
        if seen == count {
            value = (value * (divisor - 1) + number) / divisor
            return
        }
        seen += 1
        value += number
        if seen == count { value /= divisor }
    }
}
