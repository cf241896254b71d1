import Decisions
import Messages

/// Keeps a rule, but silent.
struct PauseCommand: Command {
    let name = "pause"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (rule, refusal) = try context.namedRule()
        guard let rule else { return refusal }
        let values: [String: ContentValue] = ["number": .count(rule.number), "text": .text(rule.text)]
        let resume = ContentButton(
            .word("button.resume_number", ["number": .count(rule.number)]), "/resume \(rule.number) !")
        if rule.paused { return .sentence("alerts.already_paused", values, buttons: [[resume]]) }
        try context.session.setPaused(true, rule: rule.id)
        return .sentence("alerts.paused", values, buttons: [[resume]], effects: [.rule(.paused(rule.id))])
    }
}
