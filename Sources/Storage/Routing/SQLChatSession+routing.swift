import Decisions
import Delivery
import Market
import People

extension SQLChatSession {
    func alert(_ id: AlertID, of recipient: RecipientID) throws -> StoredAlert? {
        let isTheirs = try sql.integer(
            "SELECT count(*) FROM outbox WHERE alert_id = ? AND recipient_id = ?",
            [.integer(id.rawValue), .integer(recipient.rawValue)])
        guard let isTheirs, isTheirs > 0 else { return nil }
        var reader = AlertReader(sql: sql)
        return try reader.alert(id)
    }

    func acknowledge(_ id: AlertID, by recipient: RecipientID, at now: Timestamp) throws -> Bool {
        let key: [SQLValue] = [.integer(recipient.rawValue), .integer(id.rawValue)]
        try sql.execute("DELETE FROM escalations WHERE recipient_id = ? AND alert_id = ?", key)
        return try sql.execute(
            """
            INSERT INTO alert_answers (recipient_id, alert_id, acknowledged_at) VALUES (?, ?, ?)
            ON CONFLICT (recipient_id, alert_id) DO UPDATE SET acknowledged_at = excluded.acknowledged_at
            WHERE alert_answers.acknowledged_at IS NULL
            """, key + [SQLValue(now)]) > 0
    }

    func mark(_ id: AlertID, by recipient: RecipientID, useful: Bool) throws {
        try sql.execute(
            """
            INSERT INTO alert_answers (recipient_id, alert_id, useful) VALUES (?, ?, ?)
            ON CONFLICT (recipient_id, alert_id) DO UPDATE SET useful = excluded.useful
            """, [.integer(recipient.rawValue), .integer(id.rawValue), SQLValue(useful)])
    }

    func marks(of recipient: RecipientID) throws -> (useful: Int, notUseful: Int) {
        let counts = try sql.first(
            "SELECT coalesce(sum(useful), 0), count(useful) FROM alert_answers WHERE recipient_id = ?",
            [.integer(recipient.rawValue)]
        ) { (useful: Int($0.integer(0)), all: Int($0.integer(1))) }
        return (useful: counts?.useful ?? 0, notUseful: (counts?.all ?? 0) - (counts?.useful ?? 0))
    }

    func addLater(_ later: LaterAlert) throws { try LaterAlertTable(sql: sql).add(later) }

    func laterCount(of recipient: RecipientID) throws -> Int {
        Int(
            try sql.integer(
                "SELECT count(*) FROM later_alerts WHERE recipient_id = ?", [.integer(recipient.rawValue)]) ?? 0)
    }

    func silences(at ruleTime: Timestamp) throws -> [Silence] { try SilenceTable(sql: sql).active(at: ruleTime) }

    func addSilence(
        pattern: String, reason: String, author: RecipientID, from: Timestamp, until: Timestamp
    ) throws -> Silence {
        try SilenceTable(sql: sql).add(pattern: pattern, reason: reason, author: author, from: from, until: until)
    }

    func endSilence(_ id: Int64, at ruleTime: Timestamp) throws -> Bool {
        try SilenceTable(sql: sql).end(id, at: ruleTime)
    }

    func deliveryAccount(since: Timestamp) throws -> DeliveryAccount {
        try DeliveryAccountReader(sql: sql).account(since: since)
    }
}
