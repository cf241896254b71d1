import Decisions
import Delivery
import Forecasts
import Market
import People

extension SQLChatSession {
    func enter(_ forecast: Forecast, at now: Timestamp) throws { try LedgerTable(sql: sql).enter(forecast, at: now) }

    func ledgerHead(at sequence: Int64) throws -> LedgerHead? { try LedgerTable(sql: sql).head(at: sequence) }

    func passage(of alert: AlertID, to id: RecipientID) throws -> AlertPassage? {
        let found = try sql.first(
            """
            SELECT a.document, a.created_at, a.expanded_at, a.owner_id, l.sequence FROM alerts a
            LEFT JOIN ledger l ON l.kind = 'alert' AND l.subject_id = a.id
            WHERE a.id = ? AND a.document IS NOT NULL
            """, [.integer(alert.rawValue)]
        ) { row in
            (
                passage: AlertPassage(
                    alert: StoredAlert(id: alert, alert: try StoredJSON.decode(Alert.self, from: row.text(0))),
                    decidedAt: row.time(1), expandedAt: row.optionalTime(2), ledgerSequence: row.optionalInteger(4),
                    deliveries: [], stages: []),
                owner: row.optionalInteger(3)
            )
        }
        guard var passage = found?.passage else { return nil }
        passage.deliveries = try deliveries(of: alert, to: id)
        passage.stages = try StageTable(sql: sql).stages(of: alert, id)
        let isTheirs = found?.owner == id.rawValue || !passage.deliveries.isEmpty || !passage.stages.isEmpty
        return isTheirs ? passage : nil
    }

    private func deliveries(of alert: AlertID, to id: RecipientID) throws -> [DeliveryPassage] {
        // An alert that was merged into a digest goes the digest's way.
        let rows = try sql.rows(
            """
            SELECT o.id, d.id, o.channel, coalesce(d.state, o.state), coalesce(d.reason, o.reason), o.created_at,
                coalesce(d.due_at, o.due_at), coalesce(d.held_until, o.held_until),
                CASE WHEN d.id IS NULL THEN o.finished_at ELSE d.finished_at END,
                coalesce(d.attempts, o.attempts), coalesce(d.possible_repeat, o.possible_repeat),
                coalesce(d.provider_message_id, o.provider_message_id)
            FROM outbox o LEFT JOIN outbox d ON d.id = o.merged_into
            WHERE o.alert_id = ? AND o.recipient_id = ? ORDER BY o.id
            """, [.integer(alert.rawValue), .integer(id.rawValue)]
        ) { row in
            let state = row.text(3)
            return (
                entry: row.integer(0), digest: row.optionalInteger(1),
                delivery: DeliveryPassage(
                    channel: try row.raw(2), state: state, reason: row.optionalText(4), queuedAt: row.time(5),
                    dueAt: state == "pending" ? row.time(6) : nil, heldUntil: row.optionalTime(7),
                    finishedAt: row.optionalTime(8), attempts: Int(row.integer(9)), possibleRepeat: row.flag(10),
                    isInDigest: !row.isNull(1) || state == "coalesced", providerMessageID: row.optionalText(11))
            )
        }
        let stages = try StageTable(sql: sql).stages(
            ofEntries: rows.flatMap { [$0.entry] + ($0.digest.map { [$0] } ?? []) })
        return rows.map { row in
            var delivery = row.delivery
            delivery.stages = (stages[row.entry] ?? []) + (row.digest.flatMap { stages[$0] } ?? [])
            return delivery
        }
    }

    func alerts(about symbol: Symbol, for id: RecipientID, in span: Range<Timestamp>, limit: Int) throws
        -> [StoredAlert]
    {
        try sql.rows(
            """
            SELECT id, document FROM alerts
            WHERE symbol = ? AND issued_at >= ? AND issued_at < ? AND document IS NOT NULL
                AND (owner_id IS NULL OR owner_id = ?)
            ORDER BY issued_at, id LIMIT ?
            """,
            [
                .text(symbol.description), SQLValue(span.lowerBound), SQLValue(span.upperBound),
                .integer(id.rawValue), SQLValue(max(0, limit)),
            ]
        ) { StoredAlert(id: AlertID($0.integer(0)), alert: try StoredJSON.decode(Alert.self, from: $0.text(1))) }
    }

    func vetoes(of symbol: Symbol, in span: Range<Timestamp>) throws -> [Veto] {
        try VetoTable(sql: sql).vetoes(of: symbol, in: span)
    }

    func subscribedSince(_ symbol: Symbol, _ id: RecipientID) throws -> Timestamp? {
        try sql.first(
            "SELECT created_at FROM subscriptions WHERE symbol = ? AND recipient_id = ?",
            [.text(symbol.description), .integer(id.rawValue)]
        ) { $0.time(0) }
    }
}
