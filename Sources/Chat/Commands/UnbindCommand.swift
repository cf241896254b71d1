import Messages
import People

/// No more alerts into this place; its subscriptions and rules are kept.
struct UnbindCommand: Command {
    let name = "unbind"

    func scene(of invocation: Invocation) -> CommandScene { .placesOnly }

    func run(_ context: CommandContext) throws -> Reply {
        var place = context.subject
        let bind = ContentButton(.word("button.bind"), "/bind")
        if place.stopped { return .sentence("bind.not_bound", buttons: [[bind]]) }
        place.stopped = true
        try context.session.update(place)
        return .sentence("bind.ended", buttons: [[bind]])
    }
}
