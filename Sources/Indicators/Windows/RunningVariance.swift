/// Mean and population variance of the latest n numbers, from running totals of the numbers and of their squares in
/// TA-Lib's order of operations: parity to the last digits needs the same rounding.
struct RunningVariance: Sendable {
    private var window: Window
    private var total = 0.0
    private var squares = 0.0
    private let divisor: Double
    private var missing: Int

    init(_ count: Int) {
        window = Window(count)
        divisor = Double(count)
        missing = count
    }

    /// Square root of a variance; under 1e-14 there is none.
    static func deviation(_ variance: Double) -> Double { variance < 1e-14 ? 0 : variance.squareRoot() }

    /// `nil` until n numbers came. The variance may fall a rounding below zero.
    mutating func update(_ value: Double) -> (mean: Double, variance: Double)? {
        total += value
        squares += value * value
        window.push(value)
        if missing > 1 {
            missing -= 1
            return nil
        }
        let mean = total / divisor
        let meanSquare = squares / divisor
        let oldest = window.oldest
        total -= oldest
        squares -= oldest * oldest
        return (mean, meanSquare - mean * mean)
    }
}
