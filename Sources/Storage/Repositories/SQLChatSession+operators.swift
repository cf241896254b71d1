import Chat
import Delivery
import Market
import People

extension SQLChatSession {
    func audit(_ action: String, by id: RecipientID, detail: String, at now: Timestamp) throws {
        try sql.execute(
            "INSERT INTO audit (recipient_id, action, detail, at) SELECT max(id), ?, ?, ? FROM recipients WHERE id = ?",
            [.text(action), .text(detail), SQLValue(now), .integer(id.rawValue)])
    }

    func audits(limit: Int, offset: Int) throws -> [AuditRecord] {
        try sql.rows(
            "SELECT id, recipient_id, action, detail, at FROM audit ORDER BY id DESC LIMIT ? OFFSET ?",
            [SQLValue(max(0, limit)), SQLValue(max(0, offset))]
        ) { row in
            AuditRecord(
                id: row.integer(0), who: row.optionalInteger(1).map { RecipientID($0) }, action: row.text(2),
                detail: row.text(3), at: row.time(4))
        }
    }

    func auditCount() throws -> Int { Int(try sql.integer("SELECT count(*) FROM audit") ?? 0) }

    func recipients(limit: Int, offset: Int) throws -> [(recipient: Recipient, identities: [Identity])] {
        let page = try sql.rows(
            "SELECT \(RecipientTable.columns) FROM recipients r ORDER BY r.id LIMIT ? OFFSET ?",
            [SQLValue(max(0, limit)), SQLValue(max(0, offset))]
        ) { try RecipientTable.recipient($0) }
        return try page.map { (recipient: $0, identities: try identities(of: $0.id)) }
    }

    func broadcastReach() throws -> Int {
        Int(try sql.integer("SELECT count(*) FROM recipients WHERE role <> 'blocked' AND stopped = 0") ?? 0)
    }

    func unexpandedAlerts() throws -> Int {
        Int(try sql.integer("SELECT count(*) FROM alerts WHERE expanded_at IS NULL") ?? 0)
    }

    func sentCounts(since: Timestamp) throws -> [(channel: ChannelKind, count: Int)] {
        try sql.rows(
            """
            SELECT channel, count(*) FROM outbox WHERE finished_at >= ? AND state = 'sent' GROUP BY channel
            ORDER BY channel
            """, [SQLValue(since)]
        ) { (channel: try $0.raw(0), count: Int($0.integer(1))) }
    }

    func smsUsage(at now: Timestamp) throws -> SMSCaps.Usage {
        SMSCaps.Usage(
            day: Int(
                try sql.integer("SELECT count FROM sms_usage WHERE day = ?", [SQLValue(SMSCaps.day(of: now))]) ?? 0),
            month: Int(
                try sql.integer(
                    "SELECT coalesce(sum(count), 0) FROM sms_usage WHERE day >= ?", [SQLValue(SMSCaps.month(of: now))])
                    ?? 0))
    }

    func setting(_ name: String) throws -> String? {
        try sql.first("SELECT value FROM settings WHERE name = ?", [.text(name)]) { $0.text(0) }
    }

    func setSetting(_ name: String, to value: String?) throws {
        guard let value else {
            try sql.execute("DELETE FROM settings WHERE name = ?", [.text(name)])
            return
        }
        try sql.execute(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [.text(name), .text(value)])
    }

    func export(_ id: RecipientID) throws -> String {
        try StoredJSON.encode(try PersonalData(of: id, in: self), pretty: true)
    }
}
