import Decisions
import Market
import Messages
import People

/// Subscriptions and rules at a glance.
struct ListCommand: Command {
    let name = "list"

    func run(_ context: CommandContext) throws -> Reply {
        let subscriptions = try context.session.subscriptions(of: context.subject.id)
        let rules = try context.session.rules(of: context.subject.id)
        var values: [String: ContentValue] = [
            "subscription_count": .count(subscriptions.count), "rule_count": .count(rules.count),
        ]
        if !subscriptions.isEmpty {
            let rows = subscriptions.prefix(30).map { subscription -> [String: ContentValue] in
                [
                    "symbol": .text(subscription.symbol.description),
                    "minimum": .percent(subscription.minimumStrength, digits: 0),
                ]
            }
            values["subscriptions"] = .dictionary(["rows": .list(rows)])
        }
        if !rules.isEmpty {
            values["rules"] = .dictionary(["rows": .list(rules.prefix(10).map(AlertsCommand.row))])
        }
        if context.subject.stopped { values[context.isPlace ? "is_unbound" : "is_stopped"] = .flag(true) }
        return Reply(
            Content(
                "list", values,
                buttons: [
                    [
                        ContentButton(.word("button.subscribe"), "/subscribe"),
                        ContentButton(.word("button.unsubscribe"), "/unsubscribe"),
                    ],
                    [
                        ContentButton(.word("button.rules"), "/alerts"),
                        ContentButton(.word("button.settings"), "/settings"),
                    ],
                ]))
    }
}
