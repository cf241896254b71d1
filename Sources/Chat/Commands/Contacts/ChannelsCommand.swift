import Messages
import People

/// Which severity goes to which channel: `/channels`, `/channels email critical`, `/channels default`.
struct ChannelsCommand: Command {
    let name = "channels"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        guard let first = context.word(0) else { return try view(context.subject, context) }
        var subject = context.subject
        if ["default", "reset"].contains(first) {
            subject.preferences.channelLevels = ChannelLevels()
        } else {
            guard let channel = ChannelsCommand.channels[first], channel != .terminal else {
                return refusal("channels.bad_channel", first)
            }
            guard let word = context.word(1) else { return try choices(channel, context) }
            guard let level = ChannelsCommand.level(word), ChannelLevels.choices(channel).contains(level) else {
                return refusal(channel == .sms ? "channels.bad_sms_level" : "channels.bad_level", word)
            }
            subject.preferences.channelLevels[channel] = level
        }
        try context.session.update(subject)
        return try view(subject, context)
    }

    private func refusal(_ key: String, _ text: String) -> Reply {
        .sentence(
            key, ["text": .text(UntrustedText.shown(text))],
            buttons: [[ContentButton(.word("button.channels"), "/channels !")]])
    }

    /// One line a channel that there is, with its state, and a button to change it.
    private func view(_ subject: Recipient, _ context: CommandContext) throws -> Reply {
        let shown = try ChannelsCommand.states(of: subject, context)
        let rows = shown.map { channel, state -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "channel": .word("channel.\(channel.rawValue)"),
                "level": .word("level.\(subject.preferences.channelLevels[channel].rawValue)"),
            ]
            if let state { row["state"] = .word("channels.\(state)") }
            return row
        }
        let buttons = shown.map(\.channel).filter { $0 != .terminal }.map {
            ContentButton(.word("channel.\($0.rawValue)"), "/channels \($0.rawValue) !")
        }
        var lines = stride(from: 0, to: buttons.count, by: 2).map { Array(buttons[$0..<min($0 + 2, buttons.count)]) }
        if !subject.preferences.channelLevels.isStandard {
            lines.append([ContentButton(.word("button.defaults"), "/channels default !")])
        }
        return Reply(Content("channels", ["rows": .list(rows)], buttons: lines))
    }

    private func choices(_ channel: ChannelKind, _ context: CommandContext) throws -> Reply {
        let levels = ChannelLevels.choices(channel)
        return .sentence(
            "channels.choose",
            [
                "channel": .word("channel.\(channel.rawValue)"),
                "level": .word("level.\(context.subject.preferences.channelLevels[channel].rawValue)"),
            ],
            buttons: levels.map {
                [ContentButton(.word("level.\($0.rawValue)"), "/channels \(channel.rawValue) \($0.rawValue) !")]
            })
    }

    /// Channels that the person has or could have, with what is missing, as the end of a `channels.` key.
    static func states(
        of subject: Recipient, _ context: CommandContext
    ) throws -> [(channel: ChannelKind, state: String?)] {
        let addresses = try context.session.addresses(of: subject.id)
        return ChannelKind.allCases.compactMap { channel in
            let own = addresses.filter { $0.channel == channel }
            if own.contains(where: { $0.disabledReason == nil }) {
                let isMute = channel.isContact && !context.desk.policy.contacts.channels.contains(channel)
                return (channel, isMute ? "not_set_up" : nil)
            }
            if !own.isEmpty { return (channel, "disabled") }
            guard channel.isContact, context.desk.policy.contacts.channels.contains(channel) else { return nil }
            return (channel, "no_\(channel.rawValue)")
        }
    }

    private static let channels: [String: ChannelKind] = [
        "telegram": .telegram, "discord": .discord, "email": .email, "e-mail": .email, "mail": .email,
        "correo": .email, "sms": .sms, "phone": .sms, "terminal": .terminal,
    ]

    private static func level(_ word: String) -> ChannelLevel? {
        if ["all", "todo", "on"].contains(word) { return .low }
        if ["none", "no", "never"].contains(word) { return .off }
        return ChannelLevel(rawValue: word)
    }
}
