/// Sum of the latest n numbers: the newest is added, the sum read, then the oldest taken away, in the order TA-Lib does
/// it, so that rounding agrees. Rounding errors wander with the square root of the length of the series: about 1e-13 of
/// the largest sum after 200,000 numbers.
struct RunningTotal: Sendable {
    private var window: Window
    private var total = 0.0
    private var missing: Int

    init(_ count: Int) {
        window = Window(count)
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
        let sum = total
        total -= window.oldest
        return sum
    }
}

/// Mean of the latest n numbers.
struct RunningMean: Sendable {
    private var total: RunningTotal
    private let divisor: Double

    init(_ count: Int) {
        total = RunningTotal(count)
        divisor = Double(count)
    }

    /// `nil` until n numbers came.
    mutating func update(_ value: Double) -> Double? {
        guard let sum = total.update(value) else { return nil }
        return sum / divisor
    }
}
