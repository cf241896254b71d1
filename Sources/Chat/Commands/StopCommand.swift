import Messages
import People

/// Pauses everything; `/start` (in a place: `/bind`) goes on. Nothing is lost.
struct StopCommand: Command {
    let name = "stop"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        if context.isPlace { return try UnbindCommand().run(context) }
        var subject = context.subject
        let start = ContentButton(.word("button.start"), "/start")
        if subject.stopped { return .sentence("stop.already", buttons: [[start]]) }
        subject.stopped = true
        try context.session.update(subject)
        return .sentence("stop.done", buttons: [[start]])
    }
}
