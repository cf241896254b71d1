package import Decisions
package import Market
package import People

/// Rules and subscriptions for the watch at start.
package struct SQLRuleStore: RuleStore, CriticalRules {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func rules(after id: RuleID?, limit: Int) async throws -> [Rule] {
        try await database.read { try RuleTable(sql: $0).rules(after: id, limit: limit) }
    }

    package func subscribedSymbols() async throws -> [RecipientID: [Symbol]] {
        try await database.read { sql in
            let rows = try sql.rows("SELECT recipient_id, symbol FROM subscriptions ORDER BY recipient_id, symbol") {
                (RecipientID($0.integer(0)), try $0.lossless(1) { Symbol($0) })
            }
            return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
        }
    }

    /// Every symbol that somebody subscribes to.
    package func demandedSymbols() async throws -> [Symbol] {
        try await database.read { sql in
            try sql.rows("SELECT DISTINCT symbol FROM subscriptions ORDER BY symbol") {
                try $0.lossless(0) { Symbol($0) }
            }
        }
    }

    /// The spelling is canonical, so a rule without these words is not critical.
    package func criticalRules() async throws -> [Rule] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT \(RuleTable.columns) FROM rules
                WHERE ended_at IS NULL AND paused = 0 AND text LIKE '%as critical%' ORDER BY id
                """
            ) { try RuleTable.rule($0) }
        }
    }
}
