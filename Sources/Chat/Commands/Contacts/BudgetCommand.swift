import Messages
import People

/// At most so many loud alerts a day: `/budget 10`, `/budget off`.
struct BudgetCommand: Command {
    static let range = 1...500

    let name = "budget"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        var subject = context.subject
        let buttons = [5, 10, 20].map { ContentButton(.text("\($0)"), "/budget \($0) !") }
        let off = ContentButton(.word("button.budget_off"), "/budget off !")
        guard let written = context.arguments.first else {
            guard let budget = subject.preferences.attentionBudget else {
                return .sentence("budget.none", buttons: [buttons])
            }
            return .sentence("budget.current", ["count": .count(budget)], buttons: [buttons + [off]])
        }
        if ContactRegistration.offWords.contains(written.lowercased()) {
            subject.preferences.attentionBudget = nil
            try context.session.update(subject)
            return .sentence("budget.off", buttons: [buttons])
        }
        guard let budget = Int(written), BudgetCommand.range.contains(budget) else {
            return .sentence(
                "budget.bad",
                ["text": .text(UntrustedText.shown(written)), "limit": .count(BudgetCommand.range.upperBound)],
                buttons: [buttons])
        }
        subject.preferences.attentionBudget = budget
        try context.session.update(subject)
        return .sentence("budget.done", ["count": .count(budget)], buttons: [[off]])
    }
}
