import Decisions
import Delivery
import Market
import People

/// Decides, inside the transaction that makes the entries of an alert, how it goes to a mailbox: at once, together with
/// others, later, or not at all and why. The rules are those of `Delivery/Routing`; this reads and stores their state.
struct AlertRouter {
    /// Rule time of entries that only their group's flush lets go.
    static let never = Timestamp(milliseconds: .max)

    let sql: SQLConnection
    let settings: RoutingSettings
    /// Wall clock.
    let now: Timestamp

    enum Placing {
        case send
        case collect(group: Int64, flushAt: Timestamp)
        /// Until a rule time.
        case hold(until: Timestamp, reason: String)
        case drop(reason: String)
    }

    func placing(of alert: Alert, in mailbox: OutboxTable.Mailbox) throws -> Placing {
        // What is over is over, whether its good news may be told now or not.
        try endSituation(alert, in: mailbox)
        if let silenced = try silenced(alert) { return silenced }
        if let reason = try repetition(alert, in: mailbox) ?? echo(alert, in: mailbox) { return .drop(reason: reason) }
        return try group(alert, in: mailbox)
    }

    private func silenced(_ alert: Alert) throws -> Placing? {
        for silence in try SilenceTable(sql: sql).active(at: alert.issuedAt) {
            let reason = "silence \(silence.id): \(silence.reason)"
            switch silence.effect(on: alert) {
            case .none: continue
            case .hold: return .hold(until: silence.endsAt, reason: reason)
            case .drop: return .drop(reason: reason)
            }
        }
        return nil
    }

    private func endSituation(_ alert: Alert, in mailbox: OutboxTable.Mailbox) throws {
        guard let subject = Situation.ended(by: alert) else { return }
        try sql.execute(
            "DELETE FROM alert_groups WHERE mailbox_id = ? AND kind LIKE 'told:%' AND substr(kind, -length(?)) = ?",
            [.integer(mailbox.id), .text(subject), .text(subject)])
    }

    /// A trouble that was told already, and goes on.
    private func repetition(_ alert: Alert, in mailbox: OutboxTable.Mailbox) throws -> String? {
        guard let situation = Situation(alert) else { return nil }
        let groups = GroupTable(sql: sql)
        let kind = "told:\(situation.name)"
        if let told = try groups.latest(kind: kind, mailbox: mailbox.id)?.group.eventAt,
            alert.issuedAt >= told, alert.issuedAt < told + settings.repeatInterval
        {
            return "told already, and again when it has lasted on"
        }
        try groups.note(kind: kind, mailbox: mailbox.id, at: alert.issuedAt)
        return nil
    }

    private func echo(_ alert: Alert, in mailbox: OutboxTable.Mailbox) throws -> String? {
        guard case .opportunity = alert.body,
            let moved = try GroupTable(sql: sql).latest(kind: GroupFlush.marketKind, mailbox: mailbox.id),
            let side = moved.side.flatMap(Opportunity.Side.init),
            MarketMove.isEcho(alert, of: side, movedAt: moved.group.eventAt, settings: settings)
        else { return nil }
        return "echo of a market-wide move"
    }

    private func group(_ alert: Alert, in mailbox: OutboxTable.Mailbox) throws -> Placing {
        let groups = GroupTable(sql: sql)
        let relation = AlertRelation(alert, settings: settings)
        let known = try groups.latest(kind: relation.kind, mailbox: mailbox.id)
        var group = AlertGroup(eventAt: alert.issuedAt)
        // A row whose event is over is used again, unless something still waits in it.
        var row: Int64?
        if let known {
            if known.group.covers(alert.issuedAt, interval: settings.groupInterval) {
                group = known.group
                row = known.id
            } else if known.group.flushAt == nil {
                row = known.id
            }
        }
        let placing = group.place(relation, priority: alert.priority, settings: settings, now: now)
        let id: Int64
        if let row {
            try groups.update(row, group)
            id = row
        } else {
            id = try groups.insert(group, kind: relation.kind, mailbox: mailbox.id)
        }
        return switch placing {
        case .alone: .send
        case .collected(let flushAt): .collect(group: id, flushAt: flushAt)
        }
    }

    /// Waits for an acknowledgement of the alert, where its reader chose that.
    func startEscalation(of alert: StoredAlert, for recipient: RecipientID) throws {
        if case .system(let notice) = alert.alert.body, notice.isReminder || notice.key == SystemNotice.test { return }
        try Escalations(sql: sql, settings: settings, now: now).start(alert, for: recipient)
    }
}
