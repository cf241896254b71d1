/// How a group of scored signals went. Moves are fractions in the called direction (as they are, where none was called).
package struct OutcomeSummary: Hashable, Sendable, Codable {
    /// Fewer outcomes are counted, not summed up.
    package static let enough = 10

    package var count: Int
    /// How many moved above zero, with the 95% Wilson interval of their share.
    package var hits: Int
    package var share: ShareInterval
    package var mean: Double
    package var median: Double
    /// 95% interval of the median, from order statistics.
    package var low: Double
    package var high: Double
    /// Mean of the trailing year's shares of such moves at the issues; `nil` where none is known.
    package var baseRate: Double?

    /// `nil` without outcomes.
    /// - Parameter independent: how many spans of the horizon's length they lie in: outcomes within one saw the same move.
    package init?(moves: [Double], independent: Int, baseRates: [Double]) {
        guard let median = RuleStatistics.median(moves) else { return nil }
        count = moves.count
        hits = moves.count { $0 > 0 }
        share = ShareInterval(hits: hits, count: moves.count, independent: independent)
        mean = moves.reduce(0, +) / Double(moves.count)
        self.median = median
        (low, high) = MedianInterval.of(moves.sorted())
        baseRate = baseRates.isEmpty ? nil : baseRates.reduce(0, +) / Double(baseRates.count)
    }
}

/// A share and its 95% Wilson (1927) interval, which stays inside 0 to 1 for few observations.
package struct ShareInterval: Hashable, Sendable, Codable {
    package var share: Double
    package var low: Double
    package var high: Double

    /// - Parameter independent: observations that the interval counts; those that overlap in time are fewer than `count`.
    package init(hits: Int, count: Int, independent: Int) {
        self.init(share: Double(hits) / Double(max(1, count)), of: independent)
    }

    package init(share: Double, of independent: Int) {
        let n = Double(max(1, independent))
        let z = 1.959964
        let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        self.share = share
        low = max(0, centre - half)
        high = min(1, centre + half)
    }
}

/// What such signals did so far, as an alert carries it: same kind and side, of the symbol where ten are scored, else of
/// all symbols.
package struct SignalHistory: Hashable, Sendable, Codable {
    package var isOfSymbol: Bool
    package var summary: OutcomeSummary

    package init(isOfSymbol: Bool, summary: OutcomeSummary) {
        self.isOfSymbol = isOfSymbol
        self.summary = summary
    }
}
