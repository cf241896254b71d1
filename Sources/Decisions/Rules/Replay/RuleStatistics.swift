package import Market

/// How often a replayed rule fired, and what the price did afterwards.
package struct RuleStatistics: Hashable, Sendable, Codable {
    /// Close times of the first and the last candle; both 0 without candles.
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

    package struct Move: Hashable, Sendable, Codable {
        package var after: Span
        /// Firings that the data shows the price that much later for.
        package var count: Int
        /// Median of price then over price at the firing, minus 1; `nil` without one.
        package var median: Double?
        /// Share of them that went up, with its 95% Wilson interval.
        package var shareUp: Double?
        package var shareUpLow: Double?
        package var shareUpHigh: Double?
        /// The same over the whole data, whatever the rule said: at most 4,096 closes evenly spread.
        package var baseMedian: Double?
        package var baseShareUp: Double?
    }

    init(firings: [Timestamp], candles: [Candle], timeframe: Timeframe) {
        from = candles.first?.closeTime(timeframe) ?? Timestamp(milliseconds: 0)
        to = candles.last?.closeTime(timeframe) ?? Timestamp(milliseconds: 0)
        count = firings.count
        let (end, length) = (to, candles.isEmpty ? Span.zero : to - from + timeframe.span)
        func recent(_ days: Int64) -> Int? {
            length < .days(days) ? nil : firings.count(where: { $0 > end - .days(days) })
        }
        lastWeek = recent(7)
        lastMonth = recent(30)
        lastYear = recent(365)
        perWeek = Double(count) * Double(Span.days(7).milliseconds) / Double(max(1, length.milliseconds))
        var burst = 0
        var start = 0
        for index in firings.indices {
            while firings[index] - firings[start] >= .days(1) { start += 1 }
            burst = max(burst, index - start + 1)
        }
        longestBurst = burst
        let path = PricePath(candles: candles, timeframe: timeframe)
        let stride = max(1, candles.count / 4096)
        let everywhere = Swift.stride(from: 0, to: candles.count, by: stride).map { candles[$0].closeTime(timeframe) }
        moves = [Span.hours(1), .hours(24), .days(7)].map { Move(after: $0, path, firings, base: everywhere) }
    }

    /// Closes of the data by time.
    fileprivate struct PricePath {
        let candles: [Candle]
        let timeframe: Timeframe

        /// Close of the last candle that closed at or before `time`, unless that is too old or the data ended before.
        func price(at time: Timestamp) -> Double? {
            guard let last = candles.last, time <= last.closeTime(timeframe) else { return nil }
            var low = 0
            var high = candles.count
            while low < high {
                let middle = (low + high) / 2
                if candles[middle].closeTime(timeframe) <= time { low = middle + 1 } else { high = middle }
            }
            guard low > 0 else { return nil }
            let candle = candles[low - 1]
            let age = time - candle.closeTime(timeframe)
            return age.milliseconds <= Staleness.limit(timeframe) ? candle.close : nil
        }

        func moves(from times: [Timestamp], after span: Span) -> [Double] {
            times.compactMap { time in
                guard let now = price(at: time), let then = price(at: time + span) else { return nil }
                return then / now - 1
            }
        }
    }
}

extension RuleStatistics.Move {
    fileprivate init(
        after span: Span, _ path: RuleStatistics.PricePath, _ firings: [Timestamp], base everywhere: [Timestamp]
    ) {
        after = span
        let moves = path.moves(from: firings, after: span)
        count = moves.count
        median = RuleStatistics.median(moves)
        if !moves.isEmpty {
            let n = Double(moves.count)
            let up = Double(moves.count(where: { $0 > 0 })) / n
            // Wilson (1927): the interval of a share that stays inside 0 to 1 for few observations.
            let z = 1.959964
            let centre = (up + z * z / (2 * n)) / (1 + z * z / n)
            let half = z * (up * (1 - up) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
            shareUp = up
            shareUpLow = max(0, centre - half)
            shareUpHigh = min(1, centre + half)
        }
        let base = path.moves(from: everywhere, after: span)
        baseMedian = RuleStatistics.median(base)
        baseShareUp = base.isEmpty ? nil : Double(base.count(where: { $0 > 0 })) / Double(base.count)
    }
}

extension RuleStatistics {
    fileprivate static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
