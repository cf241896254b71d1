/// Prices at which the price has turned several times.
struct PriceLevels: Sendable {
    /// Touches that make a level.
    static let touches = 3
    /// Pivots looked back on.
    static let memory = 40
    /// A touch may be off by this many average true ranges.
    static let tolerance = 0.5

    /// The level that the newest pivot touches, if it has turned there at least three times.
    static func find(_ pivots: [Pivot], range: Double, close: Double) -> Shape? {
        guard let newest = pivots.last, range > 0 else { return nil }
        let allowed = tolerance * range
        let touching = pivots.suffix(memory).filter { abs($0.price - newest.price) <= allowed }
        guard touching.count >= touches else { return nil }
        let level = touching.reduce(0) { $0 + $1.price } / Double(touching.count)
        let spread = touching.map { abs($0.price - level) }.max() ?? 0
        let quality = 0.6 * min(1, Double(touching.count) / 6) + 0.4 * closeness(spread, within: allowed)
        let line = ChartLine(level: level)
        let isSupport = close > level
        return Shape(
            kind: isSupport ? .support : .resistance, pivots: touching, quality: quality,
            ceiling: isSupport ? nil : line, floor: isSupport ? line : nil)
    }
}
