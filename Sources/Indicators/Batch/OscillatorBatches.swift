import Market

// Whole series of the oscillators: the arithmetic of the streams without their windows. A test holds both together at
// every prefix.

extension RelativeStrength {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count > n else { return [[Double](repeating: .nan, count: candles.count)] }
        let close = candles.close
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n)
                let (kept, taken) = WilderMean.weights(n)
                var (gain, loss) = (0.0, 0.0)
                for index in 1...n {
                    let change = close[index] - close[index - 1]
                    gain += change > 0 ? change : 0
                    loss += change < 0 ? -change : 0
                }
                gain /= Double(n)
                loss /= Double(n)
                column[n] = WilderStrength.relative(gain, loss)
                for index in (n + 1)..<candles.count {
                    let change = close[index] - close[index - 1]
                    gain = gain * kept + (change > 0 ? change : 0) * taken
                    loss = loss * kept + (change < 0 ? -change : 0) * taken
                    column[index] = WilderStrength.relative(gain, loss)
                }
            }
        ]
    }
}

extension AverageTrueRange {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count > n else { return [[Double](repeating: .nan, count: candles.count)] }
        let (high, low, close) = (candles.high, candles.low, candles.close)
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n)
                let (kept, taken) = WilderMean.weights(n)
                var mean = 0.0
                for index in 1...n { mean += TrueRangeSeries.range(high[index], low[index], close[index - 1]) }
                mean /= Double(n)
                column[n] = mean
                for index in (n + 1)..<candles.count {
                    let range = TrueRangeSeries.range(high[index], low[index], close[index - 1])
                    mean = mean * kept + range * taken
                    column[index] = mean
                }
            }
        ]
    }
}

extension Stochastic {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let (n, s, d) = (Int(parameters[0]), Int(parameters[1]), Int(parameters[2]))
        let begin = n + s + d - 3
        guard candles.count > begin else {
            return parts.map { _ in [Double](repeating: .nan, count: candles.count) }
        }
        let count = candles.count
        let raw = ColumnWriter.column(count) { raws(n, candles, $0) }
        let slow = ColumnWriter.column(count) { column in
            raw.withUnsafeBufferPointer { means(s, from: n - 1, $0, column) }
        }
        let signal = ColumnWriter.column(count) { column in
            slow.withUnsafeBufferPointer { means(d, from: n + s - 2, $0, column) }
        }
        // Both values appear together.
        return parts.map { part in
            guard part == 0 else { return signal }
            var column = slow
            column.withUnsafeMutableBufferPointer { buffer in
                for index in (n + s - 2)..<begin { buffer[index] = .nan }
            }
            return column
        }
    }

    /// Place of each close in the range of n candles; extremes by blocks, as `BlockExtreme` has them.
    private static func raws(_ n: Int, _ candles: CandleSpan, _ column: UnsafeMutablePointer<Double>) {
        let (high, low, close) = (candles.high, candles.low, candles.close)
        column.leadIn(n - 1)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n + 2) { memory in
            guard let tops = memory.baseAddress else { return }
            let bottoms = tops + n + 1
            tops.initialize(repeating: -.infinity, count: n + 1)
            bottoms.initialize(repeating: .infinity, count: n + 1)
            var start = 0
            while start < candles.count {
                let length = min(n, candles.count - start)
                var (top, bottom) = (-Double.infinity, Double.infinity)
                for place in 0..<length {
                    let index = start + place
                    top = high[index] > top ? high[index] : top
                    bottom = low[index] < bottom ? low[index] : bottom
                    guard index >= n - 1 else { continue }
                    let highest = tops[place + 1] > top ? tops[place + 1] : top
                    let lowest = bottoms[place + 1] < bottom ? bottoms[place + 1] : bottom
                    let share = 100 * ((close[index] - lowest) / (highest - lowest))
                    column[index] = Double.areEqual(highest, lowest) ? 0 : share
                }
                guard length == n else { return }
                (top, bottom) = (-Double.infinity, Double.infinity)
                for place in stride(from: n - 1, through: 0, by: -1) {
                    top = high[start + place] > top ? high[start + place] : top
                    bottom = low[start + place] < bottom ? low[start + place] : bottom
                    tops[place] = top
                    bottoms[place] = bottom
                }
                start += n
            }
        }
    }

    private static func means(
        _ n: Int, from begin: Int, _ numbers: UnsafeBufferPointer<Double>, _ column: UnsafeMutablePointer<Double>
    ) {
        guard let numbers = numbers.baseAddress.map({ UnsafeBufferPointer(start: $0, count: numbers.count) }) else {
            return
        }
        column.leadIn(begin + n - 1)
        var total = 0.0
        for index in begin..<(begin + n - 1) { total += numbers[index] }
        for index in (begin + n - 1)..<numbers.count {
            total += numbers[index]
            column[index] = total / Double(n)
            total -= numbers[index - n + 1]
        }
    }
}

extension CommodityChannel {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count >= n else { return [[Double](repeating: .nan, count: candles.count)] }
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n - 1)
                withUnsafeTemporaryAllocation(of: SIMD2<Double>.self, capacity: 2 * n) { ring in
                    guard let ring = ring.baseAddress else { return }
                    ring.initialize(repeating: .zero, count: 2 * n)
                    fours(n, candles, ring, column)
                }
            }
        ]
    }

    /// Four candles at a time, a lane each. The ring holds, at each place, what stands there for each of the four: the
    /// sum is taken in the order of the ring, as in the stream and in TA-Lib.
    private static func fours(
        _ n: Int, _ candles: CandleSpan, _ ring: UnsafeMutablePointer<SIMD2<Double>>,
        _ column: UnsafeMutablePointer<Double>
    ) {
        let divisor = Double(n)
        var next = 0
        for index in 0..<(n - 1) {
            enter(candles[index].typicalPrice, from: 0, ring + 2 * next)
            next = next + 1 == n ? 0 : next + 1
        }
        var start = n - 1
        while start < candles.count {
            let width = min(4, candles.count - start)
            let first = next
            for lane in 0..<width {
                // From its own candle on the new price stands there.
                enter(candles[start + lane].typicalPrice, from: lane, ring + 2 * next)
                next = next + 1 == n ? 0 : next + 1
            }
            var (sumA, sumB) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
            for place in 0..<n {
                sumA += ring[2 * place]
                sumB += ring[2 * place + 1]
            }
            let (meanA, meanB) = (sumA / divisor, sumB / divisor)
            var (deviationA, deviationB) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
            for place in 0..<n {
                deviationA += size(ring[2 * place] - meanA)
                deviationB += size(ring[2 * place + 1] - meanB)
            }
            let means: InlineArray<4, Double> = [meanA.x, meanA.y, meanB.x, meanB.y]
            let deviations: InlineArray<4, Double> = [deviationA.x, deviationA.y, deviationB.x, deviationB.y]
            var place = first
            for lane in 0..<width {
                let price = candles[start + lane].typicalPrice
                column[start + lane] = CommodityChannel.index(price, means[lane], deviations[lane], divisor)
                enter(price, from: 0, ring + 2 * place)
                place = place + 1 == n ? 0 : place + 1
            }
            start += width
        }
    }

    /// Whole pairs are written: they are read as pairs soon after.
    @inline(__always)
    private static func enter(_ price: Double, from lane: Int, _ row: UnsafeMutablePointer<SIMD2<Double>>) {
        let (a, b) = (row[0], row[1])
        row[0] = SIMD2(lane > 0 ? a.x : price, lane > 1 ? a.y : price)
        row[1] = SIMD2(lane > 2 ? b.x : price, price)
    }

    /// Without the sign.
    @inline(__always) private static func size(_ pair: SIMD2<Double>) -> SIMD2<Double> {
        let bits = unsafeBitCast(pair, to: SIMD2<UInt64>.self) & SIMD2(repeating: 0x7fff_ffff_ffff_ffff)
        return unsafeBitCast(bits, to: SIMD2<Double>.self)
    }
}
