package import Market

/// A series of candles by column, for calculations over all of it: neighbours of a column lie side by side in memory.
package struct CandleColumns: Sendable {
    package let open: [Double]
    package let high: [Double]
    package let low: [Double]
    package let close: [Double]
    package let volume: [Double]

    package var count: Int { close.count }

    package init(_ candles: [Candle]) {
        open = candles.map(\.open)
        high = candles.map(\.high)
        low = candles.map(\.low)
        close = candles.map(\.close)
        volume = candles.map(\.volume)
    }
}

/// The columns while their memory is held in place: candles are put together where they are read, and what a calculation
/// does not look at is not loaded.
struct CandleSpan {
    let open: UnsafePointer<Double>
    let high: UnsafePointer<Double>
    let low: UnsafePointer<Double>
    let close: UnsafePointer<Double>
    let volume: UnsafePointer<Double>
    let count: Int

    /// Candles of a series have no time here: no calculation looks at it.
    @inline(__always) subscript(_ index: Int) -> Candle {
        Candle(
            openTime: Timestamp(milliseconds: 0), open: open[index], high: high[index], low: low[index],
            close: close[index], volume: volume[index])
    }
}

extension CandleColumns {
    func withSpan<Result>(_ body: (CandleSpan) -> Result) -> Result? {
        open.withUnsafeBufferPointer { open in
            high.withUnsafeBufferPointer { high in
                low.withUnsafeBufferPointer { low in
                    close.withUnsafeBufferPointer { close in
                        volume.withUnsafeBufferPointer { volume in
                            guard let o = open.baseAddress, let h = high.baseAddress, let l = low.baseAddress,
                                let c = close.baseAddress, let v = volume.baseAddress
                            else { return nil }
                            return body(CandleSpan(open: o, high: h, low: l, close: c, volume: v, count: close.count))
                        }
                    }
                }
            }
        }
    }
}

/// Indicators of a whole series, calculated by the same code as the streams, one column after the other.
package enum IndicatorBatch {
    /// A column of numbers for each of the spec's `columns`; not a number where it is undefined. The spec's timeframe is
    /// not looked at: the candles are taken as they are.
    package static func columns(of spec: IndicatorSpec, over candles: CandleColumns) -> [[Double]] {
        guard let type = IndicatorCatalogue.byName[spec.name] else {
            preconditionFailure("a spec was made for \(spec.name), which has no calculation")
        }
        let parts = spec.part == nil ? Array(0..<max(1, type.parts.count)) : [spec.partIndex]
        return candles.withSpan { type.run(spec.parameters, parts: parts, over: $0) } ?? parts.map { _ in [] }
    }
}

extension Indicator {
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        looped(parameters, parts: parts, over: candles)
    }

    /// All of a series: the update of the stream in a loop of its own for each type.
    @inline(__always) static func looped(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]] {
        var running = Self(parameters)
        if parts.count == 1 {
            let part = parts[0]
            let column = [Double](unsafeUninitializedCapacity: candles.count) { buffer, used in
                for index in 0..<candles.count {
                    running.update(candles[index])
                    buffer[index] = running.value(part) ?? .nan
                }
                used = candles.count
            }
            return [column]
        }
        let width = max(1, Self.parts.count)
        // All parts side by side in pieces that stay near, then each to its column.
        return ColumnWriter.columns(parts.count, count: candles.count) { columns in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: width * 64) { rows in
                guard let start = rows.baseAddress else { return }
                var index = 0
                while index < candles.count {
                    let piece = min(64, candles.count - index)
                    for row in 0..<piece {
                        running.update(candles[index + row])
                        running.write(to: start + row * width)
                    }
                    for (column, part) in zip(columns, parts) {
                        for row in 0..<piece { column[index + row] = start[row * width + part] }
                    }
                    index += piece
                }
            }
        }
    }

    /// All values after the last update, in the order of `parts`; not a number where undefined.
    @inline(__always) func write(to values: UnsafeMutablePointer<Double>) {
        for part in 0..<max(1, Self.parts.count) { values[part] = value(part) ?? .nan }
    }
}
