package import Market

/// What a rule would have done over candles of one symbol.
package struct RulePreview: Hashable, Sendable {
    /// Close time of the candle at whose close it fired, in order.
    package var firings: [Timestamp]
    package var statistics: Statistics
    /// What could not be looked at, and why.
    package var notes: [Note]

    package struct Statistics: Hashable, Sendable, Codable {
        /// Close times of the first and the last candle.
        package var from: Timestamp
        package var to: Timestamp
        package var count: Int
        /// Counts in the last 7, 30 and 365 days of the data; `nil` where the data is shorter than that.
        package var lastWeek: Int?
        package var lastMonth: Int?
        package var lastYear: Int?
        /// Most firings within any 24 hours.
        package var longestBurst: Int
        /// What the price did after a firing, 1 h, 24 h and 7 d later; those that the data is long enough for.
        package var moves: [Move]
        package var perWeek: Double
    }

    package struct Move: Hashable, Sendable, Codable {
        package var after: Span
        /// Firings with a price that much later.
        package var count: Int
        /// Median of price then over price at the firing, minus 1; `nil` without a firing.
        package var median: Double?
        /// Share of them that went up, and its 95% Wilson interval.
        package var shareUp: Double?
        package var shareUpLow: Double?
        package var shareUpHigh: Double?
        /// The same over every candle of the data.
        package var baseMedian: Double?
        package var baseShareUp: Double?
    }

    /// `key` names a locale entry `rule_note.<key>`; `sentence` is the same in English.
    package struct Note: Hashable, Sendable, Codable {
        package var key: String
        package var arguments: [String: String]
        package var sentence: String
    }

    /// Replays `rule` over `candles` of `symbol` in `timeframe`, oldest first: one evaluation at each close.
    package static func run(
        _ rule: RuleDefinition, candles: [Candle], timeframe: Timeframe, symbol: Symbol
    ) -> RulePreview {
        RulePreview(
            firings: [],
            statistics: Statistics(
                from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 0), count: 0, longestBurst: 0, moves: [],
                perWeek: 0), notes: [])
    }
}
