import Delivery
import Market
import People

/// Makes one message of several entries of one mailbox that waited.
struct EntryMerge {
    let sql: SQLConnection
    let now: Timestamp

    struct Held {
        var id: Int64
        var lane: Int64
        var isReply: Bool
        var isDigest: Bool
        var recipient: RecipientID?
        var possibleRepeat: Bool
    }

    /// Held entries, oldest first.
    func held(_ condition: String, _ arguments: [SQLValue]) throws -> [Held] {
        try sql.rows(
            """
            SELECT id, lane, alert_id IS NULL AND is_digest = 0, is_digest, recipient_id, possible_repeat FROM outbox
            WHERE \(condition) ORDER BY id
            """, arguments
        ) { row in
            Held(
                id: row.integer(0), lane: row.integer(1), isReply: row.flag(2), isDigest: row.flag(3),
                recipient: row.optionalInteger(4).map { RecipientID($0) }, possibleRepeat: row.flag(5))
        }
    }

    /// Makes the entries pending: a single one as it was, several as digests of at most `size`.
    func release(_ held: [Held], in mailbox: OutboxTable.Mailbox, size: Int) throws {
        for reply in held where reply.isReply { try free(reply, in: mailbox) }
        let alerts = held.filter { !$0.isReply }
        var start = 0
        while start < alerts.count {
            let end = min(start + size, alerts.count)
            if end - start == 1 {
                try free(alerts[start], in: mailbox)
            } else {
                try merge(alerts[start..<end], in: mailbox)
            }
            start = end
        }
    }

    private func free(_ entry: Held, in mailbox: OutboxTable.Mailbox) throws {
        try sql.execute(
            """
            UPDATE outbox SET state = 'pending', held_until = NULL, due_at = ?, reason = NULL,
                group_id = CASE WHEN is_digest = 1 THEN group_id END
            WHERE id = ?
            """, [SQLValue(now), .integer(entry.id)])
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
        for entry in held where entry.isDigest {
            // A digest that was held again: its alerts go over to the new one.
            try sql.execute(
                "UPDATE outbox SET merged_into = ? WHERE merged_into = ?", [.integer(digest), .integer(entry.id)])
            try sql.execute("DELETE FROM outbox WHERE id = ?", [.integer(entry.id)])
        }
        try SQLList.forEach(held.filter { !$0.isDigest }.map(\.id)) { keys in
            try sql.execute(
                """
                UPDATE outbox SET state = 'coalesced', merged_into = ?, held_until = NULL, group_id = NULL,
                    finished_at = ?
                WHERE id IN (\(keys.placeholders))
                """, [.integer(digest), SQLValue(now)] + keys.values)
        }
    }
}
