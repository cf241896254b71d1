import Decisions
import Delivery
import Market
import Messages
import People

/// `/ops status`: the agent at a glance.
struct OpsStatus: OpsCommand.Subcommand {
    let name = "status"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let people = try context.session.recipientCount()
        let depths = try context.session.queueDepths(now: context.now)
        let board = context.desk.market.board
        let sources = board.sources()
        var values: [String: ContentValue] = [
            "version": .text(context.desk.operations.version),
            "uptime": .span(
                Span.seconds(max(0, (context.now - context.desk.operations.startedAt).milliseconds / 1_000))),
            "people": .count(people.people), "places": .count(people.places), "operators": .count(people.operators),
            "blocked": .count(people.blocked), "rules": .count(try context.session.ruleCount()),
            "symbols": .count(board.symbols().count),
            "pending": .count(depths.map(\.pending).reduce(0, +)), "held": .count(depths.map(\.held).reduce(0, +)),
            "dead": .count(depths.map(\.dead).reduce(0, +)),
            "live": .count(sources.filter { $0.state == .live }.count), "sources": .count(sources.count),
            "now": .time(context.now),
        ]
        if let oldest = depths.compactMap(\.oldestPending).min() { values["oldest"] = .span(context.now - oldest) }
        if try context.session.setting(OpsPause.setting) == "on" { values["is_paused"] = .flag(true) }
        if try context.session.setting(OpsDrain.setting) == "on" { values["is_draining"] = .flag(true) }
        let drift = context.now - context.ruleNow
        if abs(drift.milliseconds) > 60_000 { values["rule_now"] = .time(context.ruleNow) }
        return Reply(
            Content(
                "ops-status", values,
                buttons: [
                    [
                        ContentButton(.word("button.refresh"), "/ops status !"),
                        ContentButton(.word("button.sources"), "/ops sources"),
                        ContentButton(.word("button.queue"), "/ops queue"),
                    ]
                ]))
    }
}

/// `/ops sources`: every source, its state and what it lacks.
struct OpsSources: OpsCommand.Subcommand {
    let name = "sources"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let sources = context.desk.market.board.sources().sorted { $0.source < $1.source }
        guard !sources.isEmpty else { return .sentence("ops.no_sources") }
        let rows = sources.map { source -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "source": .text(source.source), "state": .word("source_state.\(source.state.rawValue)"),
            ]
            if !source.detail.isEmpty { row["detail"] = .text(source.detail) }
            // Receive times are on the wall clock.
            row["last_event"] = source.lastEventAt.map {
                .word("ops.last_event", ["age": .span(max(.zero, context.now - $0))])
            }
            if source.failures > 0 { row["failures"] = .count(source.failures) }
            let malformed = source.malformed.values.reduce(0, +)
            if malformed > 0 {
                let reasons = source.malformed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                row["malformed"] = .text(reasons.prefix(5).joined(separator: ", "))
            }
            if let progress = source.backfillProgress, progress < 1 { row["progress"] = .percent(progress, digits: 0) }
            return row
        }
        return Reply(
            Content(
                "ops-sources", ["rows": .list(rows)],
                buttons: [[ContentButton(.word("button.refresh"), "/ops sources !")]]))
    }
}

/// `/ops queue`: depths of the outbox, and what became of everything decided in the last hour.
struct OpsQueue: OpsCommand.Subcommand {
    static let span = Span.hours(1)

    let name = "queue"

    private static func shown(_ account: DeliveryAccount) -> ContentValue {
        guard account.decided > 0 else { return .flag(false) }
        var values: [String: ContentValue] = [
            "decided": .count(account.decided), "deliveries": .count(account.deliveries),
            "delivered": .count(account.delivered), "coalesced": .count(account.coalesced),
            "dead": .count(account.dead), "dropped": .count(account.dropped), "waiting": .count(account.waiting),
        ]
        let found = account.delivered + account.coalesced + account.dead + account.dropped + account.waiting
        if !account.isBalanced { values["missing"] = .count(account.deliveries - found) }
        return .dictionary(values)
    }

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let depths = try context.session.queueDepths(now: context.now)
        let rows = depths.map { depth -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "channel": .word("channel.\(depth.channel.rawValue)"), "pending": .count(depth.pending),
                "leased": .count(depth.leased), "held": .count(depth.held), "dead": .count(depth.dead),
            ]
            row["oldest"] = depth.oldestPending.map { .span(max(.zero, context.now - $0)) }
            return row
        }
        let account = try context.session.deliveryAccount(since: context.now - OpsQueue.span)
        guard !rows.isEmpty || account.decided > 0 else { return .sentence("ops.empty_queue") }
        return Reply(
            Content(
                "ops-queue", ["rows": .list(rows), "account": OpsQueue.shown(account)],
                buttons: [
                    [
                        ContentButton(.word("button.refresh"), "/ops queue !"),
                        ContentButton(.word("button.dead"), "/ops dead"),
                    ]
                ]))
    }
}

/// `/ops dead`: what could not be delivered, and why.
struct OpsDead: OpsCommand.Subcommand {
    private static let pageSize = 10

    let name = "dead"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let count = try context.session.queueDepths(now: context.now).map(\.dead).reduce(0, +)
        let paging = Paging(
            count: count, size: OpsDead.pageSize, wanted: arguments.first.flatMap(Int.init), command: "/ops dead")
        let letters = try context.session.deadLetters(limit: paging.range.count, offset: paging.range.lowerBound)
        guard !letters.isEmpty else { return .sentence("ops.no_dead") }
        let rows = letters.map { letter -> [String: ContentValue] in
            [
                "id": .text("\(letter.id)"), "channel": .word("channel.\(letter.channel.rawValue)"),
                "reason": .text(letter.reason), "attempts": .count(letter.attempts), "at": .time(letter.at),
            ]
        }
        var values = paging.values
        values["rows"] = .list(rows)
        return Reply(
            Content(
                "ops-dead", values,
                buttons: [paging.buttons, [ContentButton(.word("button.retry_all"), "/ops retry all !")]]
                    .filter { !$0.isEmpty }))
    }
}

/// `/ops users`: people and places, with what is needed to name them in `/ops role`.
struct OpsUsers: OpsCommand.Subcommand {
    private static let pageSize = 15

    let name = "users"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let count = try context.session.recipientCount()
        let paging = Paging(
            count: count.people + count.places, size: OpsUsers.pageSize, wanted: arguments.first.flatMap(Int.init),
            command: "/ops users")
        let shown = try context.session.recipients(limit: paging.range.count, offset: paging.range.lowerBound)
        guard !shown.isEmpty else { return .sentence("ops.no_users") }
        let rows = shown.map { entry -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "id": .text("\(entry.recipient.id)"), "kind": .word("recipient.\(entry.recipient.kind.rawValue)"),
                "role": .word("role.\(entry.recipient.role.rawValue)"),
                "identities": .text(entry.identities.map(\.description).joined(separator: ", ")),
                "since": .date(entry.recipient.createdAt),
            ]
            if entry.recipient.stopped { row["is_stopped"] = .flag(true) }
            return row
        }
        var values = paging.values
        values["rows"] = .list(rows)
        values["people"] = .count(count.people)
        values["places"] = .count(count.places)
        return Reply(Content("ops-users", values, buttons: [paging.buttons].filter { !$0.isEmpty }))
    }
}

/// `/ops log [n]`: the last lines of the log; secrets never reach it.
struct OpsLog: OpsCommand.Subcommand {
    private static let most = 60

    let name = "log"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let wanted = min(max(arguments.first.flatMap(Int.init) ?? 20, 1), OpsLog.most)
        let lines = context.desk.operations.recentLog(wanted)
        guard !lines.isEmpty else { return .sentence("ops.no_log") }
        let text = lines.suffix(wanted).map { UntrustedText.shown($0, limit: 200) }.joined(separator: "\n")
        return Reply(Content("ops-log", ["text": .text(text), "count": .count(min(lines.count, wanted))]))
    }
}
