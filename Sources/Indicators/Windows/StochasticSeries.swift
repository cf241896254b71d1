/// Place of the close in the range of the latest n candles, in percent: 0 at the low, 100 at the high, 0 without a
/// range.
struct StochasticSeries: Sendable {
    private var highest: Extreme
    private var lowest: Extreme

    init(_ count: Int) {
        highest = Extreme(.highest, of: count)
        lowest = Extreme(.lowest, of: count)
    }

    /// `nil` until n came.
    mutating func update(high: Double, low: Double, close: Double) -> Double? {
        highest.push(high)
        lowest.push(low)
        guard let top = highest.value, let bottom = lowest.value else { return nil }
        let unit = (top - bottom) / 100
        return unit == 0 ? 0 : (close - bottom) / unit
    }
}
