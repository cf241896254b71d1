import Decisions
import Market
import Messages
import People

/// Hands a rule on: `/share 7` makes a link and a code with which anybody who may use the bot gets the same rule, after
/// seeing it and confirming it as their own.
struct ShareCommand: Command {
    let name = "share"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (rule, refusal) = try context.namedRule()
        guard let rule else { return refusal }
        let (code, hash) = context.desk.codes.newCode()
        let end = context.now + SharedRule.life
        try context.session.share(rule.text, by: context.subject.id, hash: hash, at: context.now, expiresAt: end)
        let payload = SharedRule.prefix + code
        var values: [String: ContentValue] = [
            "number": .count(rule.number), "text": .text(rule.text), "code": .text("/start \(payload)"),
            "until": .time(end),
        ]
        values["link"] = context.desk.policy.startLink(payload).map { .text($0) }
        return Reply(Content("rule-share", values))
    }
}
