package import Market

/// What a rule is known to be worth: its replay over stored history, and apart from that what followed its live firings.
/// It travels in each alert of the rule as it was when the rule fired.
package struct RuleRecord: Hashable, Sendable, Codable {
    /// `nil` where there was no history to replay.
    package var replay: Replay?
    /// Live firings whose outcome is known at one of the horizons; `nil` before the first.
    package var live: [Outcome]?

    package init(replay: Replay? = nil, live: [Outcome]? = nil) {
        self.replay = replay
        self.live = live
    }

    package struct Replay: Hashable, Sendable, Codable {
        /// Close times of the first and the last candle.
        package var from: Timestamp
        package var to: Timestamp
        package var count: Int
        package var outcomes: [Outcome]

        package init(_ statistics: RuleStatistics) {
            from = statistics.from
            to = statistics.to
            count = statistics.count
            outcomes = statistics.moves.map { Outcome($0) }
        }
    }

    /// What the price did some time after firings.
    package struct Outcome: Hashable, Sendable, Codable {
        package var after: Span
        /// Firings whose outcome is known.
        package var count: Int
        package var median: Double?
        /// Share that rose, with its interval, and the share of all times.
        package var up: Double?
        package var low: Double?
        package var high: Double?
        package var base: Double?

        package init(_ move: RuleStatistics.Move) {
            after = move.after
            count = move.count
            median = move.median
            up = move.shareUp
            low = move.shareUpLow
            high = move.shareUpHigh
            base = move.baseShareUp
        }
    }
}

/// One live firing and the price some time after it, as a store keeps them.
package struct ScoredFiring: Hashable, Sendable {
    package var at: Timestamp
    package var price: Double
    /// Prices 1 h, 24 h and 7 d later; `nil` where that is not known (yet).
    package var later: [Double?]

    package init(at: Timestamp, price: Double, later: [Double?]) {
        self.at = at
        self.price = price
        self.later = later
    }

    /// How long after a firing the price is looked at, in the order of `later`.
    package static var horizons: [Span] { ReplaySample.horizons }

    /// The record of live firings; `nil` where nothing is known of any.
    package static func record(of firings: [ScoredFiring]) -> [RuleRecord.Outcome]? {
        let outcomes = horizons.indices.map { place -> RuleRecord.Outcome in
            let known = firings.compactMap { firing -> (move: Double, at: Int64)? in
                guard firing.price > 0, place < firing.later.count, let then = firing.later[place] else { return nil }
                return (then / firing.price - 1, firing.at.milliseconds)
            }
            return RuleRecord.Outcome(
                RuleStatistics.Move(
                    after: horizons[place], moves: known.map(\.move), times: known.map(\.at), baseMedian: nil,
                    baseShareUp: nil))
        }
        return outcomes.contains { $0.count > 0 } ? outcomes.filter { $0.count > 0 } : nil
    }
}
