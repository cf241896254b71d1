package import Delivery
package import Market

/// Messages that are edited as their situation goes on, over SQL.
package struct SQLLivingStore: LivingStore {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func dueLiving(now: Timestamp, limit: Int) async throws -> [LivingMessage] {
        let isDue = try await database.read { sql in
            try sql.integer("SELECT 1 FROM living_messages WHERE look_at <= ? LIMIT 1", [SQLValue(now)]) != nil
        }
        guard isDue else { return [] }
        return try await database.write { try LivingTable(sql: $0).due(now: now, limit: limit) }
    }

    package func updateLiving(_ updates: [LivingUpdate], now: Timestamp) async throws {
        guard !updates.isEmpty else { return }
        try await database.write { sql in
            let table = LivingTable(sql: sql)
            for update in updates { try table.apply(update, now: now) }
        }
    }
}
