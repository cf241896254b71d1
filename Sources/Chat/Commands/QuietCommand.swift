import Messages
import People

/// Sets the daily hours in which only critical alerts come: `/quiet 22:00-07:00`, `/quiet off`.
struct QuietCommand: Command {
    let name = "quiet"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        var subject = context.subject
        let off = ContentButton(.word("button.quiet_off"), "/quiet off !")
        let usual = ContentButton(.text("22:00-07:00"), "/quiet 22:00-07:00 !")
        guard !context.arguments.isEmpty else {
            guard let quiet = subject.preferences.quietHours else {
                return .sentence("quiet.none", buttons: [[usual]])
            }
            return .sentence(
                "quiet.current", ["hours": .text(quiet.text), "zone": .text(subject.preferences.zone)], buttons: [[off]]
            )
        }
        // `22:00 - 07:00` means the same.
        let text = context.arguments.joined()
        if ["off", "no", "none"].contains(text.lowercased()) {
            subject.preferences.quietHours = nil
            try context.session.update(subject)
            return .sentence("quiet.off")
        }
        guard let quiet = QuietHours(text) else {
            return .sentence("quiet.bad", ["text": .text(UntrustedText.shown(text))], buttons: [[usual]])
        }
        subject.preferences.quietHours = quiet
        try context.session.update(subject)
        return .sentence(
            "quiet.done", ["hours": .text(quiet.text), "zone": .text(subject.preferences.zone)],
            buttons: [[off, ContentButton(.word("button.timezone"), "/timezone")]])
    }
}
