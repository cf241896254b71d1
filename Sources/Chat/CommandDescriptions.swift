import Messages

/// The commands as a platform's menu shows them, in one language. A menu is a convenience: rights are checked when a
/// command arrives.
package struct CommandDescriptions: Sendable {
    package enum Audience: Sendable, CaseIterable {
        /// Private chats.
        case people
        /// Groups and channels.
        case places
        /// Private chats of operators.
        case operators
    }

    package struct Entry: Hashable, Sendable {
        package var name: String
        /// One line, at most 256 characters (Telegram's `BotCommand.description`).
        package var description: String
    }

    private let renderer: any ContentRendering
    private let commands: CommandList

    package init(renderer: any ContentRendering, commands: CommandList = .standard) {
        self.renderer = renderer
        self.commands = commands
    }

    package func commands(for audience: Audience, language: String) throws -> [Entry] {
        try commands.all.filter { isShown($0, to: audience) }.map { command in
            let message = try renderer.message(
                for: .sentence("command.\(command.name).summary"), reader: Reader(language: language, zone: "UTC"))
            return Entry(name: command.name, description: String(message.plainText.prefix(256)))
        }
    }

    private func isShown(_ command: any Command, to audience: Audience) -> Bool {
        // A one-time command: whoever needs it knows it from the machine's own output.
        if command.name == "claim" { return false }
        if command.access == .operator { return audience == .operators }
        let scene = command.scene(of: Invocation(name: command.name))
        return switch audience {
        case .people, .operators: scene != .placesOnly
        case .places: scene != .privateOnly
        }
    }
}
