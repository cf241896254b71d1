import Market

/// What is usual at an hour of the week: median and spread of the numbers of the latest weeks at that hour and the two
/// beside it.
struct SeasonalBaseline: Sendable {
    private static let hours = 168
    private static let weeks = 10
    private static let minimum = 24

    /// Numbers a slot keeps, and the latest of each.
    private let capacity: Int
    private let stride: Int
    private var slots: [[Double]]
    private var next: [Int]
    private var sinceKept = 0
    private var cache: (slot: Int, centre: Double, spread: Double)?

    /// Of an hour's candles at most four are kept.
    init(candlesPerHour: Int) {
        let kept = min(4, max(1, candlesPerHour))
        capacity = kept * SeasonalBaseline.weeks
        stride = max(1, candlesPerHour / kept)
        slots = Array(repeating: [], count: SeasonalBaseline.hours)
        next = Array(repeating: 0, count: SeasonalBaseline.hours)
    }

    static func slot(_ time: Timestamp) -> Int { Int((time.milliseconds / 3_600_000) % Int64(hours)) }

    /// Median of what was seen at this hour, and the median distance from it; `nil` while there is too little.
    mutating func usual(at time: Timestamp) -> (centre: Double, spread: Double)? {
        let slot = SeasonalBaseline.slot(time)
        if let cache, cache.slot == slot { return (cache.centre, cache.spread) }
        let before = (slot + SeasonalBaseline.hours - 1) % SeasonalBaseline.hours
        let pool = slots[before] + slots[slot] + slots[(slot + 1) % SeasonalBaseline.hours]
        guard pool.count >= SeasonalBaseline.minimum else { return nil }
        let centre = Robust.median(pool)
        let spread = Robust.median(pool.map { abs($0 - centre) })
        cache = (slot, centre, spread)
        return (centre, spread)
    }

    /// Enters a number after it was judged.
    mutating func add(_ number: Double, at time: Timestamp) {
        let slot = SeasonalBaseline.slot(time)
        if let cache, cache.slot != slot { self.cache = nil }
        sinceKept += 1
        guard sinceKept >= stride else { return }
        sinceKept = 0
        if slots[slot].count < capacity {
            slots[slot].append(number)
        } else {
            slots[slot][next[slot]] = number
            next[slot] = (next[slot] + 1) % capacity
        }
    }
}

enum Robust {
    /// Makes the median distance of a normal distribution its standard deviation.
    static let toDeviation = 1.4826

    /// 0 for none.
    static func median(_ numbers: [Double]) -> Double {
        guard !numbers.isEmpty else { return 0 }
        let ordered = numbers.sorted()
        let middle = ordered.count / 2
        return ordered.count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}
