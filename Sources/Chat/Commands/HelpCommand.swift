import Messages
import People

/// The list of commands by subject, or one command with examples.
struct HelpCommand: Command {
    let name = "help"
    let access = CommandAccess.anyone

    /// Subjects and what belongs to them; a test sees to it that every command stands in one.
    static let subjects: [(key: String, names: [String])] = [
        ("market", ["price", "movers", "opportunities", "predict", "analyze", "chart", "news", "sentiment"]),
        (
            "alerts",
            [
                "alert", "alerts", "pause", "resume", "delete", "history", "why", "whynot", "scorecard",
                "ledger", "ack", "snooze",
                "useful", "share",
            ]
        ),
        ("subscriptions", ["subscribe", "unsubscribe", "list", "digest", "entry"]),
        ("preferences", ["settings", "language", "timezone", "quiet", "mute", "unmute", "stop", "remind"]),
        ("contacts", ["email", "phone", "verify", "link", "channels", "budget", "escalate"]),
        ("groups", ["bind", "unbind"]),
        ("account", ["start", "claim", "help", "privacy", "export", "forget"]),
    ]

    func run(_ context: CommandContext) throws -> Reply {
        guard let asked = context.arguments.first else { return list(context) }
        let name = asked.lowercased().drop { $0 == "/" }
        let known = HelpCommand.subjects.flatMap(\.names) + (context.isOperator ? ["ops"] : [])
        if known.contains(String(name)) { return one(String(name)) }
        if CommandList.planned.contains(String(name)) {
            return .sentence("planned.answer", ["command": .text(String(name)), "purpose": .word("planned.\(name)")])
        }
        let buttons = NearestWords.nearest(to: String(name), among: known, count: 2).map {
            ContentButton(.text("/help \($0)"), "/help \($0)")
        }
        return .sentence(
            "error.unknown_command", ["command": .text(UntrustedText.shown(String(name)))], buttons: [buttons])
    }

    private func list(_ context: CommandContext) -> Reply {
        var subjects = HelpCommand.subjects
        if context.isOperator { subjects.append(("operators", ["ops"])) }
        let sections = subjects.map { subject -> [String: ContentValue] in
            let rows = subject.names.map { name -> [String: ContentValue] in
                ["name": .text(name), "summary": .word("command.\(name).summary")]
            }
            return ["title": .word("help.\(subject.key)"), "rows": .list(rows)]
        }
        var values: [String: ContentValue] = ["sections": .list(sections)]
        let spoken = context.desk.sentences.languages
        if !spoken.isEmpty {
            let names = spoken.map { code in
                context.desk.policy.languages.first { $0.code == code }?.name ?? code
            }
            values["sentences"] = .word("help.sentences", ["languages": .text(names.joined(separator: ", "))])
        }
        return Reply(
            Content(
                "help", values,
                buttons: [
                    [
                        ContentButton(.text("/help alert"), "/help alert"),
                        ContentButton(.text("/help price"), "/help price"),
                    ]
                ]))
    }

    private func one(_ name: String) -> Reply {
        Reply(
            Content(
                "help-command",
                [
                    "name": .text(name), "summary": .word("command.\(name).summary"),
                    "usage": .word("command.\(name).usage"), "example": .word("command.\(name).example"),
                ]))
    }
}
