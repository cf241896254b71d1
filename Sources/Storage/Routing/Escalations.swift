import Decisions
import Delivery
import Market
import People

/// Alerts that nobody acknowledged go to the next channel.
struct Escalations {
    let sql: SQLConnection
    let settings: RoutingSettings
    /// Wall clock.
    let now: Timestamp
    /// Channels that have a sender.
    var channels = Set(ChannelKind.allCases)

    func start(_ alert: StoredAlert, for recipient: RecipientID) throws {
        let floor = try sql.first(
            "SELECT escalate_from FROM recipients WHERE id = ? AND escalate_from IS NOT NULL",
            [.integer(recipient.rawValue)]
        ) { $0.text(0) }
        guard let floor = floor.flatMap(Priority.init), alert.alert.priority >= floor else { return }
        try sql.execute(
            """
            INSERT INTO escalations (recipient_id, alert_id, due_at) VALUES (?, ?, ?)
            ON CONFLICT (recipient_id, alert_id) DO NOTHING
            """,
            [
                .integer(recipient.rawValue), .integer(alert.id.rawValue), SQLValue(now + settings.escalateAfter),
            ])
    }

    /// Takes the next step of at most `limit` alerts. Returns how many were due.
    func run(limit: Int) throws -> Int {
        let due = try sql.rows(
            "SELECT recipient_id, alert_id FROM escalations WHERE due_at <= ? ORDER BY due_at LIMIT ?",
            [SQLValue(now), SQLValue(limit)]
        ) { (recipient: RecipientID($0.integer(0)), alert: AlertID($0.integer(1))) }
        for item in due {
            let key: [SQLValue] = [.integer(item.recipient.rawValue), .integer(item.alert.rawValue)]
            switch try step(item.alert, for: item.recipient) {
            case .over:
                try sql.execute("DELETE FROM escalations WHERE recipient_id = ? AND alert_id = ?", key)
                continue
            case .wait, .went: break
            }
            try sql.execute(
                "UPDATE escalations SET due_at = ? WHERE recipient_id = ? AND alert_id = ?",
                [SQLValue(now + settings.escalateAfter)] + key)
        }
        return due.count
    }

    private enum Step {
        case went
        /// It waits for quiet hours or a silence to end: its reader could not know of it.
        case wait
        /// No channel is left, or nobody has to hear of it any more.
        case over
    }

    private func step(_ id: AlertID, for recipient: RecipientID) throws -> Step {
        var reader = AlertReader(sql: sql)
        let isAnswered = try sql.integer(
            "SELECT count(*) FROM alert_answers WHERE recipient_id = ? AND alert_id = ? AND acknowledged_at IS NOT NULL",
            [.integer(recipient.rawValue), .integer(id.rawValue)])
        guard isAnswered == 0, let person = try RecipientTable(sql: sql).find(recipient), !person.stopped,
            person.role != .blocked, let alert = try reader.alert(id)
        else { return .over }
        // What went into a digest is as far as the digest is.
        let told = try sql.rows(
            """
            SELECT o.channel, CASE WHEN o.state = 'coalesced' THEN coalesce(d.state, o.state) ELSE o.state END
            FROM outbox o LEFT JOIN outbox d ON d.id = o.merged_into WHERE o.recipient_id = ? AND o.alert_id = ?
            """,
            [.integer(recipient.rawValue), .integer(id.rawValue)]
        ) { (channel: try $0.raw(0, as: ChannelKind.self), state: $0.text(1)) }
        // What was left out for a reason (a silence, an echo) is nothing to answer.
        let live = told.filter { $0.state != "dropped" }
        if live.isEmpty { return .over }
        if live.allSatisfy({ $0.state == "held" }) { return .wait }
        let used = Set(told.map(\.channel))
        let addresses = try sql.rows(
            "SELECT channel, value FROM addresses WHERE recipient_id = ? AND disabled_reason IS NULL ORDER BY value",
            [.integer(recipient.rawValue)]
        ) { Address(channel: try $0.raw(0), value: $0.text(1)) }.filter {
            channels.contains($0.channel) && person.preferences.channelLevels[$0.channel] != .off
        }
        guard
            let next = EscalationOrder.next(
                after: used, among: Set(addresses.map(\.channel)), priority: alert.alert.priority)
        else { return .over }
        let outbox = OutboxTable(sql: sql)
        for address in addresses where address.channel == next {
            try outbox.add(
                OutboxTable.NewEntry(
                    recipient: recipient, alert: id, lane: Lane(alert.alert.priority), createdAt: now, dueAt: now),
                to: try outbox.mailbox(channel: address.channel, address: address.value))
        }
        return .went
    }
}
