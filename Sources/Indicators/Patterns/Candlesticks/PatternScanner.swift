/// Takes candles apart, measures them by the candles before and judges all patterns: the one definition behind streaming
/// and batch.
struct PatternScanner: Sendable {
    /// Shapes of the latest candles, oldest first; the front is thrown away when it is full, so that a window is always
    /// a piece of plain memory.
    private var shapes = [CandleShape](repeating: CandleShape(), count: PatternScanner.capacity)
    private var sums = PatternSums()
    /// Candles in `shapes`.
    private var filled = 0
    /// Candles seen.
    private(set) var count = 0

    private static let capacity = 64
    /// Eleven before the newest leave a sum at its step.
    private static let kept = 12

    /// Takes the next candle and writes the value of every pattern, 0 in its lead-in, one after the other.
    mutating func scan(
        _ open: Double, _ high: Double, _ low: Double, _ close: Double, into row: UnsafeMutablePointer<Int16>
    ) {
        let index = count
        count += 1
        if filled == PatternScanner.capacity {
            for place in 0..<PatternScanner.kept {
                shapes[place] = shapes[PatternScanner.capacity - PatternScanner.kept + place]
            }
            filled = PatternScanner.kept
        }
        let place = filled
        filled += 1
        shapes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let newest = start + place
            newest.pointee = CandleShape(open: open, high: high, low: low, close: close)
            sums.advance(to: index, newest)
            var judge = PatternJudge(newest: UnsafePointer(newest), index: index, place: row)
            PatternCatalogue.visitAll(&judge)
        }
    }
}

/// Running sums of the candles before the newest. Each begins with the sum of its period and then exchanges one number a
/// candle, adding the difference in one step, as TA-Lib does.
struct PatternSums: Sendable {
    private var bodies = InlineArray<5, Double>(repeating: 0)
    private var ranges = InlineArray<5, Double>(repeating: 0)
    private var shadows = InlineArray<3, Double>(repeating: 0)
    private var nears = InlineArray<4, Double>(repeating: 0)

    private static let longPeriod = 10
    private static let shortPeriod = 5
    /// All sums have begun before this candle.
    private static let settled = 15

    /// Moves the sums to the candles before `index`, where `newest` stands, and measures it by them.
    @inline(__always)
    mutating func advance(to index: Int, _ newest: UnsafeMutablePointer<CandleShape>) {
        if index >= PatternSums.settled { exchange(newest) } else { begin(index, newest) }
        measure(newest)
    }

    @inline(__always) private mutating func exchange(_ newest: UnsafeMutablePointer<CandleShape>) {
        let entering = newest - 1
        let leaving = entering - PatternSums.longPeriod
        let body = entering.pointee.body - leaving.pointee.body
        let range = entering.pointee.range - leaving.pointee.range
        let shadow = entering.pointee.shadows - leaving.pointee.shadows
        let near = entering.pointee.range - (entering - PatternSums.shortPeriod).pointee.range
        for slot in 0..<5 {
            bodies[unchecked: slot] += body
            ranges[unchecked: slot] += range
        }
        for slot in 0..<3 { shadows[unchecked: slot] += shadow }
        for slot in 0..<4 { nears[unchecked: slot] += near }
    }

    @inline(__always) private func measure(_ newest: UnsafeMutablePointer<CandleShape>) {
        let (body, upper, lower) = (newest.pointee.body, newest.pointee.upperShadow, newest.pointee.lowerShadow)
        var traits = newest.pointee.traits
        for slot in 0..<5 {
            let mean = bodies[unchecked: slot] / 10
            traits.insert(.long, slot, if: body > mean)
            traits.insert(.short, slot, if: body < mean)
            traits.insert(.small, slot, if: body <= mean)
        }
        for slot in 0..<5 {
            let tenth = 0.1 * (ranges[unchecked: slot] / 10)
            traits.insert(.doji, slot, if: body <= tenth)
            traits.insert(.noUpper, slot, if: upper < tenth)
            traits.insert(.noLower, slot, if: lower < tenth)
            traits.insert(.upper, slot, if: upper > tenth)
            traits.insert(.lower, slot, if: lower > tenth)
        }
        for slot in 0..<3 {
            let short = shadows[unchecked: slot] / 10 / 2
            traits.insert(.shortUpper, slot, if: upper < short)
            traits.insert(.shortLower, slot, if: lower < short)
            traits.insert(.moreUpper, slot, if: upper > short)
        }
        newest.pointee.traits = traits
        newest.pointee.dojiBody = 0.1 * (ranges[unchecked: 0] / 10)
        for slot in 0..<4 { newest.pointee.nearMeans[unchecked: slot] = nears[unchecked: slot] / 5 }
    }

    @inline(never) private mutating func begin(_ index: Int, _ newest: UnsafeMutablePointer<CandleShape>) {
        for slot in 0..<5 {
            start(&bodies[slot], at: 10 + slot, index, newest, period: PatternSums.longPeriod) { $0.body }
            start(&ranges[slot], at: 10 + slot, index, newest, period: PatternSums.longPeriod) { $0.range }
        }
        for slot in 0..<3 {
            start(&shadows[slot], at: 10 + slot, index, newest, period: PatternSums.longPeriod) { $0.shadows }
        }
        for slot in 0..<4 {
            let beginning = CandleShape.nearBeginnings[slot]
            start(&nears[slot], at: beginning, index, newest, period: PatternSums.shortPeriod) { $0.range }
        }
    }
}

private func start(
    _ sum: inout Double, at beginning: Int, _ index: Int, _ newest: UnsafeMutablePointer<CandleShape>, period: Int,
    _ size: (CandleShape) -> Double
) {
    if index == beginning {
        sum = 0
        for age in stride(from: period, through: 1, by: -1) { sum += size((newest - age).pointee) }
    } else if index > beginning {
        sum += size((newest - 1).pointee) - size((newest - 1 - period).pointee)
    }
}
