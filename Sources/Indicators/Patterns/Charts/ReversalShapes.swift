/// Double and triple tops and bottoms, head and shoulders, from the latest pivots, the newest last.
///
/// Bottoms are tops turned upside down: everything is written for tops over prices times `sign`.
enum ReversalShapes {
    /// Peaks may differ by this share of the height of the shape.
    static let peakTolerance = 0.15
    /// The valleys between three peaks by this.
    static let valleyTolerance = 0.35

    static func find(_ pivots: [Pivot]) -> [Shape] {
        guard let newest = pivots.last else { return [] }
        let sign: Double = newest.isHigh ? 1 : -1
        if pivots.count >= 6, let shape = threePeaks(Array(pivots.suffix(6)), sign) { return [shape] }
        if pivots.count >= 4, let shape = twoPeaks(Array(pivots.suffix(4)), sign) { return [shape] }
        return []
    }

    /// A low far below, a high, a low, a high as high as the first.
    private static func twoPeaks(_ pivots: [Pivot], _ sign: Double) -> Shape? {
        let y = pivots.map { $0.price * sign }
        let height = (y[1] + y[3]) / 2 - y[2]
        let approach = y[1] - y[0]
        guard height > 0, approach >= 1.3 * height else { return nil }
        let level = closeness(y[1] - y[3], within: peakTolerance * height)
        let times = balance(pivots[2].x - pivots[1].x, pivots[3].x - pivots[2].x)
        guard level > 0, times > 0.2 else { return nil }
        let rise = min(1, approach / (2 * height))
        return shape(
            sign > 0 ? .doubleTop : .doubleBottom, Array(pivots[1...]), 0.5 * level + 0.25 * times + 0.25 * rise,
            neckline: ChartLine(level: pivots[2].price), sign)
    }

    private static func threePeaks(_ pivots: [Pivot], _ sign: Double) -> Shape? {
        let y = pivots.map { $0.price * sign }
        let (left, head, right) = (y[1], y[3], y[5])
        let neckline = ChartLine(through: [pivots[2], pivots[4]])
        let neck = neckline.height(pivots[3].x) * sign
        let height = head - neck
        guard height > 0, left > y[2], right > y[4] else { return nil }
        let first = pivots[3].x - pivots[1].x
        let second = pivots[5].x - pivots[3].x
        let times = balance(first, second)
        let valleys = closeness(y[2] - y[4], within: valleyTolerance * height)
        guard times > 0.3, valleys > 0, left - y[0] >= 0.8 * (left - y[2]) else { return nil }

        let spread = max(left, head, right) - min(left, head, right)
        let level = closeness(spread, within: peakTolerance * height)
        if level > 0 {
            let quality = 0.5 * level + 0.25 * times + 0.25 * valleys
            return shape(
                sign > 0 ? .tripleTop : .tripleBottom, Array(pivots[1...]), quality, neckline: neckline, sign)
        }
        // The head stands out by a fifth to two thirds of its height; the shoulders are alike.
        let over = head - max(left, right)
        guard over >= 0.2 * height, over <= 0.67 * height else { return nil }
        let shoulders = closeness(left - right, within: 0.3 * height)
        guard shoulders > 0 else { return nil }
        let quality = 0.4 * shoulders + 0.3 * times + 0.3 * valleys
        return shape(
            sign > 0 ? .headAndShoulders : .inverseHeadAndShoulders, Array(pivots[1...]), quality,
            neckline: neckline, sign)
    }

    private static func shape(
        _ kind: ChartPattern.Kind, _ pivots: [Pivot], _ quality: Double, neckline: ChartLine, _ sign: Double
    ) -> Shape {
        Shape(
            kind: kind, pivots: pivots, quality: quality, ceiling: sign < 0 ? neckline : nil,
            floor: sign > 0 ? neckline : nil)
    }
}
