// Whole series of the moving averages: the arithmetic of the streams, step by step, reading the oldest number of a window
// from the series itself. A test holds both together at every prefix.

extension SimpleMovingAverage {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count >= n else { return [[Double](repeating: .nan, count: candles.count)] }
        let close = candles.close
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n - 1)
                var total = 0.0
                for index in 0..<(n - 1) { total += close[index] }
                let divisor = parameters[0]
                for index in (n - 1)..<candles.count {
                    total += close[index]
                    column[index] = total / divisor
                    total -= close[index - n + 1]
                }
            }
        ]
    }
}

extension ExponentialMovingAverage {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count >= n else { return [[Double](repeating: .nan, count: candles.count)] }
        let close = candles.close
        return [
            ColumnWriter.column(candles.count) { column in
                column.leadIn(n - 1)
                let smoothing = ExponentialMean.smoothing(n)
                var average = ExponentialMean.seed(close, n)
                column[n - 1] = average
                for index in n..<candles.count {
                    average = ExponentialMean.step(average, close[index], smoothing)
                    column[index] = average
                }
            }
        ]
    }
}

extension ExponentialMean {
    @inline(__always) static func smoothing(_ count: Int) -> Double { 2 / Double(count + 1) }

    @inline(__always) static func step(_ average: Double, _ number: Double, _ smoothing: Double) -> Double {
        (number - average) * smoothing + average
    }

    /// Mean of the first n numbers.
    @inline(__always) static func seed(_ numbers: UnsafePointer<Double>, _ count: Int) -> Double {
        var total = 0.0
        for index in 0..<count { total += numbers[index] }
        return total / Double(count)
    }
}

extension MovingAverageConvergence {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let (fast, slow) = (Int(min(parameters[0], parameters[1])), Int(max(parameters[0], parameters[1])))
        let signal = Int(parameters[2])
        let begin = slow + signal - 2
        guard candles.count > begin else {
            return parts.map { _ in [Double](repeating: .nan, count: candles.count) }
        }
        let close = candles.close
        let all = ColumnWriter.columns(3, count: candles.count) { columns in
            let (lines, signals, histograms) = (columns[0], columns[1], columns[2])
            for column in columns { column.leadIn(begin) }
            let fastSmoothing = ExponentialMean.smoothing(fast)
            let slowSmoothing = ExponentialMean.smoothing(slow)
            let signalSmoothing = ExponentialMean.smoothing(signal)
            var fastMean = ExponentialMean.seed(close + (slow - fast), fast)
            var slowMean = ExponentialMean.seed(close, slow)
            var mean = fastMean - slowMean
            for index in slow..<(slow + signal - 1) {
                fastMean = ExponentialMean.step(fastMean, close[index], fastSmoothing)
                slowMean = ExponentialMean.step(slowMean, close[index], slowSmoothing)
                mean += fastMean - slowMean
            }
            mean /= Double(signal)
            lines[begin] = fastMean - slowMean
            signals[begin] = mean
            histograms[begin] = fastMean - slowMean - mean
            for index in (begin + 1)..<candles.count {
                fastMean = ExponentialMean.step(fastMean, close[index], fastSmoothing)
                slowMean = ExponentialMean.step(slowMean, close[index], slowSmoothing)
                let line = fastMean - slowMean
                mean = ExponentialMean.step(mean, line, signalSmoothing)
                lines[index] = line
                signals[index] = mean
                histograms[index] = line - mean
            }
        }
        return parts.map { all[$0] }
    }
}

extension BollingerBands {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        let n = Int(parameters[0])
        guard candles.count >= n else { return parts.map { _ in [Double](repeating: .nan, count: candles.count) } }
        let close = candles.close
        let all = ColumnWriter.columns(3, count: candles.count) { columns in
            let (uppers, middles, lowers) = (columns[0], columns[1], columns[2])
            for column in columns { column.leadIn(n - 1) }
            var index = n - 1
            while index < candles.count {
                // Every n candles the sums begin anew around the newest, as in the stream.
                let centre = close[index]
                var (total, squares) = (0.0, 0.0)
                for place in (index - n + 1)...index {
                    let distance = close[place] - centre
                    total += distance
                    squares += distance * distance
                }
                let end = min(index + n, candles.count)
                while true {
                    let mean = total / parameters[0]
                    let variance = squares / parameters[0] - mean * mean
                    let distance = (variance > 0 ? variance : 0).squareRoot() * parameters[1]
                    let middle = centre + mean
                    uppers[index] = middle + distance
                    middles[index] = middle
                    lowers[index] = middle - distance
                    index += 1
                    guard index < end else { break }
                    let leaving = close[index - n] - centre
                    let entering = close[index] - centre
                    total += entering - leaving
                    squares += entering * entering - leaving * leaving
                }
            }
        }
        return parts.map { all[$0] }
    }
}
