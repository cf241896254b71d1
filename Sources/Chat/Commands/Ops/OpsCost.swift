import Delivery
import Market
import Messages
import People

/// `/ops cost`: what runs up a bill, against its caps, and how much went out.
struct OpsCost: OpsCommand.Subcommand {
    let name = "cost"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        var values: [String: ContentValue] = [:]
        if let caps = context.desk.operations.smsCaps {
            let usage = try context.session.smsUsage(at: context.now)
            values["sms"] = .dictionary([
                "day": .count(usage.day), "daily": .count(caps.daily), "month": .count(usage.month),
                "monthly": .count(caps.monthly),
            ])
        }
        let sent = try context.session.sentCounts(since: context.now - .days(1))
        values["sent"] = .list(
            sent.map { ["channel": .word("channel.\($0.channel.rawValue)"), "count": .count($0.count)] })
        values["has_sent"] = .flag(!sent.isEmpty)
        return Reply(
            Content("ops-cost", values, buttons: [[ContentButton(.word("button.refresh"), "/ops cost !")]]))
    }
}
