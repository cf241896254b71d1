import Delivery
import Market
import People

/// Taking and giving back leases.
struct OutboxLeases {
    let sql: SQLConnection

    private struct Leased {
        var id: Int64
        var mailbox: Int64
        var lane: Int64
    }

    /// Leases heads of free mailboxes that are due: lowest lane first, then longest due; one entry a mailbox. Returns
    /// their keys in that order.
    func take(channel: ChannelKind, limit: Int, now: Timestamp, until lease: Timestamp, owner: String) throws -> [Int64]
    {
        var entries: [Int64] = []
        var mailboxes: Set<Int64> = []
        for lane in Lane.allCases where entries.count < limit {
            // As many as are wanted in all: those of mailboxes that a lower lane gave already are passed over.
            let heads = try sql.rows(
                """
                SELECT mailbox_id, entry_id FROM lane_heads
                WHERE busy = 0 AND channel = ? AND lane = ? AND due_at <= ? ORDER BY due_at LIMIT ?
                """, [.text(channel.rawValue), SQLValue(lane.rawValue), SQLValue(now), SQLValue(limit)]
            ) { (mailbox: $0.integer(0), entry: $0.integer(1)) }
            for head in heads where entries.count < limit && mailboxes.insert(head.mailbox).inserted {
                entries.append(head.entry)
            }
        }
        try SQLList.forEach(Array(mailboxes)) { keys in
            try sql.execute("UPDATE mailboxes SET leased = 1 WHERE id IN (\(keys.placeholders))", keys.values)
            try sql.execute("UPDATE lane_heads SET busy = 1 WHERE mailbox_id IN (\(keys.placeholders))", keys.values)
        }
        try SQLList.forEach(entries) { keys in
            try sql.execute(
                """
                UPDATE outbox SET state = 'leased', lease_until = ?, lease_owner = ?, begun_at = NULL
                WHERE id IN (\(keys.placeholders))
                """, [SQLValue(lease), .text(owner)] + keys.values)
        }
        return entries
    }

    /// These are about to be sent: from now on a crash leaves their outcome unknown.
    func begin(_ ids: [OutboxID], now: Timestamp) throws {
        try SQLList.forEach(ids.map(\.rawValue)) { keys in
            try sql.execute(
                """
                UPDATE outbox SET begun_at = ?, attempts = attempts + 1
                WHERE state = 'leased' AND id IN (\(keys.placeholders))
                """, [SQLValue(now)] + keys.values)
        }
    }

    /// Leases that ran out are open again.
    func recoverExpired(channel: ChannelKind, now: Timestamp) throws {
        let expired = try sql.rows(
            "SELECT id, mailbox_id, lane FROM outbox WHERE state = 'leased' AND channel = ? AND lease_until <= ?",
            [.text(channel.rawValue), SQLValue(now)]
        ) { Leased(id: $0.integer(0), mailbox: $0.integer(1), lane: $0.integer(2)) }
        try giveBack(expired, channel: channel)
    }

    func release(channel: ChannelKind, owner: String) throws {
        let own = try sql.rows(
            "SELECT id, mailbox_id, lane FROM outbox WHERE state = 'leased' AND channel = ? AND lease_owner = ?",
            [.text(channel.rawValue), .text(owner)]
        ) { Leased(id: $0.integer(0), mailbox: $0.integer(1), lane: $0.integer(2)) }
        try giveBack(own, channel: channel)
    }

    /// A send that was begun may have arrived: the mark says so from now on, whatever later attempts bring.
    private func giveBack(_ entries: [Leased], channel: ChannelKind) throws {
        guard !entries.isEmpty else { return }
        try SQLList.forEach(entries.map(\.id)) { keys in
            try sql.execute(
                """
                UPDATE outbox SET state = 'pending', lease_until = NULL, lease_owner = NULL, begun_at = NULL,
                    possible_repeat = CASE WHEN begun_at IS NOT NULL THEN 1 ELSE possible_repeat END
                WHERE id IN (\(keys.placeholders))
                """, keys.values)
        }
        let table = OutboxTable(sql: sql)
        try table.free(entries.map(\.mailbox))
        for entry in entries {
            try table.refreshHead(
                of: OutboxTable.Mailbox(id: entry.mailbox, channel: channel, isLeased: false), lane: entry.lane)
        }
    }
}
