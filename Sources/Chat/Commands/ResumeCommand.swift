import Decisions
import Messages

/// Lets a paused rule speak again.
struct ResumeCommand: Command {
    let name = "resume"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (rule, refusal) = try context.namedRule()
        guard let rule else { return refusal }
        let values: [String: ContentValue] = ["number": .count(rule.number), "text": .text(rule.text)]
        let pause = ContentButton(
            .word("button.pause_number", ["number": .count(rule.number)]), "/pause \(rule.number) !")
        if !rule.paused { return .sentence("alerts.not_paused", values, buttons: [[pause]]) }
        try context.session.setPaused(false, rule: rule.id)
        try context.openAddress()
        return .sentence("alerts.resumed", values, buttons: [[pause]], effects: [.rule(.resumed(rule.id))])
    }
}
