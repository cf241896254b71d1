import Chat
import Decisions
import Delivery
import Market
import People

/// Writes what became of sends and frees their mailboxes.
struct OutcomeRecorder {
    let sql: SQLConnection
    /// Words for whoever loses a channel; `nil`: nobody is told.
    var renderer: (any ContentRendering)? = nil
    let now: Timestamp
    /// Sent alerts are followed and their messages edited.
    var keepsAlive = false

    private struct Sent {
        var mailbox: Int64
        var channel: ChannelKind
        var address: String
        var lane: Int64
        var state: String
        var recipient: RecipientID?
        var isReply: Bool
        var alert: AlertID?
        var group: Int64?
        /// Zone of a recipient with an attention budget.
        var budgetZone: String?
    }

    private struct LaneKey: Hashable {
        var mailbox: Int64
        var lane: Int64
        var channel: ChannelKind
    }

    func record(_ outcomes: [OutboxOutcome]) throws {
        let entries = try load(outcomes.map(\.id.rawValue))
        var lanes: Set<LaneKey> = []
        var freed: Set<Int64> = []
        var abandoned: Set<Int64> = []
        var moves: [(channel: ChannelKind, from: String, to: String)] = []
        var sent: [(outcome: OutboxOutcome, entry: Sent)] = []
        for outcome in outcomes {
            guard let entry = entries[outcome.id.rawValue], accepts(outcome.result, entry.state) else { continue }
            try write(outcome, entry)
            try noteStage(outcome, entry)
            if case .sent = outcome.result { sent.append((outcome, entry)) }
            lanes.insert(LaneKey(mailbox: entry.mailbox, lane: entry.lane, channel: entry.channel))
            // A late answer to an entry whose lease ran out must not free a mailbox that is under the next lease.
            if entry.state == "leased" { freed.insert(entry.mailbox) }
            if case .moved(let target) = outcome.result { moves.append((entry.channel, entry.address, target)) }
            if entry.isReply, entry.recipient == nil, case .sent = outcome.result { abandoned.insert(entry.mailbox) }
        }
        try follow(sent)
        let table = OutboxTable(sql: sql)
        // Before the others of their mailbox are offered again, so that none is offered twice.
        for key in lanes {
            let isLeased =
                try !freed.contains(key.mailbox)
                && sql.integer("SELECT leased FROM mailboxes WHERE id = ?", [.integer(key.mailbox)]) == 1
            try table.refreshHead(
                of: OutboxTable.Mailbox(id: key.mailbox, channel: key.channel, isLeased: isLeased), lane: key.lane)
        }
        try table.free(freed)
        for move in moves {
            try ChatMove(sql: sql).move(channel: move.channel, from: move.from, to: move.to)
        }
        for mailbox in abandoned {
            // The last word to somebody who is not known any more: the address goes with it.
            try sql.execute(
                "DELETE FROM mailboxes WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE mailbox_id = ?)",
                [.integer(mailbox), .integer(mailbox)])
        }
    }

    /// Whatever else happened meanwhile, a message that arrived has arrived.
    private func accepts(_ result: OutboxOutcome.Result, _ state: String) -> Bool {
        if case .sent = result { return state == "leased" || state == "pending" }
        return state == "leased"
    }

    private func load(_ ids: [Int64]) throws -> [Int64: Sent] {
        var entries: [Int64: Sent] = [:]
        try SQLList.forEach(ids) { keys in
            let rows = try sql.rows(
                """
                SELECT o.id, o.mailbox_id, o.channel, m.address, o.lane, o.state, o.recipient_id,
                    o.alert_id IS NULL AND o.is_digest = 0, o.alert_id, o.group_id,
                    CASE WHEN r.attention_budget IS NOT NULL THEN r.zone END
                FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
                LEFT JOIN recipients r ON r.id = o.recipient_id WHERE o.id IN (\(keys.placeholders))
                """, keys.values
            ) { row in
                (
                    row.integer(0),
                    Sent(
                        mailbox: row.integer(1), channel: try row.raw(2), address: row.text(3), lane: row.integer(4),
                        state: row.text(5), recipient: row.optionalInteger(6).map { RecipientID($0) },
                        isReply: row.flag(7), alert: row.optionalInteger(8).map { AlertID($0) },
                        group: row.optionalInteger(9), budgetZone: row.optionalText(10))
                )
            }
            for (id, entry) in rows { entries[id] = entry }
        }
        return entries
    }

    private func write(_ outcome: OutboxOutcome, _ entry: Sent) throws {
        let id = SQLValue.integer(outcome.id.rawValue)
        switch outcome.result {
        case .sent(let messageID):
            // A reply goes with the others of its batch.
            if !entry.isReply {
                try finish(id, "sent", reason: nil, messageID: messageID)
                try countLoud(outcome, entry)
                if let group = entry.group, let messageID {
                    try sql.execute(
                        "UPDATE alert_groups SET message_id = ? WHERE id = ?", [.text(messageID), .integer(group)])
                }
            }
        case .retry(let at, let reason):
            try sql.execute(
                """
                UPDATE outbox SET state = 'pending', due_at = ?, reason = ?, begun_at = NULL, lease_until = NULL,
                    lease_owner = NULL, possible_repeat = CASE WHEN ? = 1 THEN 1 ELSE possible_repeat END WHERE id = ?
                """, [SQLValue(at), .text(reason), SQLValue(outcome.mayHaveArrived), id])
        case .held(let until, let reason):
            try sql.execute(
                """
                UPDATE outbox SET state = 'held', held_until = ?, reason = ?, begun_at = NULL, lease_until = NULL,
                    lease_owner = NULL WHERE id = ?
                """, [SQLValue(until), .text(reason), id])
        case .summarised(let day):
            try DaySummary(sql: sql, now: now).add(outcome.id, of: entry.mailbox, day: day)
        case .dead(let reason):
            try finish(id, "dead", reason: reason)
        case .dropped(let reason):
            try finish(id, "dropped", reason: reason)
            try sql.execute("UPDATE outbox SET payload = NULL WHERE id = ?", [id])
        case .addressGone(let reason):
            try finish(id, "dead", reason: reason)
            try AddressClosing(sql: sql, renderer: renderer, now: now).close(
                channel: entry.channel, address: entry.address, reason: reason)
        case .moved:
            try sql.execute(
                """
                UPDATE outbox SET state = 'pending', due_at = ?, reason = 'moved', begun_at = NULL,
                    lease_until = NULL, lease_owner = NULL WHERE id = ?
                """, [SQLValue(now), id])
        }
    }

    /// What the entry will not show any more once it went on.
    private func noteStage(_ outcome: OutboxOutcome, _ entry: Sent) throws {
        guard !entry.isReply else { return }
        let stage: (kind: DeliveryStage.Kind, detail: String)
        switch outcome.result {
        case .retry(_, let reason): stage = (.retried, reason)
        case .held(_, let reason): stage = (.held, reason)
        case .summarised: stage = (.held, "attention budget")
        case .moved: stage = (.moved, "")
        case .sent, .dead, .dropped, .addressGone: return
        }
        try StageTable(sql: sql).add(
            stage.kind, entry: outcome.id.rawValue, recipient: entry.recipient, at: now, detail: stage.detail)
    }

    private func finish(_ id: SQLValue, _ state: String, reason: String?, messageID: String? = nil) throws {
        try sql.execute(
            """
            UPDATE outbox SET state = ?, reason = ?, provider_message_id = ?, finished_at = ?, begun_at = NULL,
                lease_until = NULL, lease_owner = NULL WHERE id = ?
            """, [.text(state), SQLValue(reason), SQLValue(messageID), SQLValue(now), id])
    }

    /// Counts a loud alert against the day of its rule time, where the recipient has an attention budget; once, on however
    /// many channels it goes.
    private func countLoud(_ outcome: OutboxOutcome, _ entry: Sent) throws {
        guard let zone = entry.budgetZone, let recipient = entry.recipient, let time = outcome.countedAt,
            let alert = entry.alert, entry.lane < Int64(Lane.low.rawValue)
        else { return }
        let sends = try sql.integer(
            "SELECT count(*) FROM outbox WHERE alert_id = ? AND recipient_id = ? AND state = 'sent'",
            [.integer(alert.rawValue), .integer(recipient.rawValue)])
        guard sends == 1 else { return }
        try sql.execute(
            """
            INSERT INTO attention (recipient_id, day, loud) VALUES (?, ?, 1)
            ON CONFLICT (recipient_id) DO UPDATE SET
                loud = CASE WHEN attention.day = excluded.day THEN attention.loud + 1 ELSE 1 END, day = excluded.day
            """, [.integer(recipient.rawValue), .integer(AttentionBudget.day(of: time, zone: zone))])
    }

    /// What follows from sends for the whole batch: replies go, alerts are counted and followed.
    private func follow(_ sent: [(outcome: OutboxOutcome, entry: Sent)]) throws {
        guard !sent.isEmpty else { return }
        // Nobody asks for an old reply, and there are very many.
        try SQLList.forEach(sent.filter(\.entry.isReply).map(\.outcome.id.rawValue)) { keys in
            try sql.execute("DELETE FROM outbox WHERE id IN (\(keys.placeholders))", keys.values)
        }
        var hours: [Timestamp: [Int64]] = [:]
        for (outcome, entry) in sent where !entry.isReply && entry.recipient != nil {
            guard let time = outcome.countedAt else { continue }
            hours[Timeframe.h1.openTime(containing: time), default: []].append(outcome.id.rawValue)
        }
        for (hour, ids) in hours.sorted(by: { $0.key < $1.key }) { try count(ids, in: hour) }
        guard keepsAlive else { return }
        try LivingTable(sql: sql).open(
            sent.filter { $0.entry.alert != nil && LivingTable.channels.contains($0.entry.channel) }
                .map(\.outcome.id.rawValue), now: now)
    }

    /// Counts alerts against the hour of their rule time. Only the latest hour is kept; one of the hour before, recorded
    /// late, is left out, and a clock that was set back begins anew.
    private func count(_ ids: [Int64], in hour: Timestamp) throws {
        try SQLList.forEach(ids) { keys in
            try sql.execute(
                """
                INSERT INTO hourly_usage (recipient_id, channel, hour, total, critical)
                SELECT r.id, o.channel, ?, count(*), sum(CASE WHEN o.lane = ? THEN 1 ELSE 0 END)
                FROM outbox o JOIN recipients r ON r.id = o.recipient_id
                WHERE o.id IN (\(keys.placeholders)) GROUP BY r.id, o.channel
                ON CONFLICT (recipient_id, channel) DO UPDATE SET
                    total = CASE WHEN hourly_usage.hour = excluded.hour
                        THEN hourly_usage.total + excluded.total ELSE excluded.total END,
                    critical = CASE WHEN hourly_usage.hour = excluded.hour
                        THEN hourly_usage.critical + excluded.critical ELSE excluded.critical END,
                    hour = excluded.hour
                WHERE hourly_usage.hour <> excluded.hour + ?
                """,
                [SQLValue(hour), SQLValue(Lane.critical.rawValue)] + keys.values
                    + [.integer(Timeframe.h1.span.milliseconds)])
        }
    }
}
