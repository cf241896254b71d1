import Decisions
import Delivery
import Market
import Messages
import People

/// `/ops broadcast TEXT`: one message to every person and bound place. The text waits in the store for its button, and
/// goes through the outbox like an alert, with each reader's quiet hours, limits and pace.
struct OpsBroadcast: OpsCommand.Subcommand {
    static let life = Span.minutes(10)
    /// Longest text, in characters.
    static let mostText = 1_000

    let name = "broadcast"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        if arguments.count == 2, let token = Int64(arguments[1]) {
            switch arguments[0] {
            case "yes": return try confirm(token, context)
            case "no":
                _ = try context.session.takeBroadcast(token, by: context.subject.id, at: context.now)
                return .sentence("ops.broadcast_cancelled")
            default: break
            }
        }
        let text = String(context.invocation.rest.drop { $0 != " " }.drop { $0 == " " })
        guard !text.isEmpty else { return .sentence("ops.broadcast_usage") }
        guard text.count <= OpsBroadcast.mostText else {
            return .sentence("ops.broadcast_too_long", ["limit": .count(OpsBroadcast.mostText)])
        }
        let token = try context.session.addBroadcast(
            text, by: context.subject.id, expiresAt: context.now + OpsBroadcast.life)
        return Reply(
            Content(
                "ops-broadcast", ["text": .text(text), "count": .count(try context.session.broadcastReach())],
                buttons: [
                    [
                        ContentButton(.word("button.broadcast_yes"), "/ops broadcast yes \(token) !"),
                        ContentButton(.word("button.cancel_send"), "/ops broadcast no \(token) !"),
                    ]
                ]))
    }

    private func confirm(_ token: Int64, _ context: CommandContext) throws -> Reply {
        guard let text = try context.session.takeBroadcast(token, by: context.subject.id, at: context.now) else {
            return .sentence("error.button_expired")
        }
        let reach = try context.session.broadcastReach()
        try context.session.publish(
            Alert(
                naturalKey: "broadcast:\(token)", symbol: nil, priority: .low, issuedAt: context.ruleNow,
                audience: .everybody,
                body: .system(
                    SystemNotice(severity: .info, key: SystemNotice.broadcast, values: ["text": text]))),
            now: context.now)
        try context.session.audit(
            "broadcast", by: context.subject.id, detail: UntrustedText.shown(text, limit: 200), at: context.now)
        return .sentence("ops.broadcast_sent", ["count": .count(reach)])
    }
}
