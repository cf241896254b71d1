import Charts
import Decisions
import Market
import Messages

/// A rule read back before it is saved: what it would have done, on one screen of a phone.
struct RuleDraftContent {
    let reading: RuleReading
    /// Different rules that the person tried, this one among them.
    let tries: Int
    let token: Int64
    /// Of the suggested rule, where there is one.
    let calmerToken: Int64?

    private static let chartHeight = 5

    var content: Content {
        var values: [String: ContentValue] = ["text": .text(reading.rule.text)]
        if let figures = reading.figures {
            values["figures"] = .dictionary(shown(figures))
        } else if !reading.rule.otherSymbols.isEmpty {
            values["is_joint"] = .flag(true)
        }
        var buttons = [
            [
                ContentButton(.word("button.confirm"), "/alert confirm \(token) !"),
                ContentButton(.word("button.change"), "/alert change \(token) !"),
                ContentButton(.word("button.cancel"), "/alert cancel \(token) !"),
            ]
        ]
        if let calmerToken {
            buttons.append([ContentButton(.word("button.calmer"), "/alert confirm \(calmerToken) !")])
        }
        return Content("rule-draft", values, buttons: buttons)
    }

    private func shown(_ figures: RuleFigures) -> [String: ContentValue] {
        let statistics = figures.statistics
        var values: [String: ContentValue] = [
            "counts": counts(statistics),
            "basis": .word(
                "alert_draft.basis",
                [
                    "history": .span(days(statistics)),
                    "symbols": .text(figures.symbols.map(\.description).joined(separator: ", ")),
                    "burst": .count(statistics.longestBurst),
                ]),
        ]
        if statistics.count > 0 { values["chart"] = chart(figures.picture).map { .text($0) } }
        let moves = statistics.moves.compactMap(RuleDraftContent.move)
        if !moves.isEmpty {
            values["has_moves"] = .flag(true)
            values["moves"] = .list(moves.map { ["line": $0] })
            let day = statistics.moves.first { $0.after == .hours(24) && $0.count > 0 } ?? statistics.moves[0]
            values["apart"] = .word(
                "alert_draft.apart",
                ["after": .span(day.after), "apart": .count(day.independent), "scored": .count(day.count)])
        }
        values["chance"] = chance(statistics)
        // Noisy at every minute may be calm at hourly closes.
        if statistics.isNoisy || statistics.suggestion != nil {
            values["noisy"] = .word(
                statistics.suggestion == nil ? "alert_draft.noisy" : "alert_draft.noisy_suggestion")
            values["calmer"] = (statistics.suggestion?.text).map { .text($0) }
        }
        return values
    }

    /// Whole days, or what there is of the first.
    private func days(_ statistics: RuleStatistics) -> Span {
        let span = statistics.to - statistics.from
        let day = Span.days(1).milliseconds
        return span < .days(1) ? span : .milliseconds(Int64((Double(span.milliseconds) / Double(day)).rounded()) * day)
    }

    private func counts(_ statistics: RuleStatistics) -> ContentValue {
        let known: [(key: String, count: Int?)] = [
            ("week", statistics.lastWeek), ("month", statistics.lastMonth), ("year", statistics.lastYear),
        ]
        var arguments: [String: ContentValue] = ["total": .count(statistics.count)]
        for (key, count) in known { arguments[key] = count.map { .count($0) } }
        // The longest of what the history reaches back to decides the sentence.
        let last = known.last { $0.count != nil }?.key
        return .word("alert_draft.counts_\(last ?? "all")", arguments)
    }

    private static func move(_ move: RuleStatistics.Move) -> ContentValue? {
        guard let median = move.median, let up = move.shareUp, let low = move.shareUpLow, let high = move.shareUpHigh,
            let base = move.baseShareUp
        else { return nil }
        return .word(
            "alert_draft.move",
            [
                "after": .span(move.after), "median": .percent(median, signed: true),
                "up": .percent(up, digits: 0), "low": .percent(low, digits: 0), "high": .percent(high, digits: 0),
                "base": .percent(base, digits: 0),
            ])
    }

    private func chance(_ statistics: RuleStatistics) -> ContentValue? {
        guard statistics.count > 0 else { return nil }
        guard let chance = statistics.chance else { return .word("alert_draft.chance_unknown") }
        return .word(
            tries > 1 ? "alert_draft.chance_tries" : "alert_draft.chance",
            [
                "share": .percent(chance.asGood, digits: 0), "after": .span(chance.after), "tries": .count(tries),
                "corrected": .percent(chance.corrected(tries: tries), digits: 0),
            ])
    }

    /// The price, and below each column how often it fired there: a digit, `+` for more than nine.
    private func chart(_ picture: ReplayPicture) -> String? {
        guard
            let chart = TextChart(candles: picture.columns.map(\.candle), height: RuleDraftContent.chartHeight)
        else { return nil }
        let marks = picture.columns.suffix(chart.candles.count).map { column in
            column.firings == 0 ? "·" : column.firings > 9 ? "+" : "\(column.firings)"
        }
        return (chart.lines + [marks.joined()]).joined(separator: "\n")
    }
}
