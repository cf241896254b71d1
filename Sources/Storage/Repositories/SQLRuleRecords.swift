package import Decisions
package import Market
import People

/// Records of rules for the schedule that keeps them.
package struct SQLRuleRecords: RuleRecordStore {
    private let database: SQLiteDatabase

    /// Live firings that a record looks at; older ones stay in the alerts.
    private static let firingsCounted: Int64 = 500

    package init(_ database: SQLiteDatabase) { self.database = database }

    /// Alerts of rules become live firings in the order they were decided, each once: the newest one taken tells how far
    /// it got.
    package func collect(limit: Int) async throws -> Int {
        try await database.write { sql in
            let newest = try sql.integer("SELECT max(alert_id) FROM live_firings") ?? 0
            let rows = try sql.rows(
                """
                SELECT a.id, a.rule_id, a.document FROM alerts a JOIN rules r ON r.id = a.rule_id
                WHERE a.id > ? AND a.document IS NOT NULL ORDER BY a.id LIMIT ?
                """, [.integer(newest), SQLValue(limit)]
            ) { (id: $0.integer(0), rule: $0.integer(1), document: $0.text(2)) }
            for row in rows {
                let alert = try StoredJSON.decode(Alert.self, from: row.document)
                guard case .ruleFired(let firing) = alert.body else { continue }
                try sql.execute(
                    """
                    INSERT INTO live_firings (alert_id, rule_id, symbol, at, price, next_at) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                    [
                        .integer(row.id), .integer(row.rule), .text(firing.symbol.description), SQLValue(firing.at),
                        .real(firing.price), SQLValue(firing.at + ScoredFiring.horizons[0]),
                    ])
            }
            return rows.count
        }
    }

    package func openFirings(at now: Timestamp, limit: Int) async throws -> [OpenFiring] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT alert_id, rule_id, symbol, at, price, after_hour, after_day, after_week FROM live_firings
                WHERE next_at <= ? ORDER BY next_at, alert_id LIMIT ?
                """, [SQLValue(now), SQLValue(limit)]
            ) { row in
                OpenFiring(
                    alert: AlertID(row.integer(0)), rule: RuleID(row.integer(1)),
                    symbol: try row.lossless(2) { Symbol($0) },
                    scored: ScoredFiring(
                        at: row.time(3), price: row.real(4), later: (5...7).map { row.optionalReal($0) }))
            }
        }
    }

    package func score(_ firings: [(firing: OpenFiring, next: Timestamp?)]) async throws {
        try await database.write { sql in
            for (firing, next) in firings {
                let later = firing.scored.later
                try sql.execute(
                    """
                    UPDATE live_firings SET after_hour = ?, after_day = ?, after_week = ?, next_at = ?
                    WHERE alert_id = ?
                    """,
                    [
                        SQLValue(later[0]), SQLValue(later[1]), SQLValue(later[2]), SQLValue(next),
                        .integer(firing.alert.rawValue),
                    ])
            }
            for rule in Set(firings.map(\.firing.rule)).sorted() { try refresh(rule, sql) }
        }
    }

    private func refresh(_ rule: RuleID, _ sql: SQLConnection) throws {
        let firings = try sql.rows(
            """
            SELECT at, price, after_hour, after_day, after_week FROM live_firings WHERE rule_id = ?
            ORDER BY alert_id DESC LIMIT ?
            """, [.integer(rule.rawValue), .integer(Self.firingsCounted)]
        ) { row in
            ScoredFiring(at: row.time(0), price: row.real(1), later: (2...4).map { row.optionalReal($0) })
        }
        let live = try ScoredFiring.record(of: firings).map { try StoredJSON.encode($0) }
        try sql.execute(
            """
            INSERT INTO rule_records (rule_id, live, next_at) SELECT id, ?, 0 FROM rules WHERE id = ?
            ON CONFLICT (rule_id) DO UPDATE SET live = excluded.live
            """, [SQLValue(live), .integer(rule.rawValue)])
    }

    package func rulesToReplay(at now: Timestamp, limit: Int) async throws -> [Rule] {
        try await database.read { sql in
            let columns = RuleTable.columns.split(separator: ", ").map { "r.\($0)" }.joined(separator: ", ")
            return try sql.rows(
                """
                SELECT \(columns) FROM rule_records x JOIN rules r ON r.id = x.rule_id
                WHERE x.next_at <= ? AND r.ended_at IS NULL ORDER BY x.next_at, x.rule_id LIMIT ?
                """, [SQLValue(now), SQLValue(limit)]
            ) { try RuleTable.rule($0) }
        }
    }

    package func setReplay(_ replay: RuleRecord.Replay?, of rule: RuleID, at now: Timestamp) async throws {
        try await database.write { try RuleRecordTable(sql: $0).setReplay(replay, of: rule, at: now) }
    }
}
