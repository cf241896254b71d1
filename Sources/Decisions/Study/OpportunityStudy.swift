package import Market

/// How many opportunities a value of `k` gives over past 1h candles, and how they divide: the study behind
/// `DecisionEngine.standardK`. It runs the live engine over history, so nothing in it sees the future; `k` is chosen on
/// one span of years and judged on later ones.
package enum OpportunityStudy {
    /// What one `k` gave.
    package struct Table: Hashable, Sendable, CustomStringConvertible {
        package var k: Double
        /// Opportunities in each whole week (Monday, UTC), all symbols together.
        package var weeks: [(start: Timestamp, count: Int)] { zip(starts, counts).map { ($0, $1) } }
        package var starts: [Timestamp]
        package var counts: [Int]
        package var buys = 0
        package var sells = 0
        package var trends = 0
        package var reversals = 0
        package var bySymbol: [Symbol: Int] = [:]
        /// How often each reason silenced a score that passed the threshold.
        package var vetoes: [String: Int] = [:]

        package var total: Int { buys + sells }

        /// Share of the weeks whose count lies within the bounds.
        package func shareOfWeeks(within bounds: ClosedRange<Int>) -> Double {
            counts.isEmpty ? 0 : Double(counts.count { bounds.contains($0) }) / Double(counts.count)
        }

        /// Share of the rarer side.
        package var rarerSide: Double { total == 0 ? 0 : Double(min(buys, sells)) / Double(total) }

        package var description: String {
            let ordered = counts.sorted()
            let median = ordered.isEmpty ? 0 : ordered[ordered.count / 2]
            let inside = Int((shareOfWeeks(within: 2...20) * 100).rounded())
            return "k \(k): \(total) opportunities in \(counts.count) weeks, \(inside)% of weeks within 2 to 20 "
                + "(least \(ordered.first ?? 0), median \(median), most \(ordered.last ?? 0)); \(buys) buys, "
                + "\(sells) sells; \(trends) trend, \(reversals) reversal"
        }
    }

    /// Runs the engine over each symbol's closed 1h candles, oldest first, and counts what it tells in the whole weeks
    /// between `from` and `to`. Candles before `from` are its history; a year and a quarter gives every figure its full
    /// window, ninety-seven days the score.
    package static func run(
        _ candles: [Symbol: [Candle]], k: Double, from: Timestamp, to: Timestamp, rules: TradingRules = TradingRules()
    ) -> Table {
        let week = Timeframe.w1.span
        let floor = Timeframe.w1.openTime(containing: from)
        let first = floor < from ? floor + week : floor
        var table = Table(k: k, starts: [], counts: [])
        var start = first
        while start + week <= to {
            table.starts.append(start)
            start += week
        }
        table.counts = Array(repeating: 0, count: table.starts.count)
        for (symbol, series) in candles {
            var engine = DecisionEngine(symbol: symbol, k: k, rules: rules)
            for candle in series {
                guard let assessment = engine.assess(candle) else { continue }
                let index = Int((assessment.factors.at - first).milliseconds / week.milliseconds)
                guard assessment.factors.at >= first, index < table.counts.count else { continue }
                table.count(assessment, week: index)
            }
        }
        return table
    }
}

extension OpportunityStudy.Table {
    fileprivate mutating func count(_ assessment: Assessment, week: Int) {
        for reading in assessment.readings {
            switch reading.decision {
            case .opportunity(let opportunity):
                counts[week] += 1
                bySymbol[opportunity.symbol, default: 0] += 1
                if opportunity.side == .buy { buys += 1 } else { sells += 1 }
                if opportunity.kind == .trend { trends += 1 } else { reversals += 1 }
            case .quiet(.weak), .quiet(.unknown):
                break
            case .quiet(let reason):
                vetoes[reason.key, default: 0] += 1
            }
        }
    }
}
