import Market

/// Recent candles of one timeframe, kept for changes and 24 h figures: a ring of fixed length whose memory grows only
/// as it fills.
struct PriceHistory: Sendable {
    let timeframe: Timeframe
    let capacity: Int
    private var candles: [Candle] = []
    /// Where the oldest stands once the ring is full.
    private var start = 0

    init(timeframe: Timeframe, capacity: Int) {
        self.timeframe = timeframe
        self.capacity = capacity
    }

    var isEmpty: Bool { candles.isEmpty }
    var last: Candle? { candles.isEmpty ? nil : self[candles.count - 1] }

    /// By age: 0 is the oldest.
    private subscript(index: Int) -> Candle {
        let place = start + index
        return candles[place < candles.count ? place : place - candles.count]
    }

    /// Takes a candle; one that is not newer than the last replaces its namesake or, without one, is left out.
    mutating func add(_ candle: Candle) {
        if let last, candle.openTime <= last.openTime {
            replace(candle)
        } else if candles.count < capacity {
            candles.append(candle)
        } else {
            candles[start] = candle
            start = start + 1 == capacity ? 0 : start + 1
        }
    }

    private mutating func replace(_ candle: Candle) {
        let index = firstIndex(openedFrom: candle.openTime)
        guard index < candles.count, self[index].openTime == candle.openTime else { return }
        let place = start + index
        candles[place < candles.count ? place : place - candles.count] = candle
    }

    /// Index of the oldest candle whose open time is at least `time`; the count when there is none.
    private func firstIndex(openedFrom time: Timestamp) -> Int {
        var low = 0
        var high = candles.count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].openTime < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Close of the last candle that was complete at `time`, unless it is more than three intervals older.
    func close(at time: Timestamp) -> Double? {
        let index = firstIndex(openedFrom: time - timeframe.span + .milliseconds(1)) - 1
        guard index >= 0 else { return nil }
        let candle = self[index]
        guard time - candle.closeTime(timeframe) <= timeframe.span * 3 else { return nil }
        return candle.close
    }

    /// Highest high, lowest low and volume of the candles opened from `time` on; `nil` unless the ring reaches that far
    /// back.
    func range(from time: Timestamp) -> (high: Double, low: Double, volume: Double)? {
        guard !candles.isEmpty, self[0].openTime <= time else { return nil }
        let first = firstIndex(openedFrom: time)
        guard first < candles.count else { return nil }
        var high = -Double.infinity
        var low = Double.infinity
        var volume = 0.0
        for index in first..<candles.count {
            let candle = self[index]
            high = max(high, candle.high)
            low = min(low, candle.low)
            volume += candle.volume
        }
        return (high, low, volume)
    }
}
