import Messages
import People

/// Alerts of this place's subscriptions and rules come here from now on.
struct BindCommand: Command {
    let name = "bind"

    func scene(of invocation: Invocation) -> CommandScene { .placesOnly }

    func run(_ context: CommandContext) throws -> Reply {
        var place = context.subject
        try context.openAddress()
        let buttons = [
            [ContentButton(.word("button.subscribe"), "/subscribe"), ContentButton(.word("button.unbind"), "/unbind")]
        ]
        guard place.stopped else { return .sentence("bind.already", buttons: buttons) }
        place.stopped = false
        try context.session.update(place)
        return .sentence("bind.done", buttons: buttons)
    }
}
