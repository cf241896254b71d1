import Indicators
import Market

/// What rules read of one symbol's candles of one timeframe.
struct TimeframeSeries: Sendable {
    let timeframe: Timeframe
    /// `nil` for the base itself.
    private var aggregator: CandleAggregator?
    private(set) var last: Candle?
    private(set) var lastClose = Int64.min
    private var streams: [SharedStream?] = []
    var events: CandleEvents

    /// A running indicator and how many rules read it.
    private struct SharedStream: Sendable {
        var stream: IndicatorStream
        var readers: Int
        /// One a part, "not a number" while unknown.
        var values: [Double]

        init(_ stream: IndicatorStream, readers: Int) {
            self.stream = stream
            self.readers = readers
            values = [Double](repeating: .nan, count: stream.partCount)
        }

        mutating func update(_ candle: Candle) {
            stream.update(candle)
            for part in values.indices { values[part] = stream.value(part: part) ?? .nan }
        }
    }

    init(_ timeframe: Timeframe, base: Timeframe) {
        self.timeframe = timeframe
        events = CandleEvents(timeframe)
        if timeframe > base { aggregator = CandleAggregator(from: base, to: timeframe) }
    }

    /// Index of the stream for a spec, shared with whoever reads it already. `isNew`: it has seen no candle yet.
    mutating func read(_ spec: IndicatorSpec) -> (index: Int, isNew: Bool) {
        let shared = spec.withoutPart
        if let index = streams.firstIndex(where: { $0?.stream.spec == shared }), var entry = streams[index] {
            entry.readers += 1
            streams[index] = entry
            return (index, false)
        }
        let entry = SharedStream(IndicatorStream(shared), readers: 1)
        if let free = streams.firstIndex(where: { $0 == nil }) {
            streams[free] = entry
            return (free, true)
        }
        streams.append(entry)
        return (streams.count - 1, true)
    }

    mutating func release(stream index: Int) {
        guard var entry = streams[index] else { return }
        entry.readers -= 1
        streams[index] = entry.readers == 0 ? nil : entry
    }

    var specs: [IndicatorSpec] { streams.compactMap { $0?.stream.spec } }

    /// Forgets all candles.
    mutating func reset(base: Timeframe) {
        last = nil
        lastClose = .min
        events.reset()
        aggregator = timeframe > base ? CandleAggregator(from: base, to: timeframe) : nil
        for index in streams.indices {
            guard let spec = streams[index]?.stream.spec else { continue }
            let readers = streams[index]?.readers ?? 0
            streams[index] = SharedStream(IndicatorStream(spec), readers: readers)
        }
    }

    /// Own candles that a base candle completes, oldest first.
    mutating func completed(by part: Candle) -> [Candle] {
        guard aggregator != nil else { return [part] }
        return aggregator?.add(part) ?? []
    }

    /// Takes a closed candle of this timeframe. False when it is not newer than the last one.
    mutating func close(_ candle: Candle) -> Bool {
        let close = candle.openTime.milliseconds + timeframe.span.milliseconds
        guard close > lastClose else { return false }
        last = candle
        lastClose = close
        for index in streams.indices {
            streams[index]?.update(candle)
        }
        events.update(candle)
        return true
    }

    func isFresh(at now: Int64) -> Bool { last != nil && now - lastClose <= Staleness.limit(timeframe) }

    func value(stream: Int, part: Int) -> Double { streams[stream]?.values[part] ?? .nan }
}

extension Optional where Wrapped == TimeframeSeries {
    func value(of field: RuleOperand.CandleField, at now: Int64) -> Double {
        guard let series = self, series.isFresh(at: now), let candle = series.last else { return .nan }
        switch field {
        case .open: return candle.open
        case .high: return candle.high
        case .low: return candle.low
        case .close: return candle.close
        case .volume: return candle.volume
        }
    }
}
