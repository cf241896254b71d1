/// Mean and population variance of the latest n numbers.
///
/// Sums of distances from a number of the window itself, and of their squares: small numbers, so nothing cancels. Every
/// n numbers both are taken anew with the newest number as the centre, so no error outlives a window, and equal numbers
/// give exactly 0.
struct RunningVariance: Sendable {
    private var window: Window
    private let divisor: Double
    private let count: Int
    private var centre = 0.0
    private var total = 0.0
    private var squares = 0.0
    private var sinceRecentred = 0

    init(_ count: Int) {
        window = Window(count)
        divisor = Double(count)
        self.count = count
    }

    /// `nil` until n numbers came.
    mutating func update(_ value: Double) -> (mean: Double, variance: Double)? {
        if window.isFull, sinceRecentred < count {
            let leaving = window.oldest - centre
            let entering = value - centre
            total += entering - leaving
            squares += entering * entering - leaving * leaving
            window.push(value)
            sinceRecentred += 1
        } else {
            window.push(value)
            guard window.isFull else { return nil }
            recentre(on: value)
        }
        let mean = total / divisor
        return (centre + mean, max(0, squares / divisor - mean * mean))
    }

    private mutating func recentre(on value: Double) {
        centre = value
        sinceRecentred = 1
        (total, squares) = (0, 0)
        for number in window.unordered {
            let distance = number - value
            total += distance
            squares += distance * distance
        }
    }
}
