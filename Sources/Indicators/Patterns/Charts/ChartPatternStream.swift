package import Market

/// Chart patterns of closed candles fed in order.
///
/// Nothing looks ahead: a pattern is reported at the candle that confirms its last pivot, from that candle and earlier
/// ones only, and never taken back; a break-out at the close that leaves the line. Two sizes of turning points are
/// followed, of which the larger finds the shapes that the smaller sees only as noise.
package struct ChartPatternStream: Sendable {
    /// Reversals in average true ranges that make a pivot.
    static let scales = [3.0, 7.0]
    /// Patterns that fit worse are not reported.
    package static let minimumQuality = 0.5

    private var finders = ChartPatternStream.scales.map { PivotFinder(multiple: $0) }
    private var pivots: [[Pivot]] = ChartPatternStream.scales.map { _ in [] }
    private var range = WilderTrueRange(14)
    private var boundaries: [Boundary] = []
    private var index = -1

    package init() {}

    /// Takes the next closed candle; the patterns that are known at its close, turning shapes before break-outs.
    package mutating func update(_ candle: Candle) -> [ChartPattern] {
        index += 1
        let before = range.value
        range.update(candle)
        guard let before else { return [] }
        var found: [ChartPattern] = []
        for scale in finders.indices {
            guard let pivot = finders[scale].update(candle, index: index, range: before) else { continue }
            pivots[scale].append(pivot)
            if pivots[scale].count > PriceLevels.memory { pivots[scale].removeFirst() }
            var shapes = ReversalShapes.find(pivots[scale]) + CorridorShapes.find(pivots[scale])
            if scale == 0, let level = PriceLevels.find(pivots[scale], range: before, close: candle.close) {
                shapes.append(level)
            }
            for shape in shapes where shape.quality >= ChartPatternStream.minimumQuality {
                let pattern = ChartPattern(
                    kind: shape.kind, points: shape.pivots.map(\.point), quality: shape.quality,
                    knownAt: candle.openTime)
                // Both sizes may see the same shape.
                guard !found.contains(where: { $0.kind == pattern.kind && $0.points == pattern.points }) else {
                    continue
                }
                found.append(pattern)
                watch(shape, knownAt: index)
            }
        }
        return found + breakOuts(candle, range: before)
    }

    /// Remembers the lines of a shape for as long again as it took to form.
    private mutating func watch(_ shape: Shape, knownAt: Int) {
        guard let first = shape.pivots.first, let last = shape.pivots.last else { return }
        let expires = knownAt + max(20, last.index - first.index)
        // A level that is touched again replaces itself.
        boundaries.removeAll { $0.kind == shape.kind && $0.begin == first }
        for (line, isCeiling) in [(shape.ceiling, true), (shape.floor, false)] {
            guard let line else { continue }
            boundaries.append(
                Boundary(
                    kind: shape.kind, line: line, isCeiling: isCeiling, begin: first, quality: shape.quality,
                    expires: expires))
        }
        if boundaries.count > Boundary.limit { boundaries.removeFirst(boundaries.count - Boundary.limit) }
    }

    private mutating func breakOuts(_ candle: Candle, range: Double) -> [ChartPattern] {
        var found: [ChartPattern] = []
        let x = Double(index)
        boundaries.removeAll { boundary in
            guard index <= boundary.expires else { return true }
            let distance = (candle.close - boundary.line.height(x)) * (boundary.isCeiling ? 1 : -1)
            guard distance > Boundary.margin * range else { return false }
            let start = ChartPoint(time: boundary.begin.time, price: boundary.line.height(boundary.begin.x))
            found.append(
                ChartPattern(
                    kind: boundary.isCeiling ? .breakOutUp : .breakOutDown,
                    points: [start, ChartPoint(time: candle.openTime, price: candle.close)],
                    // Half is the pattern's, half how decisively the close left it.
                    quality: 0.5 * boundary.quality + 0.5 * min(1, distance / range), knownAt: candle.openTime,
                    origin: boundary.kind))
            return true
        }
        return found
    }
}

/// A line whose crossing by a close is a break-out.
private struct Boundary: Sendable {
    /// How many are watched at most; the oldest goes.
    static let limit = 24
    /// A close must leave it by this many average true ranges.
    static let margin = 0.25

    var kind: ChartPattern.Kind
    var line: ChartLine
    var isCeiling: Bool
    var begin: Pivot
    var quality: Double
    /// Index of the last candle at which it counts.
    var expires: Int
}
