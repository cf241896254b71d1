import Market
import Messages
import People
import Reports

/// What was chosen, and a menu to choose anew: each button opens the view of one setting in the same message, which leads
/// back here.
struct SettingsCommand: Command {
    let name = "settings"

    /// A setting of the menu, under the name of the command that also sets it alone.
    private struct Section {
        var label: String
        var command: any Command
        /// `nil`: it is reached from another section only.
        var row: Int?
        /// A place has it too.
        var inPlaces = true
    }

    private static let sections = [
        Section(label: "button.language", command: LanguageCommand(), row: 0),
        Section(label: "button.timezone", command: TimezoneCommand(), row: 0),
        Section(label: "button.quiet", command: QuietCommand(), row: 1),
        Section(label: "button.mute_menu", command: MuteCommand(), row: 1),
        Section(label: "button.unmute", command: UnmuteCommand()),
        Section(label: "button.channels", command: ChannelsCommand(), row: 2, inPlaces: false),
        Section(label: "button.budget", command: BudgetCommand(), row: 2, inPlaces: false),
        Section(label: "button.escalation", command: EscalateCommand(), row: 3, inPlaces: false),
        Section(label: "button.digest", command: DigestCommand(), row: 3),
    ]

    /// Looking is for everybody in a place, changing for its administrators.
    func scene(of invocation: Invocation) -> CommandScene {
        invocation.arguments.isEmpty ? .everywhere : .administratorsInPlaces
    }

    func run(_ context: CommandContext) throws -> Reply {
        guard let word = context.word(0),
            let section = SettingsCommand.sections.first(where: { $0.command.name == word })
        else { return try menu(context) }
        guard section.inPlaces || !context.isPlace else {
            return .sentence("error.private_only", ["command": .text(word)])
        }
        let arguments = Array(context.arguments.dropFirst())
        let inner = Invocation(name: word, arguments: arguments, rest: arguments.joined(separator: " "))
        var reply = try section.command.run(context.following(inner, preparation: .none))
        let buttons = SettingsCommand.kept(reply.content?.buttons ?? [])
        reply.content?.buttons = buttons
        return reply
    }

    /// Buttons that replace their view stay within the menu; a last one leads back to it.
    private static func kept(_ buttons: [[ContentButton]]) -> [[ContentButton]] {
        let names = Set(sections.map(\.command.name))
        let inside = buttons.map { row in
            row.map { button -> ContentButton in
                guard case .command(let line) = button.action, line.hasSuffix(" !"),
                    let name = line.dropFirst().split(separator: " ").first, names.contains(String(name))
                else { return button }
                return ContentButton(button.label, "/settings \(line.dropFirst())")
            }
        }
        return inside + [[ContentButton(.word("button.back_to_settings"), "/settings !")]]
    }

    private func menu(_ context: CommandContext) throws -> Reply {
        let shown = SettingsCommand.sections.filter { $0.inPlaces || !context.isPlace }
        let rows = (0...3).map { row in
            shown.filter { $0.row == row }.map {
                ContentButton(.word($0.label), "/settings \($0.command.name) !")
            }
        }
        return Reply(Content("settings", try values(context), buttons: rows.filter { !$0.isEmpty }))
    }

    private func values(_ context: CommandContext) throws -> [String: ContentValue] {
        let preferences = context.subject.preferences
        let language = context.desk.policy.languages.first { $0.code == preferences.language }?.name
        var values: [String: ContentValue] = [
            "language": .text(language ?? preferences.language), "zone": .text(preferences.zone),
            "now": .time(context.now),
        ]
        values["quiet"] = preferences.quietHours.map { .text($0.text) }
        if let until = preferences.mutedUntil, until > context.ruleNow { values["muted_until"] = .time(until) }
        values["digest"] = try DigestCommand.words(context.session.digest(of: context.subject.id)?.rhythm)
        if !context.isPlace {
            values["is_person"] = .flag(true)
            values["contacts"] = .list(try contacts(context))
            values["levels"] = .list(
                try ChannelsCommand.states(of: context.subject, context).map { channel, _ in
                    [
                        "channel": .word("channel.\(channel.rawValue)"),
                        "level": .word("level.\(preferences.channelLevels[channel].rawValue)"),
                    ]
                })
            values["budget"] = preferences.attentionBudget.map { .count($0) }
            values["escalation"] = .word("level.\(preferences.escalation.rawValue)")
        }
        if context.subject.stopped { values[context.isPlace ? "is_unbound" : "is_stopped"] = .flag(true) }
        if context.isOperator { values["is_operator"] = .flag(true) }
        return values
    }

    private func contacts(_ context: CommandContext) throws -> [[String: ContentValue]] {
        try context.session.contacts(of: context.subject.id).map { contact in
            var row: [String: ContentValue] = [
                "channel": .word("channel.\(contact.contact.channel.rawValue)"),
                "contact": .text(contact.contact.masked),
            ]
            if !contact.isVerified {
                row["state"] = .word("settings.contact_waiting")
            } else if contact.disabledReason != nil {
                row["state"] = .word("settings.contact_off")
            }
            return row
        }
    }
}
