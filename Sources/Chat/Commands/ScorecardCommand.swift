import Decisions
import Market
import Messages

/// How forecasts, opportunities and one's own rules turned out: `/scorecard [SYMBOL] [page]`.
struct ScorecardCommand: PreparedCommand {
    private static let pageSize = 12

    let name = "scorecard"

    func prepare(_ request: PreparationRequest) async -> Preparation {
        var words = request.invocation.arguments
        let page = words.last.flatMap(Int.init)
        if page != nil { words.removeLast() }
        let named = SymbolArguments(words, lookup: request.desk.market.symbols, most: 1)
        if let unknown = named.unknown {
            return .answer(SymbolArguments.unknownAnswer(unknown, command: name))
        }
        guard let scorecard = request.desk.scorecard else { return .none }
        do {
            let symbol = named.symbols.first
            return .answer(
                ScorecardCommand.content(try await scorecard(symbol, request.subject), of: symbol, page: page))
        } catch {
            note(error)
            return .answer(.sentence("error.busy"))
        }
    }

    func run(_ context: CommandContext) throws -> Reply { .sentence("error.busy") }

    static func content(_ card: Scorecard, of symbol: Symbol?, page: Int?) -> Content {
        let lines = ScorecardLines(card).all
        let paging = Paging(
            count: lines.count, size: pageSize, wanted: page,
            command: "/scorecard" + (symbol.map { " \($0)" } ?? ""))
        var values = paging.values
        values["scope"] = symbol.map { .text($0.description) } ?? .word("scorecard.all")
        values["lines"] = .list(lines[paging.range].map { $0.isHeading ? ["heading": $0.text] : ["line": $0.text] })
        return Content("scorecard", values, buttons: [paging.buttons].filter { !$0.isEmpty })
    }
}

/// A scorecard line by line, with a heading for each section; a section without scores says so.
struct ScorecardLines {
    struct Line {
        var isHeading = false
        var text: ContentValue
    }

    private(set) var all: [Line] = []

    init(_ card: Scorecard) {
        heading("forecasts")
        if card.forecasts.isEmpty { add("no_forecasts") }
        for row in card.forecasts { forecast(row) }
        heading("opportunities")
        if card.opportunities.isEmpty { add("no_opportunities") }
        for row in card.opportunities {
            let name: [String: ContentValue] = [
                "kind": .word("alert.kind_\(row.kind.rawValue)"), "side": .word("alert.signal_\(row.side.rawValue)"),
            ]
            summary(row.summary, "opportunity", name)
        }
        heading("rules")
        if card.firings.isEmpty { add("no_rules") }
        for row in card.firings { summary(row.summary, "firing", ["after": .span(row.after)]) }
        if card.open > 0 { add("open", ["count": .count(card.open)]) }
        if card.unscorable > 0 { add("unscorable", ["count": .count(card.unscorable)]) }
    }

    private mutating func heading(_ key: String) {
        all.append(Line(isHeading: true, text: .word("scorecard.\(key)")))
    }

    private mutating func add(_ key: String, _ values: [String: ContentValue] = [:]) {
        all.append(Line(text: .word("scorecard.\(key)", values)))
    }

    private func share(_ part: Int, _ count: Int) -> ContentValue {
        .percent(Double(part) / Double(max(1, count)), digits: 0)
    }

    private mutating func forecast(_ row: Scorecard.ForecastRow) {
        var values: [String: ContentValue] = [
            "horizon": .word("horizon.\(row.horizon.rawValue)"), "count": .count(row.count),
        ]
        guard row.count >= OutcomeSummary.enough else { return add("forecast_few", values) }
        for (name, share) in [("50", row.share50), ("90", row.share90)] {
            values["held\(name)"] = .percent(share.share, digits: 0)
            values["low\(name)"] = .percent(share.low, digits: 0)
            values["high\(name)"] = .percent(share.high, digits: 0)
        }
        add("forecast", values)
        if row.baseCount >= OutcomeSummary.enough, let skill = row.skill {
            add(
                skill > 0 ? "forecast_base" : "forecast_base_lost",
                [
                    "held50": share(row.baseHeld50, row.baseCount), "held90": share(row.baseHeld90, row.baseCount),
                    "skill": .percent(abs(skill), digits: 1),
                ])
        } else {
            add("no_base")
        }
        direction(row.direction)
    }

    private mutating func direction(_ direction: Scorecard.Direction?) {
        guard let direction else { return add("no_direction") }
        guard direction.count >= OutcomeSummary.enough else {
            return add("direction_few", ["count": .count(direction.count)])
        }
        let hits = ShareInterval(hits: direction.hits, count: direction.called, independent: direction.independent)
        var values: [String: ContentValue] = [
            "count": .count(direction.count), "hits": .percent(hits.share, digits: 0),
            "low": .percent(hits.low, digits: 0), "high": .percent(hits.high, digits: 0),
            "brier": .number(direction.brier, digits: 4),
        ]
        if let base = direction.baseBrier {
            values["base"] = .number(base, digits: 4)
            add("direction", values)
        } else {
            add("direction_no_base", values)
        }
        for bin in direction.bins where bin.count >= OutcomeSummary.enough {
            add(
                "bin",
                [
                    "said": .percent(bin.said, digits: 0), "came": .percent(bin.came, digits: 0),
                    "count": .count(bin.count),
                ])
        }
    }

    private mutating func summary(_ summary: OutcomeSummary, _ key: String, _ name: [String: ContentValue]) {
        var values = name
        values["count"] = .count(summary.count)
        guard summary.count >= OutcomeSummary.enough else { return add("\(key)_few", values) }
        values["hits"] = .percent(summary.share.share, digits: 0)
        values["low"] = .percent(summary.share.low, digits: 0)
        values["high"] = .percent(summary.share.high, digits: 0)
        values["base"] = summary.baseRate.map { .percent($0, digits: 0) } ?? .word("scorecard.unknown")
        values["mean"] = .percent(summary.mean, signed: true)
        values["median"] = .percent(summary.median, signed: true)
        values["median_low"] = .percent(summary.low, signed: true)
        values["median_high"] = .percent(summary.high, signed: true)
        add(key, values)
    }
}
