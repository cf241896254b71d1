import Decisions
package import Delivery
package import Market
package import People

/// Groups, escalations and later alerts over SQL.
package struct SQLRoutingStore: RoutingStore {
    private let database: SQLiteDatabase
    private let settings: RoutingSettings
    private let channels: Set<ChannelKind>

    /// - Parameter channels: those that have a sender.
    package init(
        _ database: SQLiteDatabase, settings: RoutingSettings, channels: Set<ChannelKind> = Set(ChannelKind.allCases)
    ) {
        self.database = database
        self.settings = settings
        self.channels = channels
    }

    package func flushGroups(now: Timestamp, limit: Int) async throws -> RoutingStep {
        guard try await isDue("SELECT 1 FROM alert_groups WHERE flush_at <= ? LIMIT 1", at: now) else {
            return RoutingStep(count: 0)
        }
        return try await database.write { sql in
            RoutingStep(count: try GroupFlush(sql: sql, settings: settings, now: now).run(limit: limit))
        }
    }

    package func escalate(now: Timestamp, limit: Int) async throws -> RoutingStep {
        guard try await isDue("SELECT 1 FROM escalations WHERE due_at <= ? LIMIT 1", at: now) else {
            return RoutingStep(count: 0)
        }
        return try await database.write { sql in
            RoutingStep(
                count: try Escalations(sql: sql, settings: settings, now: now, channels: channels).run(limit: limit))
        }
    }

    package func issueLater(
        ruleTime: Timestamp, now: Timestamp, limit: Int, price: @Sendable @escaping (Symbol) -> String?
    ) async throws -> RoutingStep {
        guard try await isDue("SELECT 1 FROM later_alerts WHERE due_at <= ? LIMIT 1", at: ruleTime) else {
            return RoutingStep(count: 0)
        }
        return try await database.write { sql in
            RoutingStep(
                count: try LaterAlertTable(sql: sql).issue(ruleTime: ruleTime, now: now, limit: limit, price: price))
        }
    }

    package func nextDue() async throws -> RoutingDue {
        try await database.read { sql in
            let flush = try sql.integer("SELECT min(flush_at) FROM alert_groups WHERE flush_at IS NOT NULL")
            let escalation = try sql.integer("SELECT min(due_at) FROM escalations")
            let later = try sql.integer("SELECT min(due_at) FROM later_alerts")
            return RoutingDue(
                wall: [flush, escalation].compactMap { $0 }.min().map { Timestamp(milliseconds: $0) },
                rule: later.map { Timestamp(milliseconds: $0) })
        }
    }

    /// Asked of a reader, so that looking costs the writer nothing.
    private func isDue(_ query: String, at time: Timestamp) async throws -> Bool {
        try await database.read { try $0.integer(query, [SQLValue(time)]) != nil }
    }
}

/// Rows of `later_alerts`.
struct LaterAlertTable {
    let sql: SQLConnection

    func add(_ later: LaterAlert) throws {
        try sql.execute(
            "INSERT INTO later_alerts (recipient_id, due_at, document) VALUES (?, ?, ?)",
            [
                .integer(later.recipient.rawValue), SQLValue(later.dueAt), .text(try StoredJSON.encode(later.alert)),
            ])
    }

    /// Makes the alerts that are due. Returns how many.
    func issue(ruleTime: Timestamp, now: Timestamp, limit: Int, price: (Symbol) -> String?) throws -> Int {
        let due = try sql.rows(
            """
            SELECT id, recipient_id, due_at, document FROM later_alerts WHERE due_at <= ? ORDER BY due_at LIMIT ?
            """, [SQLValue(ruleTime), SQLValue(limit)]
        ) { row in
            (
                id: row.integer(0),
                later: LaterAlert(
                    recipient: .init(row.integer(1)), dueAt: row.time(2),
                    alert: try StoredJSON.decode(Alert.self, from: row.text(3)))
            )
        }
        let alerts = AlertTable(sql: sql)
        for item in due {
            _ = try alerts.insert(item.later.issued(price: price), at: now)
            try sql.execute("DELETE FROM later_alerts WHERE id = ?", [.integer(item.id)])
        }
        return due.count
    }
}
