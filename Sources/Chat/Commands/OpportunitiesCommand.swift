import Decisions
import Market
import Messages

/// What stood out in the last 24 hours.
struct OpportunitiesCommand: Command {
    let name = "opportunities"

    func run(_ context: CommandContext) throws -> Reply {
        let all = context.desk.market.board.opportunities()
        guard !all.isEmpty else { return .sentence("opportunities.none") }
        let paging = Paging(
            count: all.count, size: 6, wanted: context.word(0).flatMap(Int.init), command: "/opportunities")
        let rows = all[paging.range].map { opportunity -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "symbol": .text(opportunity.symbol.description),
                "signal": .word(OpportunitiesCommand.signalKey(opportunity)),
                "kind": .word("alert.kind_\(opportunity.kind.rawValue)"),
                "strength": .percent(opportunity.strength, digits: 0), "price": .price(opportunity.price),
                "at": .time(opportunity.at), "outlook": .text(opportunity.outlook.rawValue),
            ]
            if opportunity.strengthIsProvisional { row["is_provisional"] = .flag(true) }
            row["expected_move"] = opportunity.expectedMove.map { .percent($0, digits: 1) }
            if let measured = opportunity.measured {
                row["measured"] = .word(
                    "opportunities.measured",
                    [
                        "hits": .count(measured.hits), "count": .count(measured.count),
                        "median": .percent(measured.median, digits: 2, signed: true),
                    ])
            }
            return row
        }
        return Reply(
            Content(
                "opportunities", ["rows": .list(rows)].merging(paging.values) { $1 },
                buttons: [paging.buttons].filter { !$0.isEmpty }))
    }

    static func signalKey(_ opportunity: Opportunity) -> String {
        "alert.signal_\(opportunity.isStrong ? "strong_" : "")\(opportunity.side.rawValue)"
    }
}

extension CommandContext {
    func word(_ index: Int) -> String? { invocation.word(index) }
}
