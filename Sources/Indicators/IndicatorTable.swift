package import Market

/// Indicators of a whole series of candles: the streams run over it.
package enum IndicatorTable {
    /// One row a candle, one column for each name in `specs.flatMap(\.columns)`.
    ///
    /// A spec with a longer timeframe than the candles' own is calculated on candles aggregated from them; its value at a
    /// row is that of the last such candle that is complete when the row's candle closes.
    package static func values(candles: [Candle], specs: [IndicatorSpec]) -> [[Double?]] {
        let own = CandleFile.timeframe(of: candles)
        let series = CandleColumns(candles)
        var columns: [[Double?]] = []
        for spec in specs {
            if let own, let wanted = spec.timeframe, wanted > own {
                columns += longerColumns(candles: candles, spec: spec, from: own, to: wanted)
            } else {
                columns += IndicatorBatch.columns(of: spec, over: series).map { $0.map { $0.isNaN ? nil : $0 } }
            }
        }
        return candles.indices.map { row in columns.map { $0[row] } }
    }

    private static func longerColumns(candles: [Candle], spec: IndicatorSpec, from own: Timeframe, to wanted: Timeframe)
        -> [[Double?]]
    {
        var aggregator = CandleAggregator(from: own, to: wanted)
        var stream = IndicatorStream(spec)
        let parts = spec.part == nil ? Array(0..<stream.partCount) : [spec.partIndex]
        var columns = parts.map { _ in [Double?]() }
        for candle in candles {
            for longer in aggregator.add(candle) { stream.update(longer) }
            for (index, part) in parts.enumerated() { columns[index].append(stream.value(part: part)) }
        }
        return columns
    }

    /// CSV with a header; names that hold a comma are quoted, what is undefined is empty, numbers are the shortest that
    /// read back the same.
    package static func csv(candles: [Candle], specs: [IndicatorSpec]) -> String {
        let names = specs.flatMap(\.columns).map { $0.contains(",") ? "\"\($0)\"" : $0 }
        var text = (["open_time"] + names).joined(separator: ",") + "\n"
        for (candle, row) in zip(candles, values(candles: candles, specs: specs)) {
            text += "\(candle.openTime.milliseconds)"
            for value in row { text += value.map { ",\(Decimals.plain($0))" } ?? "," }
            text += "\n"
        }
        return text
    }
}
