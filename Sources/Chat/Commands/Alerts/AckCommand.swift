import Decisions
import Delivery
import Messages
import People

/// Says that somebody has seen an alert: `/ack 12`. It goes to no further channel then.
struct AckCommand: Command {
    let name = "ack"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (alert, refusal) = try context.namedAlert(which: "ack.which")
        guard let alert else { return refusal }
        let isNew = try context.session.acknowledge(alert.id, by: context.subject.id, at: context.now)
        let values: [String: ContentValue] = [
            "id": .text("\(alert.id)"), "headline": HistoryCommand.headline(alert.alert),
        ]
        return .sentence(isNew ? "ack.done" : "ack.already", values)
    }
}
