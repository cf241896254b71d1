import Market

/// Every longer candle of one symbol, each rung made from the one below: 1m → 5m → 15m → 1h → 4h → 1d → 1w. So a restart
/// in the middle of a week needs a handful of stored candles a rung, not the week's minutes.
struct CandleLadder: Sendable {
    let base: Timeframe
    private var rungs: [CandleAggregator]
    private(set) var lastOpenTime: Timestamp?

    /// `after`: open time of the last base candle that need not come again.
    init(base: Timeframe, after lastOpenTime: Timestamp? = nil) {
        self.base = base
        self.lastOpenTime = lastOpenTime
        let frames = Timeframe.allCases.filter { $0 >= base }
        rungs = zip(frames, frames.dropFirst()).map { CandleAggregator(from: $0, to: $1) }
    }

    /// Longer frames with the frame each is made from.
    static func steps(from base: Timeframe) -> [(part: Timeframe, whole: Timeframe)] {
        let frames = Timeframe.allCases.filter { $0 >= base }
        return zip(frames, frames.dropFirst()).map { (part: $0, whole: $1) }
    }

    /// Takes the next base candle; returns the longer ones it completed, shortest first. One that is not newer than the
    /// last completes nothing.
    mutating func add(_ candle: Candle) -> [(timeframe: Timeframe, candle: Candle)] {
        if let lastOpenTime, candle.openTime <= lastOpenTime { return [] }
        lastOpenTime = candle.openTime
        return climb(from: 0, with: [candle])
    }

    /// Takes stored candles of one frame, oldest first: those that belong to the unfinished candle of the next. Feed
    /// the longest frame first.
    mutating func restore(_ candles: [Candle], of timeframe: Timeframe) {
        guard let rung = rungs.firstIndex(where: { $0.base == timeframe }) else { return }
        for candle in candles { _ = rungs[rung].add(candle) }
    }

    private mutating func climb(from first: Int, with parts: [Candle]) -> [(timeframe: Timeframe, candle: Candle)] {
        var done: [(timeframe: Timeframe, candle: Candle)] = []
        var parts = parts
        for rung in first..<rungs.count {
            parts = parts.flatMap { rungs[rung].add($0) }
            if parts.isEmpty { break }
            done += parts.map { (rungs[rung].target, $0) }
        }
        return done
    }
}

extension Candle {
    /// One candle of its parts, oldest first: first open, highest high, lowest low, last close, summed volume. `nil`
    /// without parts.
    init?(joining parts: [Candle], openTime: Timestamp) {
        guard let first = parts.first, let last = parts.last else { return nil }
        self = first
        self.openTime = openTime
        close = last.close
        for part in parts.dropFirst() {
            high = max(high, part.high)
            low = min(low, part.low)
            volume += part.volume
        }
    }
}
