import Decisions
import Delivery
import Messages
import People

/// Why an alert came: the rule as it was then and the values that made it true, or the factors of an opportunity, and what
/// became of each delivery. Only alerts of the asker's own history can be asked for.
struct WhyCommand: Command {
    let name = "why"

    func run(_ context: CommandContext) throws -> Reply {
        guard let written = context.arguments.first else { return .sentence("why.which") }
        let digits = written.hasPrefix("#") ? String(written.dropFirst()) : written
        let items = try context.session.history(
            of: context.subject.id, symbol: nil, limit: HistoryCommand.depth)
        guard let id = Int64(digits), let first = items.first(where: { $0.alert.id == AlertID(id) }) else {
            return .sentence("why.unknown", ["text": .text(UntrustedText.shown(written))])
        }
        let alert = first.alert.alert
        var values: [String: ContentValue] = [
            "id": .count(Int(id)), "headline": HistoryCommand.headline(alert), "at": .time(alert.issuedAt),
            "priority": .word("alert.priority_\(alert.priority.rawValue)"),
            "deliveries": .list(
                items.filter { $0.alert.id == first.alert.id }.map { item in
                    var row: [String: ContentValue] = [
                        "channel": .word("channel.\(item.channel.rawValue)"), "state": .word("delivery.\(item.state)"),
                    ]
                    row["reason"] = item.reason.map { .text($0) }
                    row["sent_at"] = item.sentAt.map { .time($0) }
                    return row
                }),
        ]
        switch alert.body {
        case .ruleFired(let firing):
            values["rule"] = .dictionary([
                "text": .text(firing.text), "sequence": .count(firing.sequence), "price": .price(firing.price),
                "values": .list(firing.values.map { ["name": .text($0.text), "value": .number($0.value, digits: 6)] }),
            ])
            if firing.wasAlreadyTrue { values["was_already_true"] = .flag(true) }
            if firing.late { values["was_late"] = .flag(true) }
        case .opportunity(let opportunity):
            values["opportunity"] = .dictionary([
                "score": .number(opportunity.score, digits: 2),
                "values": .list(
                    opportunity.factors.map {
                        ["name": .word("alert.factor_\($0.name)"), "value": .number($0.value, digits: 2)]
                    }),
            ])
        case .system: break
        }
        return Reply(Content("why", values))
    }
}
