package import Market

/// How often a replayed rule fired, and what the price did afterwards. The names are those of `statistics` in
/// `vigia rule preview --json`; times and spans are in milliseconds.
package struct RuleStatistics: Hashable, Sendable, Codable {
    /// Close times of the first and the last candle.
    package var from: Timestamp
    package var to: Timestamp
    package var count: Int
    /// Firings in the last 7, 30 and 365 days of the data; `nil` where the data is shorter.
    package var lastWeek: Int?
    package var lastMonth: Int?
    package var lastYear: Int?
    package var perWeek: Double
    /// Most firings within any 24 hours.
    package var longestBurst: Int
    /// What the price did 1 h, 24 h and 7 d after a firing.
    package var moves: [Move]
    /// How often a random rule does as well; `nil` for too few firings.
    package var chance: Chance?
    /// The same rule with another number that fires about once a week, where this one is noisy and one was looked for.
    package var suggestion: Suggestion?

    package struct Move: Hashable, Sendable, Codable {
        package var after: Span
        /// Firings that the data shows the price that much later for.
        package var count: Int
        /// As many of them as lie at least `after` apart, taken greedily from the first: firings whose spans overlap saw
        /// the same move, of one symbol or of two that move together, so the interval counts them as one.
        package var independent: Int
        /// Median of price then over price at the firing, minus 1; `nil` without one.
        package var median: Double?
        /// Share of them that went up, with the 95% Wilson interval of as many observations as are `independent`.
        package var shareUp: Double?
        package var shareUpLow: Double?
        package var shareUpHigh: Double?
        /// The same over the whole data, whatever the rule said: at most 4,096 closes evenly spread.
        package var baseMedian: Double?
        package var baseShareUp: Double?
    }

    /// A random rule: the same firings, all moved by the same random distance through the data.
    package struct Chance: Hashable, Sendable, Codable {
        package var after: Span
        /// How many random rules were tried.
        package var draws: Int
        /// Share of them whose share of rises lies at least as far from the base rate, on either side.
        package var asGood: Double

        /// The same for the best of `tries` rules that somebody tried: 1 − (1 − p)^n (Šidák).
        package func corrected(tries: Int) -> Double {
            var missed = 1.0
            for _ in 0..<max(1, min(tries, 10_000)) { missed *= 1 - asGood }
            return 1 - missed
        }
    }

    package struct Suggestion: Hashable, Sendable, Codable {
        /// Canonical.
        package var text: String
        package var perWeek: Double
    }

    /// More than three firings a day.
    package var isNoisy: Bool { to - from >= .days(1) && perWeek > 21 }

    /// Several symbols together are counted as one stream of firings. `nil` without samples.
    package init?(_ samples: [ReplaySample], of rule: RuleDefinition) {
        guard let first = samples.first else { return nil }
        // What all of them can speak of.
        var (began, from, end) = (first.began, first.from, first.to)
        for sample in samples.dropFirst() {
            began = max(began, sample.began)
            from = max(from, sample.from)
            end = max(end, sample.to)
        }
        let firings = samples.count == 1 ? first.firings : samples.flatMap(\.firings).sorted()
        let length = max(.milliseconds(1), end - began)
        self.from = from
        to = end
        count = firings.count
        func recent(_ days: Int64) -> Int? {
            length < .days(days) ? nil : firings.count(where: { $0 > end - .days(days) })
        }
        lastWeek = recent(7)
        lastMonth = recent(30)
        lastYear = recent(365)
        let days = samples.map { Double(max(1, ($0.to - $0.began).milliseconds)) / 86_400_000 }.max() ?? 1
        perWeek = Double(count) * 7 / days
        longestBurst = RuleStatistics.longestBurst(firings)
        moves = first.outcomes.indices.map { place in Move(samples.map { $0.outcomes[place] }) }
        chance = RandomRule.chance(samples.map(\.draws), seed: RandomRule.seed(rule.text, samples))
    }

    private static func longestBurst(_ firings: [Timestamp]) -> Int {
        var burst = 0
        var start = 0
        for index in firings.indices {
            while firings[index] - firings[start] >= .days(1) { start += 1 }
            burst = max(burst, index - start + 1)
        }
        return burst
    }

    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func shareUp(_ moves: [Double]) -> Double? {
        moves.isEmpty ? nil : Double(moves.count(where: { $0 > 0 })) / Double(moves.count)
    }
}

extension RuleStatistics.Move {
    init(_ outcomes: [ReplaySample.Outcome]) {
        let base = outcomes.count == 1 ? outcomes[0].base : outcomes.flatMap(\.base)
        self.init(
            after: outcomes.first?.after ?? .zero, moves: outcomes.flatMap(\.moves), times: outcomes.flatMap(\.times),
            baseMedian: RuleStatistics.median(base), baseShareUp: RuleStatistics.shareUp(base))
    }

    /// - Parameter times: of the firings that `moves` followed, in Unix milliseconds, in any order.
    package init(after: Span, moves: [Double], times: [Int64], baseMedian: Double?, baseShareUp: Double?) {
        self.after = after
        count = moves.count
        independent = 0
        var free = Int64.min
        for time in times.sorted() where time >= free {
            independent += 1
            free = time + after.milliseconds
        }
        median = RuleStatistics.median(moves)
        self.baseMedian = baseMedian
        self.baseShareUp = baseShareUp
        guard let up = RuleStatistics.shareUp(moves) else { return }
        let interval = ShareInterval(share: up, of: independent)
        shareUp = up
        shareUpLow = interval.low
        shareUpHigh = interval.high
    }
}
