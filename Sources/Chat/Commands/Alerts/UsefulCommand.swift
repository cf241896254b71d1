import Decisions
import Delivery
import Messages
import People

/// Whether an alert was of use: `/useful 12` or `/useful 12 no`, mostly by its button. The attention budget learns from it.
struct UsefulCommand: Command {
    let name = "useful"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (alert, refusal) = try context.namedAlert(which: "useful.which")
        guard let alert else { return refusal }
        let isUseful = context.word(1) != "no"
        try context.session.mark(alert.id, by: context.subject.id, useful: isUseful)
        return .sentence(isUseful ? "useful.yes" : "useful.no", ["id": .text("\(alert.id)")])
    }
}
