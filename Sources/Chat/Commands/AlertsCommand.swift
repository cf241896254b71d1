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
        let blindness = try Blindness(context)
        values["rows"] = .list(
            shown.map { rule in
                var row = AlertsCommand.row(rule)
                row["blind"] = blindness.mark(rule)
                return row
            })
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

/// Which rules see nothing now, because nothing comes in of a symbol that they read.
struct Blindness {
    private let silences: [Symbol: Timestamp]
    private let subscriptions: [Symbol]
    private let desk: ChatDesk

    init(_ context: CommandContext) throws {
        desk = context.desk
        silences = desk.market.board.silences()
        let own = silences.isEmpty ? [] : try context.session.subscriptions(of: context.subject.id).map(\.symbol)
        subscriptions = own.isEmpty ? desk.market.defaultSymbols : own
    }

    /// `blind since 14:03`, naming the symbols where the rule reads others besides; `nil` for a rule that sees or is
    /// paused.
    func mark(_ rule: Rule) -> ContentValue? {
        guard !silences.isEmpty, !rule.paused, case .understood(let read) = desk.rules.read(rule.text) else {
            return nil
        }
        let watched = (read.symbols.isEmpty ? subscriptions : read.symbols) + read.otherSymbols
        let silent = watched.filter { silences[$0] != nil }
        guard let since = silent.compactMap({ silences[$0] }).min() else { return nil }
        if silent.count == watched.count { return .word("alerts.blind", ["since": .time(since)]) }
        return .word(
            "alerts.blind_partly",
            ["symbols": .text(silent.map(\.description).joined(separator: ", ")), "since": .time(since)])
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
