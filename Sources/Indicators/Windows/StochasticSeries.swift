/// Place of the close in the range of the latest n candles, in percent: 0 at the low, 100 at the high, 0 where the range
/// is no more than rounding.
struct StochasticSeries: Sendable {
    private var highest: BlockExtreme
    private var lowest: BlockExtreme

    init(_ count: Int) {
        highest = BlockExtreme(.highest, of: count)
        lowest = BlockExtreme(.lowest, of: count)
    }

    /// `nil` until n came.
    mutating func update(high: Double, low: Double, close: Double) -> Double? {
        highest.push(high)
        lowest.push(low)
        guard let top = highest.value, let bottom = lowest.value else { return nil }
        return Double.areEqual(top, bottom) ? 0 : 100 * ((close - bottom) / (top - bottom))
    }
}

extension Double {
    /// Apart by no more than rounding leaves: 1e-14 of their size, as TA-Lib judges it.
    static func areEqual(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-14 * (abs(a) + abs(b)) }
}
