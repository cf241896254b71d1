import Decisions
import Delivery
import Market
import People

/// What is beyond somebody's attention budget: one message a day and mailbox, which is edited without a sound as more
/// joins it.
struct DaySummary {
    static let kind = "summary:"

    let sql: SQLConnection
    /// Wall clock.
    let now: Timestamp

    /// Takes a claimed entry in.
    func add(_ id: OutboxID, of mailbox: Int64, day: Int64) throws {
        let groups = GroupTable(sql: sql)
        let kind = "\(Self.kind)\(day)"
        let row: Int64
        if var known = try groups.latest(kind: kind, mailbox: mailbox) {
            if known.group.flushAt == nil {
                known.group.flushAt =
                    known.group.flushedAt.map { max(now, $0 + AttentionBudget.summaryInterval) }
                    ?? now + AttentionBudget.summaryWait
                try groups.update(known.id, known.group, side: known.side)
            }
            row = known.id
        } else {
            row = try groups.insert(
                AlertGroup(eventAt: now, flushAt: now + AttentionBudget.summaryWait), kind: kind, mailbox: mailbox)
        }
        try sql.execute(
            """
            UPDATE outbox SET state = 'held', held_until = ?, group_id = ?, reason = 'attention budget', begun_at = NULL,
                lease_until = NULL, lease_owner = NULL WHERE id = ?
            """, [SQLValue(AlertRouter.never), .integer(row), .integer(id.rawValue)])
    }

    /// Sends what joined since, with all that was there, in place of the message before. False for a group of another
    /// kind.
    func flush(_ row: GroupTable.Row, in mailbox: OutboxTable.Mailbox) throws -> Bool {
        guard row.kind.hasPrefix(Self.kind) else { return false }
        let held = try EntryMerge(sql: sql, now: now).held("group_id = ? AND state = 'held'", [.integer(row.id)])
        if !held.isEmpty {
            let digest = try OutboxTable(sql: sql).add(
                OutboxTable.NewEntry(
                    recipient: held.first?.recipient, isDigest: true, lane: .low, createdAt: now, dueAt: now,
                    group: row.id, editOf: row.messageID, isSilent: true), to: mailbox)
            guard let digest else { throw StorageError.corrupt("a summary without a key") }
            // The message before this one is replaced, whether it has gone or still waits.
            let before = try sql.rows(
                "SELECT id FROM outbox WHERE group_id = ? AND is_digest = 1 AND id <> ?",
                [.integer(row.id), .integer(digest)]
            ) { $0.integer(0) }
            for id in before {
                try sql.execute(
                    "UPDATE outbox SET merged_into = ? WHERE merged_into = ?", [.integer(digest), .integer(id)])
            }
            try SQLList.forEach(held.map(\.id)) { keys in
                try sql.execute(
                    """
                    UPDATE outbox SET state = 'coalesced', merged_into = ?, held_until = NULL, finished_at = ?
                    WHERE id IN (\(keys.placeholders))
                    """, [.integer(digest), SQLValue(now)] + keys.values)
            }
        }
        var group = row.group
        group.flushed(at: now)
        try GroupTable(sql: sql).update(row.id, group, side: row.side)
        return true
    }
}
