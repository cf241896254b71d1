package import Market
import Synchronization

/// Stored candles for replays, kept a while: reading a year of minutes from the store takes longer than replaying it.
///
/// A kept series is brought up to date with the candles that were stored behind it; a correction of an older one is seen
/// when its time is over.
package final class ReplayCandles: Sendable {
    private struct Kept {
        var candles: [Candle]
        /// How many were asked for; fewer are kept where fewer are stored.
        var limit: Int
        var readAt: ContinuousClock.Instant
        var usedAt: ContinuousClock.Instant
    }

    private let store: any CandleStore
    private let life: Duration
    /// Most candles kept of all series together: 48 bytes each.
    private let capacity: Int
    private let kept = Mutex<[CandleSeries: Kept]>([:])

    /// - Parameters:
    ///   - capacity: by default two years of minutes, 50 MB.
    ///   - life: how long after its reading a series is kept.
    package init(_ store: any CandleStore, capacity: Int = 1_100_000, life: Duration = .seconds(600)) {
        self.store = store
        self.capacity = capacity
        self.life = life
    }

    /// The newest `limit` candles, oldest first.
    package func newest(_ limit: Int, of series: CandleSeries) async throws -> [Candle] {
        let now = ContinuousClock.now
        let known = kept.withLock { kept -> Kept? in
            kept = kept.filter { now - $0.value.readAt < life }
            guard let entry = kept[series], entry.limit >= limit else { return nil }
            return entry
        }
        guard var entry = known, let last = entry.candles.last else {
            let candles = try await store.candles(of: series, from: nil, to: nil, limit: limit)
            keep(Kept(candles: candles, limit: limit, readAt: now, usedAt: now), series)
            return candles
        }
        let newer = try await store.candles(of: series, from: last.openTime, to: nil, limit: nil)
        if newer.first != last {
            // The newest one was corrected, or the series was pruned to nothing: what is kept is not what is stored.
            let candles = try await store.candles(of: series, from: nil, to: nil, limit: limit)
            keep(Kept(candles: candles, limit: limit, readAt: now, usedAt: now), series)
            return candles
        }
        entry.candles += newer.dropFirst()
        if entry.candles.count > entry.limit { entry.candles.removeFirst(entry.candles.count - entry.limit) }
        entry.usedAt = now
        keep(entry, series)
        return entry.candles.count > limit ? Array(entry.candles.suffix(limit)) : entry.candles
    }

    private func keep(_ entry: Kept, _ series: CandleSeries) {
        kept.withLock { kept in
            kept[series] = entry
            while kept.count > 1, kept.values.reduce(0, { $0 + $1.candles.count }) > capacity {
                guard let oldest = kept.filter({ $0.key != series }).min(by: { $0.value.usedAt < $1.value.usedAt })
                else { return }
                kept[oldest.key] = nil
            }
        }
    }
}
