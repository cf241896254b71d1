package import Decisions
import Market

/// What a rule was known to be worth when it fired, in a line for its replay and one for its live firings.
package enum RuleRecordWords {
    package static func lines(of firing: RuleFiring) -> [ContentValue] {
        var lines: [ContentValue] = []
        if let replay = firing.record?.replay {
            let days = (Double((replay.to - replay.from).milliseconds) / Double(Span.days(1).milliseconds)).rounded()
            var values: [String: ContentValue] = [
                "history": .span(days >= 1 ? .days(Int64(days)) : replay.to - replay.from),
                "count": .count(replay.count),
            ]
            if let outcome = told(replay.outcomes), let median = outcome.median, let up = outcome.up,
                let low = outcome.low, let high = outcome.high, let base = outcome.base
            {
                values["after"] = .span(outcome.after)
                values["median"] = .percent(median, signed: true)
                values["up"] = .percent(up, digits: 0)
                values["low"] = .percent(low, digits: 0)
                values["high"] = .percent(high, digits: 0)
                values["base"] = .percent(base, digits: 0)
                lines.append(.word("alert.replay", values))
            } else {
                lines.append(.word("alert.replay_bare", values))
            }
        }
        // The number of the firing counts the live ones.
        let count = ContentValue.count(firing.sequence)
        if let outcome = firing.record?.live.flatMap(told), let median = outcome.median, let up = outcome.up {
            lines.append(
                .word(
                    "alert.live",
                    [
                        "count": count, "after": .span(outcome.after), "median": .percent(median, signed: true),
                        "rose": .count(Int((up * Double(outcome.count)).rounded())), "known": .count(outcome.count),
                    ]))
        } else if firing.record != nil, firing.sequence > 1 {
            lines.append(.word("alert.live_bare", ["count": count]))
        }
        return lines
    }

    /// The day after, else the shortest look that has an outcome.
    private static func told(_ outcomes: [RuleRecord.Outcome]) -> RuleRecord.Outcome? {
        outcomes.first { $0.after == .hours(24) && $0.count > 0 } ?? outcomes.first { $0.count > 0 }
    }
}
