import Decisions
import Market
import Messages

/// Deletes a rule after a confirming button, which dies after a minute.
struct DeleteCommand: Command {
    let name = "delete"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (rule, refusal) = try context.namedRule()
        guard let rule else { return refusal }
        let values: [String: ContentValue] = ["number": .count(rule.number), "text": .text(rule.text)]
        switch Confirmation.read(context.invocation, from: 1, now: context.now) {
        case .missing:
            return .sentence(
                "alerts.confirm_delete", values,
                buttons: [
                    [
                        ContentButton(
                            .word("button.delete_number", ["number": .count(rule.number)]),
                            "/delete \(rule.number) \(Confirmation.words(at: context.now)) !"),
                        ContentButton(.word("button.keep"), "/alerts !"),
                    ]
                ])
        case .expired:
            return .sentence(
                "error.button_expired",
                buttons: [[ContentButton(.word("button.ask_again"), "/delete \(rule.number) !")]])
        case .given:
            try context.session.deleteRule(rule.id)
            let symbols: [Symbol] =
                if case .understood(let read) = context.desk.rules.read(rule.text) { read.watched } else { [] }
            return .sentence(
                "alerts.deleted", values, effects: [.rule(.removed(rule.id))] + symbols.map { .demand($0) })
        }
    }
}
