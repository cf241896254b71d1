/// Least-squares line through the latest n numbers.
struct RegressionWindow: Sendable {
    private var window: Window
    private let count: Double
    private let sumX: Double
    private let divisor: Double

    init(_ count: Int) {
        window = Window(count)
        self.count = Double(count)
        sumX = self.count * (self.count - 1) / 2
        let sumOfSquares = self.count * (self.count - 1) * (2 * self.count - 1) / 6
        divisor = sumX * sumX - self.count * sumOfSquares
    }

    /// Slope per step, and height at the newest number; `nil` until n numbers came.
    mutating func update(_ value: Double) -> (slope: Double, end: Double)? {
        window.push(value)
        guard window.isFull else { return nil }
        var sumY = 0.0
        var sumXY = 0.0
        // x is the age, so that the oldest has the largest; the divisor is negative and turns the slope round.
        window.forEachOldestFirst { number, age in
            sumY += number
            sumXY += Double(age) * number
        }
        let slope = (count * sumXY - sumX * sumY) / divisor
        let start = (sumY - slope * sumX) / count
        return (slope, start + slope * (count - 1))
    }
}
