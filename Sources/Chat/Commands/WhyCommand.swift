import Decisions
import Delivery
import Messages
import People

/// Why an alert came: the rule as it was then and the values that made it true, or the factors of an opportunity, and
/// every stage that it passed on its way here. Only one's own alerts can be asked for.
struct WhyCommand: Command {
    let name = "why"

    func run(_ context: CommandContext) throws -> Reply {
        guard let written = context.arguments.first else { return .sentence("why.which") }
        let digits = written.hasPrefix("#") ? String(written.dropFirst()) : written
        guard let id = Int64(digits),
            let passage = try context.session.passage(of: AlertID(id), to: context.subject.id)
        else {
            return .sentence("why.unknown", ["text": .text(UntrustedText.shown(written))])
        }
        let alert = passage.alert.alert
        var values: [String: ContentValue] = [
            "id": .count(Int(id)), "headline": HistoryCommand.headline(alert), "at": .time(alert.issuedAt),
            "priority": .word("alert.priority_\(alert.priority.rawValue)"), "decided": .time(passage.decidedAt),
            "deliveries": .list(
                passage.deliveries.map { delivery in
                    [
                        "channel": .word("channel.\(delivery.channel.rawValue)"),
                        "state": .word("delivery.\(delivery.state)"),
                        "lines": .list(DeliveryWords.lines(of: delivery).map { ["line": $0] }),
                    ]
                }),
            "stages": .list(passage.stages.map { ["line": DeliveryWords.line($0)] }),
        ]
        if passage.deliveries.isEmpty, passage.stages.isEmpty {
            values["none"] = .word(passage.expandedAt == nil ? "why.fan_out" : "why.no_delivery")
        }
        values["ledger"] = passage.ledgerSequence.map { .text("\($0)") }
        switch alert.body {
        case .ruleFired(let firing):
            values["rule"] = try rule(firing, context)
            if firing.wasAlreadyTrue { values["was_already_true"] = .flag(true) }
            if firing.late { values["was_late"] = .flag(true) }
        case .opportunity(let opportunity):
            values["opportunity"] = .dictionary([
                "score": .number(opportunity.score, digits: 2),
                "strength": .percent(opportunity.strength, digits: 0),
                "price": .price(opportunity.price),
                "values": .list(
                    opportunity.factors.map {
                        ["name": .word("alert.factor_\($0.name)"), "value": .number($0.value, digits: 2)]
                    }),
                "record": .list(SignalRecordWords.lines(of: opportunity).map { ["line": $0] }),
                "reasons": .list(opportunity.reasons.map { ["reason": AlertContent.sentence(of: $0)] }),
            ])
        case .system(let notice):
            values["notice"] = .word("system.\(notice.key)", notice.values.mapValues { .text($0) })
        }
        return Reply(Content("why", values))
    }

    /// A rule's text is its version: a change makes a new rule with a number of its own.
    private func rule(_ firing: RuleFiring, _ context: CommandContext) throws -> ContentValue {
        var values: [String: ContentValue] = [
            "text": .text(firing.text), "sequence": .count(firing.sequence), "price": .price(firing.price),
            "number": .count(firing.number), "values_at": .time(firing.at),
            "values": .list(firing.values.map { ["name": .text($0.text), "value": .number($0.value, digits: 6)] }),
            "record": .list(RuleRecordWords.lines(of: firing).map { ["line": $0] }),
        ]
        if let rule = try context.session.rule(number: firing.number, of: context.subject.id), rule.id == firing.rule {
            values["since"] = .word("why.rule_since", ["since": .date(rule.createdAt)])
            if rule.paused { values["now"] = .word("why.rule_paused") }
        } else {
            values["now"] = .word("why.rule_gone")
        }
        return .dictionary(values)
    }
}
