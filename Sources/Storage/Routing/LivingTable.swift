import Decisions
import Delivery
import Market
import Messages
import People

/// Rows of `living_messages`.
struct LivingTable {
    /// Where messages can be edited, and the terminal, which is told of changes of state.
    static let channels: Set<ChannelKind> = [.telegram, .discord, .terminal]
    /// An edit that waited longer says what is no longer so.
    static let editLife = Span.minutes(5)

    let sql: SQLConnection

    /// Follows alerts that were just sent, each by itself: those of the entries' list whose message can be edited.
    func open(_ entries: [Int64], now: Timestamp) throws {
        try SQLList.forEach(entries) { keys in
            try sql.execute(
                """
                INSERT INTO living_messages
                    (mailbox_id, recipient_id, alert_id, rule_id, symbol, message_id, stage, shown, edits, look_at)
                SELECT o.mailbox_id, r.id, a.id, a.rule_id, a.symbol, coalesce(o.provider_message_id, ''), 'fired', 0, 0, ?
                FROM outbox o JOIN alerts a ON a.id = o.alert_id JOIN recipients r ON r.id = o.recipient_id
                WHERE o.id IN (\(keys.placeholders)) AND (o.channel = 'terminal' OR o.provider_message_id IS NOT NULL)
                    AND a.symbol IS NOT NULL AND a.document IS NOT NULL
                    AND (a.rule_id IS NOT NULL OR a.natural_key LIKE 'opportunity:%')
                """, [SQLValue(now + LivingSituation.pause(age: .zero))] + keys.values)
        }
    }

    /// The condition of a rule is false again for a symbol.
    func fade(rule: RuleID, symbol: String, now: Timestamp) throws {
        try sql.execute(
            """
            UPDATE living_messages SET has_faded = 1, look_at = ?
            WHERE rule_id = ? AND symbol = ? AND has_faded = 0
            """, [SQLValue(now), .integer(rule.rawValue), .text(symbol)])
    }

    func due(now: Timestamp, limit: Int) throws -> [LivingMessage] {
        var reader = AlertReader(sql: sql)
        let rows = try sql.rows(
            """
            SELECT l.id, l.alert_id, m.channel, r.language, r.zone, l.message_id, l.stage, l.shown, l.edits, l.has_faded
            FROM living_messages l JOIN mailboxes m ON m.id = l.mailbox_id JOIN recipients r ON r.id = l.recipient_id
            WHERE l.look_at <= ? ORDER BY l.look_at LIMIT ?
            """, [SQLValue(now), SQLValue(limit)]
        ) { row in
            (
                id: row.integer(0), alert: AlertID(row.integer(1)), channel: try row.raw(2, as: ChannelKind.self),
                reader: Reader(language: row.text(3), zone: row.text(4)), message: row.text(5),
                situation: LivingSituation(
                    stage: try row.raw(6), shown: row.real(7), edits: Int(row.integer(8))), hasFaded: row.flag(9)
            )
        }
        return try rows.compactMap { row in
            guard let alert = try reader.alert(row.alert) else {
                try close(row.id)
                return nil
            }
            return LivingMessage(
                id: row.id, alert: alert, channel: row.channel, reader: row.reader, messageID: row.message,
                situation: row.situation, hasFaded: row.hasFaded)
        }
    }

    func apply(_ update: LivingUpdate, now: Timestamp) throws {
        let target = try sql.first(
            """
            SELECT m.id, m.channel, m.leased, l.recipient_id FROM living_messages l JOIN mailboxes m ON m.id = l.mailbox_id
            WHERE l.id = ?
            """, [.integer(update.id)]
        ) { row in
            (
                mailbox: OutboxTable.Mailbox(id: row.integer(0), channel: try row.raw(1), isLeased: row.flag(2)),
                recipient: RecipientID(row.integer(3))
            )
        }
        // Somebody was forgotten meanwhile.
        guard let target else { return }
        for outgoing in update.messages {
            try OutboxTable(sql: sql).add(
                OutboxTable.NewEntry(
                    recipient: target.recipient, lane: outgoing.lane,
                    payload: MessageCoder.encode(outgoing.message, outgoing.form), createdAt: now, dueAt: now,
                    expiresAt: now + Self.editLife), to: target.mailbox)
        }
        guard let nextLook = update.nextLook else { return try close(update.id) }
        try sql.execute(
            "UPDATE living_messages SET stage = ?, shown = ?, edits = ?, look_at = ? WHERE id = ?",
            [
                .text(update.situation.stage.rawValue), .real(update.situation.shown),
                SQLValue(update.situation.edits), SQLValue(nextLook), .integer(update.id),
            ])
    }

    private func close(_ id: Int64) throws {
        try sql.execute("DELETE FROM living_messages WHERE id = ?", [.integer(id)])
    }
}
