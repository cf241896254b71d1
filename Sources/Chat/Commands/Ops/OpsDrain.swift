import Delivery
import Market
import Messages
import People

/// `/ops drain`: what is in the outbox goes out, new alerts wait in the store, and the answer says how far it is, so that
/// the agent can be stopped with nothing on its way. `/ops resume` ends it.
struct OpsDrain: OpsCommand.Subcommand {
    static let setting = "delivery.drain"

    let name = "drain"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        var effects: [ChatEffect] = []
        if try context.session.setting(OpsDrain.setting) != "on" {
            try context.session.setSetting(OpsDrain.setting, to: "on")
            // A brake on what is to go out would never let it end.
            try context.session.setSetting(OpsPause.setting, to: nil)
            try context.session.audit("drain", by: context.subject.id, detail: "", at: context.now)
            effects = [.setting(OpsDrain.setting, "on"), .setting(OpsPause.setting, nil)]
        }
        let depths = try context.session.queueDepths(now: context.now)
        let left = depths.map { $0.pending + $0.leased }.reduce(0, +)
        let held = depths.map(\.held).reduce(0, +)
        return .sentence(
            left == 0 ? "ops.drained" : "ops.draining",
            [
                "count": .count(left), "held": .count(held),
                "stored": .count(try context.session.unexpandedAlerts()),
            ],
            buttons: [
                [
                    ContentButton(.word("button.refresh"), "/ops drain !"),
                    ContentButton(.word("button.resume"), "/ops resume !"),
                ]
            ], effects: effects)
    }
}
