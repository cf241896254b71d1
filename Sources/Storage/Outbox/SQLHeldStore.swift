import Delivery
package import Market
import People

/// Held alerts whose window has opened.
package struct SQLHeldStore: HeldStore {
    /// Most alerts of one digest; what is beyond becomes a further one.
    static let digestSize = 100

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func releaseHeld(ruleTime: Timestamp, now: Timestamp, limit: Int) async throws -> Int {
        try await database.write { sql in
            let release = HeldRelease(sql: sql, ruleTime: ruleTime, now: now)
            var served = 0
            while served < limit, try release.next() { served += 1 }
            return served
        }
    }

    package func nextHeld() async throws -> Timestamp? {
        try await database.read { sql in
            try sql.integer("SELECT min(held_until) FROM outbox WHERE state = 'held'").map {
                Timestamp(milliseconds: $0)
            }
        }
    }
}

/// Merges what one address was spared.
struct HeldRelease {
    let sql: SQLConnection
    let ruleTime: Timestamp
    let now: Timestamp

    private struct Held {
        var id: Int64
        var lane: Int64
        var isReply: Bool
        var isDigest: Bool
        var recipient: RecipientID?
        var possibleRepeat: Bool
    }

    /// Serves the address whose entry has been due longest. False when none is.
    func next() throws -> Bool {
        let mailbox = try sql.first(
            """
            SELECT m.id, m.channel, m.leased FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE o.state = 'held' AND o.held_until <= ? ORDER BY o.held_until LIMIT 1
            """, [SQLValue(ruleTime)]
        ) { OutboxTable.Mailbox(id: $0.integer(0), channel: try $0.raw(1), isLeased: $0.flag(2)) }
        guard let mailbox else { return false }
        let held = try sql.rows(
            """
            SELECT id, lane, alert_id IS NULL AND is_digest = 0, is_digest, recipient_id, possible_repeat FROM outbox
            WHERE mailbox_id = ? AND state = 'held' AND held_until <= ? ORDER BY id
            """, [.integer(mailbox.id), SQLValue(ruleTime)]
        ) { row in
            Held(
                id: row.integer(0), lane: row.integer(1), isReply: row.flag(2), isDigest: row.flag(3),
                recipient: row.optionalInteger(4).map { RecipientID($0) }, possibleRepeat: row.flag(5))
        }
        for reply in held where reply.isReply { try free(reply, in: mailbox) }
        let alerts = held.filter { !$0.isReply }
        var start = 0
        while start < alerts.count {
            let end = min(start + SQLHeldStore.digestSize, alerts.count)
            if end - start == 1 {
                try free(alerts[start], in: mailbox)
            } else {
                try merge(alerts[start..<end], in: mailbox)
            }
            start = end
        }
        return true
    }

    private func free(_ entry: Held, in mailbox: OutboxTable.Mailbox) throws {
        try sql.execute(
            "UPDATE outbox SET state = 'pending', held_until = NULL, due_at = ?, reason = NULL WHERE id = ?",
            [SQLValue(now), .integer(entry.id)])
        try OutboxTable(sql: sql).refreshHead(of: mailbox, lane: entry.lane)
    }

    private func merge(_ held: ArraySlice<Held>, in mailbox: OutboxTable.Mailbox) throws {
        let lane = held.map(\.lane).min().flatMap { Lane(rawValue: Int($0)) } ?? .low
        let digest = try OutboxTable(sql: sql).add(
            OutboxTable.NewEntry(
                recipient: held.first?.recipient, isDigest: true,
                possibleRepeat: held.contains(where: \.possibleRepeat),
                lane: lane, createdAt: now, dueAt: now), to: mailbox)
        guard let digest else { throw StorageError.corrupt("a digest without a key") }
        for entry in held {
            if entry.isDigest {
                // A digest that was held again: its alerts go over to the new one.
                try sql.execute(
                    "UPDATE outbox SET merged_into = ? WHERE merged_into = ?", [.integer(digest), .integer(entry.id)])
                try sql.execute("DELETE FROM outbox WHERE id = ?", [.integer(entry.id)])
            } else {
                try sql.execute(
                    """
                    UPDATE outbox SET state = 'coalesced', merged_into = ?, held_until = NULL, finished_at = ?
                    WHERE id = ?
                    """, [.integer(digest), SQLValue(now), .integer(entry.id)])
            }
        }
    }
}
