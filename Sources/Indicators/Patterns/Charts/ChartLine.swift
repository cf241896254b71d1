/// A straight line over the indices of candles.
struct ChartLine: Hashable, Sendable {
    /// Height at index 0, and rise a candle.
    var intercept: Double
    var slope: Double

    func height(_ x: Double) -> Double { intercept + slope * x }

    /// Least squares through at least two points of different index.
    init(through pivots: [Pivot]) {
        let count = Double(pivots.count)
        let meanX = pivots.reduce(0) { $0 + $1.x } / count
        let meanY = pivots.reduce(0) { $0 + $1.price } / count
        var (products, squares) = (0.0, 0.0)
        for pivot in pivots {
            products += (pivot.x - meanX) * (pivot.price - meanY)
            squares += (pivot.x - meanX) * (pivot.x - meanX)
        }
        slope = squares > 0 ? products / squares : 0
        intercept = meanY - slope * meanX
    }

    init(level: Double) {
        intercept = level
        slope = 0
    }

    /// Largest distance of a point from the line.
    func residual(_ pivots: [Pivot]) -> Double { pivots.map { abs($0.price - height($0.x)) }.max() ?? 0 }
}

/// 1 when a deviation is none, 0 when it is all that is allowed.
func closeness(_ deviation: Double, within allowed: Double) -> Double {
    allowed > 0 ? max(0, 1 - abs(deviation) / allowed) : 0
}

/// The smaller over the larger of two lengths: 1 when they are equal.
func balance(_ a: Double, _ b: Double) -> Double {
    let larger = max(a, b)
    return larger > 0 ? min(a, b) / larger : 0
}

/// What a shape was recognised as, before it is reported.
struct Shape {
    var kind: ChartPattern.Kind
    var pivots: [Pivot]
    var quality: Double
    /// Lines whose crossing is a break-out; a close above `ceiling` or below `floor`.
    var ceiling: ChartLine?
    var floor: ChartLine?
}
