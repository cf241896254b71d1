import Decisions
import Market
import Messages
import People

/// Erases everything about the asker after a confirming button.
struct ForgetCommand: Command {
    let name = "forget"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        switch Confirmation.read(context.invocation, from: 0, now: context.now) {
        case .missing:
            return .sentence(
                context.isOperator ? "forget.confirm_operator" : "forget.confirm",
                buttons: [
                    [
                        ContentButton(.word("button.forget_yes"), "/forget \(Confirmation.words(at: context.now)) !"),
                        ContentButton(.word("button.export"), "/export"),
                    ]
                ])
        case .expired:
            return .sentence(
                "error.button_expired", buttons: [[ContentButton(.word("button.ask_again"), "/forget !")]])
        case .given:
            let id = context.subject.id
            let rules = try context.session.rules(of: id)
            let symbols = try context.session.subscriptions(of: id).map(\.symbol)
            try context.session.forget(id)
            return Reply(
                .sentence("forget.done"),
                effects: rules.map { .rule(.removed($0.id)) } + [.rule(.subscriptions(id, []))]
                    + symbols.map { .demand($0) },
                ownerIsErased: true)
        }
    }
}
