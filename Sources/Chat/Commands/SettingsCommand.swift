import Market
import Messages
import People

/// What was chosen, with buttons to choose anew.
struct SettingsCommand: Command {
    let name = "settings"

    func run(_ context: CommandContext) throws -> Reply {
        let preferences = context.subject.preferences
        let language = context.desk.policy.languages.first { $0.code == preferences.language }?.name
        var values: [String: ContentValue] = [
            "language": .text(language ?? preferences.language), "zone": .text(preferences.zone),
            "now": .time(context.now),
        ]
        values["quiet"] = preferences.quietHours.map { .text($0.text) }
        if let until = preferences.mutedUntil, until > context.ruleNow { values["muted_until"] = .time(until) }
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
        let languages = context.desk.policy.languages.filter { $0.code != preferences.language }.prefix(2).map {
            ContentButton(.text($0.name), "/language \($0.code)")
        }
        return Reply(
            Content(
                "settings", values,
                buttons: [
                    languages + [ContentButton(.word("button.timezone"), "/timezone")],
                    context.isPlace ? [] : [ContentButton(.word("button.channels"), "/channels")],
                    [
                        preferences.quietHours == nil
                            ? ContentButton(.word("button.quiet_on"), "/quiet 22:00-07:00")
                            : ContentButton(.word("button.quiet_off"), "/quiet off"),
                        ContentButton(.word("button.mute"), "/mute 2h"),
                    ],
                ].filter { !$0.isEmpty }))
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
