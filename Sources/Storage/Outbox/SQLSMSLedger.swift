package import Delivery
package import Market
import People

/// The ledger of SMS over SQL.
package struct SQLSMSLedger: SMSLedger {
    private let database: SQLiteDatabase
    private let vault: ContactVault?

    /// - Parameter vault: finds whose number it is; `nil` where addresses are plain numbers.
    package init(_ database: SQLiteDatabase, vault: ContactVault? = nil) {
        self.database = database
        self.vault = vault
    }

    package func reserve(_ caps: SMSCaps, now: Timestamp) async throws -> SMSCaps.Verdict {
        try await database.write { sql in
            let day = SQLValue(SMSCaps.day(of: now))
            let usage = SMSCaps.Usage(
                day: Int(try sql.integer("SELECT count FROM sms_usage WHERE day = ?", [day]) ?? 0),
                month: Int(
                    try sql.integer(
                        "SELECT coalesce(sum(count), 0) FROM sms_usage WHERE day >= ?",
                        [SQLValue(SMSCaps.month(of: now))]) ?? 0))
            let verdict = caps.verdict(usage)
            if verdict == .allowed {
                try sql.execute(
                    """
                    INSERT INTO sms_usage (day, count) VALUES (?, 1)
                    ON CONFLICT (day) DO UPDATE SET count = sms_usage.count + 1
                    """, [day])
            }
            return verdict
        }
    }

    package func giveBack(reservedAt time: Timestamp) async throws {
        try await database.write { sql in
            try sql.execute(
                "UPDATE sms_usage SET count = count - 1 WHERE day = ? AND count > 0",
                [SQLValue(SMSCaps.day(of: time))])
        }
    }

    package func accepted(_ messageID: String, delivery: OutboxID, now: Timestamp) async throws {
        try await database.write { sql in
            try store(SMSReport(messageID: messageID, state: .accepted, delivery: delivery), in: sql, now: now)
        }
    }

    package func messageID(of delivery: OutboxID) async throws -> String? {
        try await database.read { sql in
            try sql.first(
                "SELECT message_id FROM sms_reports WHERE outbox_id = ? ORDER BY updated_at LIMIT 1",
                [.integer(delivery.rawValue)]
            ) { $0.text(0) }
        }
    }

    package func known(among messageIDs: [String]) async throws -> Set<String> {
        try await database.read { sql in
            try Set(
                messageIDs.filter { id in
                    try sql.integer("SELECT 1 FROM sms_reports WHERE message_id = ?", [.text(id)]) != nil
                })
        }
    }

    package func note(_ report: SMSReport, now: Timestamp) async throws -> Bool {
        try await database.write { sql in
            guard try isNew("twilio:\(report.messageID):\(report.state.rawValue)", in: sql, now: now) else {
                return false
            }
            try store(report, in: sql, now: now)
            if let reason = report.gone { try disable(reason, messageID: report.messageID, in: sql, now: now) }
            return true
        }
    }

    package func setWanted(
        _ isWanted: Bool, number: String, messageID: String, now: Timestamp
    ) async throws -> Bool {
        try await database.write { sql in
            guard try isNew("twilio:inbound:\(messageID)", in: sql, now: now) else { return false }
            guard let vault else { return true }
            if isWanted {
                try SQLContactBook.start(number, on: .sms, vault, sql, now)
            } else {
                try SQLContactBook.stop(number, on: .sms, reason: ContactStop.stop, vault, sql, now)
            }
            return true
        }
    }

    // MARK: Steps

    /// Webhooks are repeated until they are answered; a key that stands in the inbox was handled.
    private func isNew(_ key: String, in sql: SQLConnection, now: Timestamp) throws -> Bool {
        try sql.execute(
            "INSERT INTO inbox (update_key, received_at) VALUES (?, ?) ON CONFLICT (update_key) DO NOTHING",
            [.text(key), SQLValue(now)]) > 0
    }

    private func store(_ report: SMSReport, in sql: SQLConnection, now: Timestamp) throws {
        // An entry that is gone already (a reply is deleted when it is sent) leaves no trace here.
        try sql.execute(
            """
            INSERT INTO sms_reports (message_id, outbox_id, state, rank, error_code, updated_at)
            VALUES (?, (SELECT id FROM outbox WHERE id = ? AND channel = ?), ?, ?, ?, ?)
            ON CONFLICT (message_id) DO UPDATE SET
                outbox_id = coalesce(sms_reports.outbox_id, excluded.outbox_id),
                state = CASE WHEN excluded.rank > sms_reports.rank THEN excluded.state ELSE sms_reports.state END,
                error_code =
                    CASE WHEN excluded.rank > sms_reports.rank THEN excluded.error_code ELSE sms_reports.error_code END,
                rank = CASE WHEN excluded.rank > sms_reports.rank THEN excluded.rank ELSE sms_reports.rank END,
                updated_at = excluded.updated_at
            """,
            [
                .text(report.messageID), SQLValue(report.delivery?.rawValue), .text(ChannelKind.sms.rawValue),
                .text(report.state.rawValue), SQLValue(report.state.rank), SQLValue(report.errorCode.map(Int64.init)),
                SQLValue(now),
            ])
    }

    private func disable(_ reason: String, messageID: String, in sql: SQLConnection, now: Timestamp) throws {
        let address = try sql.first(
            """
            SELECT m.address FROM sms_reports s JOIN outbox o ON o.id = s.outbox_id
            JOIN mailboxes m ON m.id = o.mailbox_id WHERE s.message_id = ?
            """, [.text(messageID)]
        ) { $0.text(0) }
        guard let address else { return }
        try AddressClosing(sql: sql, renderer: vault?.renderer, now: now).close(
            channel: .sms, address: address, reason: reason)
    }
}
