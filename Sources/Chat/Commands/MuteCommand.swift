import Market
import Messages
import People

/// No alerts for a while: `/mute 2h`. What comes meanwhile is told afterwards in one message.
struct MuteCommand: Command {
    static let longest = Span.days(30)

    let name = "mute"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let buttons = ["1h", "2h", "8h", "1d"].map { ContentButton(.text($0), "/mute \($0) !") }
        guard let written = context.arguments.first else { return .sentence("mute.usage", buttons: [buttons]) }
        guard let span = Span(text: written.lowercased()) else {
            return .sentence("mute.bad", ["text": .text(UntrustedText.shown(written))], buttons: [buttons])
        }
        guard span <= MuteCommand.longest else {
            return .sentence("mute.too_long", ["limit": .span(MuteCommand.longest)], buttons: [buttons])
        }
        var subject = context.subject
        let until = context.ruleNow + span
        subject.preferences.mutedUntil = until
        try context.session.update(subject)
        return .sentence(
            "mute.done", ["until": .time(until), "span": .span(span)],
            buttons: [[ContentButton(.word("button.unmute"), "/unmute !")]])
    }
}
