import Decisions
import Market
import Messages
import People

/// Subscriptions and rules at a glance, a few a page.
struct ListCommand: Command {
    private static let pageSize = 20

    let name = "list"

    func run(_ context: CommandContext) throws -> Reply {
        let subscriptions = try context.session.subscriptions(of: context.subject.id)
        let rules = try context.session.rules(of: context.subject.id)
        // Subscriptions first, then rules, counted through.
        let paging = Paging(
            count: subscriptions.count + rules.count, size: ListCommand.pageSize,
            wanted: context.word(0).flatMap(Int.init), command: "/list")
        var values = paging.values
        values["subscription_count"] = .count(subscriptions.count)
        values["rule_count"] = .count(rules.count)
        let shown = subscriptions[paging.range.clamped(to: 0..<subscriptions.count)]
        if !shown.isEmpty {
            let rows = shown.map { subscription -> [String: ContentValue] in
                [
                    "symbol": .text(subscription.symbol.description),
                    "minimum": .percent(subscription.minimumStrength, digits: 0),
                ]
            }
            values["subscriptions"] = .dictionary(["rows": .list(rows)])
        }
        let first = max(0, paging.range.lowerBound - subscriptions.count)
        let last = max(0, paging.range.upperBound - subscriptions.count)
        if first < last {
            values["rules"] = .dictionary(["rows": .list(rules[first..<last].map(AlertsCommand.row))])
        }
        values["has_no_subscription"] = .flag(subscriptions.isEmpty)
        values["has_no_rule"] = .flag(rules.isEmpty)
        if context.subject.stopped { values[context.isPlace ? "is_unbound" : "is_stopped"] = .flag(true) }
        let fixed = [
            [
                ContentButton(.word("button.subscribe"), "/subscribe"),
                ContentButton(.word("button.unsubscribe"), "/unsubscribe"),
            ],
            [
                ContentButton(.word("button.rules"), "/alerts"),
                ContentButton(.word("button.settings"), "/settings"),
            ],
        ]
        return Reply(Content("list", values, buttons: [paging.buttons].filter { !$0.isEmpty } + fixed))
    }
}
