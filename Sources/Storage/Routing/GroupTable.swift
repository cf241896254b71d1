import Decisions
import Delivery
import Market

/// Rows of `alert_groups`: groups that are collected, and what was told of a situation last.
struct GroupTable {
    let sql: SQLConnection

    struct Row {
        var id: Int64
        var group: AlertGroup
        var side: String?
        var kind: String
        /// Provider's key of the message that grows by edits.
        var messageID: String?
    }

    private static let columns = "g.id, g.event_at, g.passed, g.flush_at, g.flushed_at, g.side, g.kind, g.message_id"

    private static func row(_ row: SQLRow) -> Row {
        Row(
            id: row.integer(0),
            group: AlertGroup(
                eventAt: row.time(1), passed: Int(row.integer(2)), flushAt: row.optionalTime(3),
                flushedAt: row.optionalTime(4)), side: row.optionalText(5), kind: row.text(6),
            messageID: row.optionalText(7))
    }

    /// The newest group of the kind.
    func latest(kind: String, mailbox: Int64) throws -> Row? {
        try sql.first(
            """
            SELECT \(Self.columns) FROM alert_groups g WHERE mailbox_id = ? AND kind = ? ORDER BY id DESC LIMIT 1
            """, [.integer(mailbox), .text(kind)], Self.row)
    }

    @discardableResult
    func insert(_ group: AlertGroup, kind: String, mailbox: Int64, side: String? = nil) throws -> Int64 {
        let id = try sql.integer(
            """
            INSERT INTO alert_groups (mailbox_id, kind, event_at, passed, flush_at, flushed_at, side)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
            """,
            [
                .integer(mailbox), .text(kind), SQLValue(group.eventAt), SQLValue(group.passed),
                SQLValue(group.flushAt), SQLValue(group.flushedAt), SQLValue(side),
            ])
        guard let id else { throw StorageError.corrupt("a group without a key") }
        return id
    }

    func update(_ id: Int64, _ group: AlertGroup, side: String? = nil) throws {
        try sql.execute(
            """
            UPDATE alert_groups SET event_at = ?, passed = ?, flush_at = ?, flushed_at = ?, side = ? WHERE id = ?
            """,
            [
                SQLValue(group.eventAt), SQLValue(group.passed), SQLValue(group.flushAt), SQLValue(group.flushedAt),
                SQLValue(side), .integer(id),
            ])
    }

    /// Notes that something of the kind was told at that rule time.
    func note(kind: String, mailbox: Int64, at time: Timestamp, side: String? = nil) throws {
        let group = AlertGroup(eventAt: time)
        if let known = try latest(kind: kind, mailbox: mailbox) {
            try update(known.id, group, side: side)
        } else {
            try insert(group, kind: kind, mailbox: mailbox, side: side)
        }
    }

    /// Groups whose flush is due, longest first.
    func due(now: Timestamp, limit: Int) throws -> [(row: Row, mailbox: OutboxTable.Mailbox)] {
        try sql.rows(
            """
            SELECT \(Self.columns), m.id, m.channel, m.leased
            FROM alert_groups g JOIN mailboxes m ON m.id = g.mailbox_id
            WHERE g.flush_at <= ? ORDER BY g.flush_at LIMIT ?
            """, [SQLValue(now), SQLValue(limit)]
        ) { row in
            (
                row: Self.row(row),
                mailbox: OutboxTable.Mailbox(id: row.integer(8), channel: try row.raw(9), isLeased: row.flag(10))
            )
        }
    }
}

/// Sends what groups collected.
struct GroupFlush {
    /// Most alerts of one message; what is beyond becomes a further one.
    static let size = 500
    static let marketKind = "market"

    let sql: SQLConnection
    let settings: RoutingSettings
    let now: Timestamp

    /// Flushes at most `limit` groups. Returns how many.
    func run(limit: Int) throws -> Int {
        let table = GroupTable(sql: sql)
        let due = try table.due(now: now, limit: limit)
        let merge = EntryMerge(sql: sql, now: now)
        for (row, mailbox) in due {
            if try DaySummary(sql: sql, now: now).flush(row, in: mailbox) { continue }
            let held = try merge.held("group_id = ? AND state = 'held'", [.integer(row.id)])
            try noteMarketMove(of: row.id, in: mailbox)
            try merge.release(held, in: mailbox, size: GroupFlush.size)
            var group = row.group
            group.flushed(at: now)
            try table.update(row.id, group, side: row.side)
        }
        return due.count
    }

    private func noteMarketMove(of group: Int64, in mailbox: OutboxTable.Mailbox) throws {
        let ids = try sql.rows(
            """
            SELECT o.alert_id FROM outbox o JOIN alerts a ON a.id = o.alert_id
            WHERE o.group_id = ? AND o.state = 'held' AND a.rule_id IS NULL AND a.symbol IS NOT NULL LIMIT ?
            """, [.integer(group), SQLValue(GroupFlush.size)]
        ) { AlertID($0.integer(0)) }
        guard ids.count >= settings.marketWide else { return }
        var reader = AlertReader(sql: sql)
        let alerts = try ids.compactMap { try reader.alert($0)?.alert }
        guard let side = MarketMove.side(of: alerts, settings: settings),
            let movedAt = alerts.map(\.issuedAt).min()
        else { return }
        try GroupTable(sql: sql).note(
            kind: GroupFlush.marketKind, mailbox: mailbox.id, at: movedAt, side: side.rawValue)
    }
}
