import Decisions
import Market
import Messages
import People

/// The rules, a few a page, with buttons.
struct AlertsCommand: Command {
    let name = "alerts"

    func run(_ context: CommandContext) throws -> Reply {
        let rules = try context.session.rules(of: context.subject.id)
        guard !rules.isEmpty else {
            return .sentence("alerts.none", buttons: [[ContentButton(.word("button.new_alert"), "/alert")]])
        }
        let paging = Paging(count: rules.count, size: 5, wanted: context.word(0).flatMap(Int.init), command: "/alerts")
        let shown = rules[paging.range]
        var values = paging.values
        values["count"] = .count(rules.count)
        values["rows"] = .list(shown.map(AlertsCommand.row))
        var buttons = shown.map { rule -> [ContentButton] in
            let number = rule.number
            let change =
                rule.paused
                ? ContentButton(.word("button.resume_number", ["number": .count(number)]), "/resume \(number)")
                : ContentButton(.word("button.pause_number", ["number": .count(number)]), "/pause \(number)")
            return [
                change, ContentButton(.word("button.delete_number", ["number": .count(number)]), "/delete \(number)"),
                ContentButton(.word("button.share_number", ["number": .count(number)]), "/share \(number)"),
            ]
        }
        if !paging.buttons.isEmpty { buttons.append(paging.buttons) }
        return Reply(Content("rules", values, buttons: buttons))
    }

    static func row(_ rule: Rule) -> [String: ContentValue] {
        var row: [String: ContentValue] = [
            "number": .count(rule.number), "text": .text(rule.text), "fired": .count(rule.state.sequence),
        ]
        if rule.paused { row["is_paused"] = .flag(true) }
        row["last_fired"] = rule.state.symbols.values.compactMap(\.lastFiredAt).max().map { .time($0) }
        return row
    }
}

extension CommandContext {
    /// The rule that the first argument names (`7` or `#7`) among the subject's own, or the answer that says why not.
    func namedRule() throws -> (rule: Rule?, refusal: Reply) {
        guard let written = arguments.first else {
            return (nil, .sentence("alerts.which", ["command": .text(invocation.name)], buttons: [[myRules]]))
        }
        let digits = written.hasPrefix("#") ? String(written.dropFirst()) : written
        guard let number = Int(digits), number > 0 else {
            return (
                nil, .sentence("alerts.bad_number", ["text": .text(UntrustedText.shown(written))], buttons: [[myRules]])
            )
        }
        return (
            try session.rule(number: number, of: subject.id),
            .sentence("alerts.unknown", ["number": .text("\(number)")], buttons: [[myRules]])
        )
    }

    private var myRules: ContentButton { ContentButton(.word("button.rules"), "/alerts") }
}
