import Market

// Whole series of directional movement and of the volume indicators. A test holds them to the streams at every prefix.

extension AverageDirectional {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        return [
            ColumnWriter.column(candles.count) { column in
                var movement = DirectionalMovement(n)
                var index = DirectionalIndex(n)
                let lead = min(candles.count, 2 * n)
                for row in 0..<lead {
                    movement.update(candles.high[row], candles.low[row], candles.close[row])
                    column[row] = index.update(movement) ?? .nan
                }
                settled(movement, index, lead, candles, column)
            }
        ]
    }

    /// From where every average has begun.
    private static func settled(
        _ movement: DirectionalMovement, _ index: DirectionalIndex, _ begin: Int, _ candles: CandleSpan,
        _ column: UnsafeMutablePointer<Double>
    ) {
        guard begin < candles.count, begin > 0 else { return }
        let (high, low, close) = (candles.high, candles.low, candles.close)
        var (up, down, range) = (movement.up, movement.down, movement.range)
        let kept = movement.kept
        var average = index.average
        for row in begin..<candles.count {
            let rise = high[row] - high[row - 1]
            let fall = low[row - 1] - low[row]
            let step = DirectionalMovement.step(rise: rise, fall: fall)
            up = up * kept + step.up
            down = down * kept + step.down
            range = range * kept + TrueRangeSeries.range(high[row], low[row], close[row - 1])
            if let value = DirectionalMovement.index(up: up, down: down, range: range) {
                average = average * index.kept + value * index.taken
            }
            column[row] = average
        }
    }
}

extension OnBalanceVolume {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        [
            ColumnWriter.column(candles.count) { column in
                var total = candles.volume[0]
                column[0] = total
                for row in 1..<max(1, candles.count) {
                    let (now, before) = (candles.close[row], candles.close[row - 1])
                    total += OnBalanceVolume.flow(now, before, candles.volume[row])
                    column[row] = total
                }
            }
        ]
    }
}

extension MoneyFlow {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count > n else { return [[Double](repeating: .nan, count: candles.count)] }
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n)
                withUnsafeTemporaryAllocation(of: SIMD2<Double>.self, capacity: 2 * n + 1) { memory in
                    guard let block = memory.baseAddress else { return }
                    flows(n, candles, block, suffixes: block + n, column)
                }
            }
        ]
    }

    /// Sums of the flows of n candles, positive and negative side by side, by blocks as `ExactWindowSum` has them.
    private static func flows(
        _ n: Int, _ candles: CandleSpan, _ block: UnsafeMutablePointer<SIMD2<Double>>,
        suffixes: UnsafeMutablePointer<SIMD2<Double>>, _ column: UnsafeMutablePointer<Double>
    ) {
        suffixes.initialize(repeating: .zero, count: n + 1)
        var before = candles[0].typicalPrice
        var row = 1
        while row < candles.count {
            let length = min(n, candles.count - row)
            var prefix = SIMD2<Double>.zero
            for place in 0..<length {
                let candle = candles[row + place]
                let price = candle.typicalPrice
                let flow = MoneyFlow.flow(price, before, candle.volume)
                before = price
                block[place] = flow
                prefix += flow
                guard row + place >= n else { continue }
                // A full block has no tail of the one before.
                let sum = place + 1 == n ? prefix : suffixes[place + 1] + prefix
                column[row + place] = MoneyFlow.index(sum.x, sum.y)
            }
            guard length == n else { return }
            var running = SIMD2<Double>.zero
            for place in stride(from: n - 1, through: 0, by: -1) {
                running += block[place]
                suffixes[place] = running
            }
            row += n
        }
    }
}
