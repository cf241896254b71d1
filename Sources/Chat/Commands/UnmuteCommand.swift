import Market
import Messages
import People

/// Ends `/mute`.
struct UnmuteCommand: Command {
    let name = "unmute"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        var subject = context.subject
        guard let until = subject.preferences.mutedUntil, until > context.ruleNow else {
            return .sentence("mute.not_muted")
        }
        subject.preferences.mutedUntil = nil
        try context.session.update(subject)
        return .sentence("mute.ended")
    }
}
