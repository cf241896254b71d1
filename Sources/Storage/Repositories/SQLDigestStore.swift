import Delivery
package import Market
package import People
package import Reports
import Decisions

/// Digests over SQL.
package struct SQLDigestStore: DigestStore {
    /// Most alerts that one digest reads.
    private static let mostAlerts = 500

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func dueDigests(now: Timestamp, limit: Int) async throws -> [DueDigest] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT recipient_id, weekday, minute, next_at, last_at FROM digests
                WHERE next_at <= ? ORDER BY next_at, recipient_id LIMIT ?
                """, [SQLValue(now), SQLValue(max(0, limit))]
            ) { row in
                DueDigest(
                    recipient: RecipientID(row.integer(0)), rhythm: DigestTable.rhythm(row, from: 1),
                    dueAt: row.time(3), lastAt: row.optionalTime(4))
            }
        }
    }

    package func facts(for id: RecipientID, alertsIn span: Range<Timestamp>) async throws -> DigestFacts? {
        try await database.read { sql in
            let session = SQLChatSession(sql: sql)
            guard let recipient = try session.recipient(id) else { return nil }
            // The newest ones, each once however many channels it went by.
            let alerts = try sql.rows(
                """
                SELECT a.id, a.document, max(o.state = 'sent' OR coalesce(d.state = 'sent', FALSE)),
                    max(s.outcome), max(s.move)
                FROM outbox o JOIN alerts a ON a.id = o.alert_id LEFT JOIN outbox d ON d.id = o.merged_into
                LEFT JOIN scores s ON s.kind = 'opportunity' AND s.subject_id = a.id AND s.state = 'scored'
                WHERE o.recipient_id = ? AND o.alert_id IS NOT NULL AND o.created_at >= ? AND o.created_at < ?
                    AND a.document IS NOT NULL
                GROUP BY a.id ORDER BY a.id DESC LIMIT ?
                """,
                [
                    .integer(id.rawValue), SQLValue(span.lowerBound), SQLValue(span.upperBound),
                    SQLValue(Self.mostAlerts),
                ]
            ) { row in
                ToldAlert(
                    alert: StoredAlert(
                        id: AlertID(row.integer(0)), alert: try StoredJSON.decode(Alert.self, from: row.text(1))),
                    arrived: row.flag(2), score: Self.score(row, from: 3))
            }
            let later = try sql.rows(
                "SELECT due_at, document FROM later_alerts WHERE recipient_id = ? ORDER BY due_at LIMIT ?",
                [.integer(id.rawValue), SQLValue(Self.mostAlerts)]
            ) { (at: $0.time(0), alert: try StoredJSON.decode(Alert.self, from: $0.text(1))) }
            // Others are alerts that they want to hear again.
            let reminders = later.compactMap { item -> ComingItem? in
                guard case .system(let notice) = item.alert.body, let text = notice.values["text"] else { return nil }
                return ComingItem(at: item.at, kind: .reminder(text))
            }
            return DigestFacts(
                recipient: recipient, addresses: try session.addresses(of: id),
                subscriptions: try session.subscriptions(of: id).map(\.symbol), rules: try session.rules(of: id),
                alerts: alerts.reversed(), reminders: reminders)
        }
    }

    package func opportunities(in span: Range<Timestamp>, limit: Int) async throws -> [ToldAlert] {
        try await database.read { sql in
            let newest = try sql.rows(
                """
                SELECT a.id, a.document, s.outcome, s.move FROM alerts a
                LEFT JOIN scores s ON s.kind = 'opportunity' AND s.subject_id = a.id AND s.state = 'scored'
                WHERE a.created_at >= ? AND a.created_at < ? AND a.natural_key LIKE 'opportunity:%'
                    AND a.document IS NOT NULL
                ORDER BY a.id DESC LIMIT ?
                """, [SQLValue(span.lowerBound), SQLValue(span.upperBound), SQLValue(max(0, limit))]
            ) { row in
                ToldAlert(
                    alert: StoredAlert(
                        id: AlertID(row.integer(0)), alert: try StoredJSON.decode(Alert.self, from: row.text(1))),
                    arrived: true, score: Self.score(row, from: 2))
            }
            return Array(newest.reversed())
        }
    }

    /// Outcome and called move of what is scored, from a column on.
    private static func score(_ row: SQLRow, from column: Int) -> DigestEvent.Outcome? {
        guard let price = row.optionalReal(column), let move = row.optionalReal(column + 1) else { return nil }
        return DigestEvent.Outcome(price: price, move: move, isFinal: true)
    }

    package func complete(
        _ due: DueDigest, with delivery: DigestDelivery?, next: Timestamp, now: Timestamp
    ) async throws -> Bool {
        try await database.write { sql in
            let moved = try sql.execute(
                "UPDATE digests SET next_at = ?, last_at = ? WHERE recipient_id = ? AND next_at = ?",
                [SQLValue(next), SQLValue(now), .integer(due.recipient.rawValue), SQLValue(due.dueAt)])
            guard moved > 0 else { return false }
            guard let delivery else { return true }
            let outbox = OutboxTable(sql: sql)
            let mailbox = try outbox.mailbox(channel: delivery.channel, address: delivery.address)
            try outbox.add(
                OutboxTable.NewEntry(
                    recipient: delivery.recipient, lane: .low, payload: MessageCoder.encode(delivery.message, .new),
                    createdAt: now, dueAt: now), to: mailbox)
            return true
        }
    }
}

/// Rows of `digests`.
enum DigestTable {
    /// `weekday` and `minute`, from a column on.
    static func rhythm(_ row: SQLRow, from column: Int) -> DigestRhythm {
        let minute = Int(row.integer(column + 1))
        return row.optionalInteger(column).map { .weekly(weekday: Int($0), minute: minute) } ?? .daily(minute: minute)
    }
}

extension SQLChatSession {
    func digest(of id: RecipientID) throws -> (rhythm: DigestRhythm, nextAt: Timestamp)? {
        try sql.first(
            "SELECT weekday, minute, next_at FROM digests WHERE recipient_id = ?", [.integer(id.rawValue)]
        ) { (rhythm: DigestTable.rhythm($0, from: 0), nextAt: $0.time(2)) }
    }

    func setDigest(_ rhythm: DigestRhythm?, of id: RecipientID, nextAt: Timestamp) throws {
        guard let rhythm else {
            try sql.execute("DELETE FROM digests WHERE recipient_id = ?", [.integer(id.rawValue)])
            return
        }
        var weekday: Int64?
        if case .weekly(let day, _) = rhythm { weekday = Int64(day) }
        try sql.execute(
            """
            INSERT INTO digests (recipient_id, weekday, minute, next_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (recipient_id) DO UPDATE SET
                weekday = excluded.weekday, minute = excluded.minute, next_at = excluded.next_at
            """,
            [.integer(id.rawValue), SQLValue(weekday), SQLValue(rhythm.minute), SQLValue(nextAt)])
    }
}
