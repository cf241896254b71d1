import Decisions
import Delivery
import Market
import People

extension SQLChatSession {
    func enqueue(_ reply: ReplyDelivery) throws {
        let outbox = OutboxTable(sql: sql)
        let mailbox = try outbox.mailbox(channel: reply.channel, address: reply.address)
        var recipient = reply.recipient
        // The last word after `/forget` goes to somebody who is not known any more.
        if let id = recipient, try sql.integer("SELECT id FROM recipients WHERE id = ?", [.integer(id.rawValue)]) == nil
        {
            recipient = nil
        }
        var payload = MessageCoder.encode(reply.message, reply.form)
        // Without a key there is no contact data that it could hold.
        if reply.isConfidential, let vault { payload = try SealedPayload.seal(payload, with: vault.seal) }
        try outbox.add(
            OutboxTable.NewEntry(
                recipient: recipient, lane: .reply, payload: payload,
                createdAt: reply.createdAt, dueAt: reply.createdAt, expiresAt: reply.expiresAt), to: mailbox)
    }

    func history(of id: RecipientID, symbol: Symbol?, limit: Int) throws -> [HistoryItem] {
        let filter = symbol == nil ? "" : "AND a.symbol = ?"
        return try sql.rows(
            """
            SELECT a.id, a.document, o.channel,
                CASE WHEN o.state = 'sent' AND n.rank = \(SMSState.delivered.rank) THEN n.state ELSE o.state END,
                coalesce(o.reason, d.reason, 'error ' || n.error_code), coalesce(o.sent_at, d.sent_at)
            FROM (SELECT id, alert_id, channel, state, reason, merged_into,
                    CASE WHEN state = 'sent' THEN finished_at END AS sent_at
                FROM outbox WHERE recipient_id = ? AND alert_id IS NOT NULL) o
            JOIN alerts a ON a.id = o.alert_id
            LEFT JOIN (SELECT id, reason, CASE WHEN state = 'sent' THEN finished_at END AS sent_at FROM outbox) d
                ON d.id = o.merged_into
            LEFT JOIN sms_reports n ON n.outbox_id = coalesce(o.merged_into, o.id)
            WHERE a.document IS NOT NULL \(filter) ORDER BY o.id DESC LIMIT ?
            """,
            [.integer(id.rawValue)] + (symbol.map { [.text($0.description)] } ?? []) + [SQLValue(max(0, limit))]
        ) { row in
            HistoryItem(
                alert: StoredAlert(
                    id: AlertID(row.integer(0)), alert: try StoredJSON.decode(Alert.self, from: row.text(1))),
                channel: try row.raw(2), state: row.text(3), reason: row.optionalText(4), sentAt: row.optionalTime(5))
        }
    }

    func deadLetters(limit: Int, offset: Int) throws -> [DeadLetter] {
        try sql.rows(
            """
            SELECT id, channel, coalesce(reason, ''), attempts, coalesce(finished_at, created_at) FROM outbox
            WHERE state = 'dead' ORDER BY finished_at DESC, id DESC LIMIT ? OFFSET ?
            """, [SQLValue(max(0, limit)), SQLValue(max(0, offset))]
        ) { row in
            DeadLetter(
                id: OutboxID(row.integer(0)), channel: try row.raw(1), reason: row.text(2),
                attempts: Int(row.integer(3)), at: row.time(4))
        }
    }

    func retryDead(_ id: OutboxID?, now: Timestamp) throws -> Int {
        let columns =
            "SELECT o.id, o.lane, m.id, m.channel, m.leased FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id"
        let dead = try sql.rows(
            columns + " WHERE o.state = 'dead'" + (id == nil ? "" : " AND o.id = ?"),
            id.map { [.integer($0.rawValue)] } ?? []
        ) { row in
            (
                id: row.integer(0), lane: row.integer(1),
                mailbox: OutboxTable.Mailbox(id: row.integer(2), channel: try row.raw(3), isLeased: row.flag(4))
            )
        }
        let outbox = OutboxTable(sql: sql)
        for entry in dead {
            // An SMS is never repeated by itself; an operator who asks for it has weighed that.
            try sql.execute(
                """
                UPDATE outbox SET state = 'pending', due_at = ?, attempts = 0, reason = NULL, finished_at = NULL,
                    possible_repeat = CASE WHEN channel = ? THEN 0 ELSE possible_repeat END
                WHERE id = ?
                """, [SQLValue(now), .text(ChannelKind.sms.rawValue), .integer(entry.id)])
            try outbox.refreshHead(of: entry.mailbox, lane: entry.lane)
        }
        return dead.count
    }

    func queueDepths(now: Timestamp) throws -> [QueueDepth] { try DepthReader(sql: sql).depths() }

    func publish(_ alert: Alert, now: Timestamp) throws { _ = try AlertTable(sql: sql).insert(alert, at: now) }
}
