import Messages
import People

/// From which priority on an alert that nobody acknowledges goes to the next channel: `/escalate high|critical|off`.
struct EscalateCommand: Command {
    let name = "escalate"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        var subject = context.subject
        let buttons = [
            ContentButton(.word("level.high"), "/escalate high !"),
            ContentButton(.word("level.critical"), "/escalate critical !"),
            ContentButton(.word("level.off"), "/escalate off !"),
        ]
        guard let word = context.word(0) else {
            return .sentence("escalate.current_\(subject.preferences.escalation.rawValue)", buttons: [buttons])
        }
        let level: ChannelLevel
        switch word {
        case "high": level = .high
        case "critical": level = .critical
        case let word where ContactRegistration.offWords.contains(word): level = .off
        default: return .sentence("escalate.bad", ["text": .text(UntrustedText.shown(word))], buttons: [buttons])
        }
        subject.preferences.escalation = level
        try context.session.update(subject)
        return .sentence("escalate.current_\(level.rawValue)", buttons: [buttons])
    }
}
