/// Triangles, wedges, channels and flags: highs along one line and lows along another.
enum CorridorShapes {
    /// A pivot may stand off its line by this share of the corridor's width.
    static let tolerance = 0.2

    static func find(_ pivots: [Pivot]) -> [Shape] {
        if let flag = flag(pivots) { return [flag] }
        for count in [6, 5] where pivots.count >= count {
            if let shape = corridor(Array(pivots.suffix(count))) { return [shape] }
        }
        return []
    }

    private static func corridor(_ pivots: [Pivot]) -> Shape? {
        let highs = pivots.filter(\.isHigh)
        let lows = pivots.filter { !$0.isHigh }
        let (top, bottom) = (ChartLine(through: highs), ChartLine(through: lows))
        let (from, to) = (pivots[0].x, pivots[pivots.count - 1].x)
        let begin = top.height(from) - bottom.height(from)
        let end = top.height(to) - bottom.height(to)
        let mean = (begin + end) / 2
        guard begin > 0, end > 0, to > from else { return nil }
        let residual = max(top.residual(highs), bottom.residual(lows))
        let fit = closeness(residual, within: tolerance * mean)
        guard fit > 0 else { return nil }
        // How far each line moves over the shape, in widths at its wider end.
        let scale = max(begin, end)
        let rise = top.slope * (to - from) / scale
        let fall = bottom.slope * (to - from) / scale
        guard let (kind, clarity) = name(rise, fall, narrowing: end / begin) else { return nil }
        let spacing = zip(pivots, pivots.dropFirst()).map { $1.x - $0.x }
        let evenness = balance(spacing.min() ?? 0, spacing.max() ?? 0)
        let touches = pivots.count == 6 ? 1 : 0.7
        let quality = 0.4 * fit + 0.25 * clarity + 0.15 * evenness + 0.2 * touches
        return Shape(kind: kind, pivots: pivots, quality: quality, ceiling: top, floor: bottom)
    }

    /// What two lines make, and how clearly; `nil` for what has no name.
    private static func name(_ rise: Double, _ fall: Double, narrowing: Double) -> (ChartPattern.Kind, Double)? {
        let flat = 0.15
        if narrowing < 0.65 {
            let clarity = min(1, (1 - narrowing) / 0.6)
            if abs(rise) <= flat, fall > 2 * flat { return (.ascendingTriangle, clarity) }
            if abs(fall) <= flat, rise < -2 * flat { return (.descendingTriangle, clarity) }
            if rise < -flat, fall > flat { return (.symmetricalTriangle, clarity) }
            if rise > flat, fall > rise { return (.risingWedge, clarity) }
            if fall < -flat, rise < fall { return (.fallingWedge, clarity) }
            return nil
        }
        guard narrowing < 1.25 else { return nil }
        let parallel = closeness(rise - fall, within: 0.3)
        guard parallel > 0 else { return nil }
        let slope = (rise + fall) / 2
        if slope > 0.4 { return (.risingChannel, parallel) }
        if slope < -0.4 { return (.fallingChannel, parallel) }
        return abs(slope) <= 0.2 ? (.horizontalChannel, parallel) : nil
    }

    /// A steep pole, then a small corridor against it: pole start, pole end, and the corridor's next three pivots.
    private static func flag(_ pivots: [Pivot]) -> Shape? {
        guard pivots.count >= 5 else { return nil }
        let last = Array(pivots.suffix(5))
        let sign: Double = last[1].isHigh ? 1 : -1
        let y = last.map { $0.price * sign }
        let pole = y[1] - y[0]
        let (poleTime, time) = (last[1].x - last[0].x, last[4].x - last[1].x)
        guard pole > 0, poleTime > 0, time > 0 else { return nil }
        let depth = y[1] - min(y[2], y[4])
        let upper = y[3] - y[1]
        let lower = y[4] - y[2]
        let width = (y[1] - y[2] + y[3] - y[4]) / 2
        // It gives back at most half of the pole, leans against it and is slower.
        guard depth <= 0.5 * pole, upper <= 0.02 * pole, lower <= 0.1 * width, width > 0, time <= 4 * poleTime else {
            return nil
        }
        let parallel = closeness(upper - lower, within: 0.7 * width)
        guard parallel > 0 else { return nil }
        let shallow = closeness(depth, within: 0.6 * pole)
        let steep = min(1, pole / poleTime / (4 * abs(width) / time + pole / poleTime) * 2)
        return Shape(
            kind: sign > 0 ? .bullFlag : .bearFlag, pivots: last,
            quality: 0.4 * parallel + 0.35 * shallow + 0.25 * steep,
            ceiling: ChartLine(through: last[1...].filter(\.isHigh)),
            floor: ChartLine(through: last[1...].filter { !$0.isHigh }))
    }
}
