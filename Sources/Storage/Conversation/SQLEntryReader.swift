package import Market
package import People

/// Entry prices over SQL.
package struct SQLEntryReader: EntryReader {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func entryPrices(of owner: RecipientID) async throws -> [Symbol: Double] {
        try await database.read { sql in
            let entries = try SQLChatSession(sql: sql).entries(of: owner)
            return Dictionary(entries.map { ($0.symbol, $0.price.double) }) { first, _ in first }
        }
    }

    package func entryPrices() async throws -> [RecipientID: [Symbol: Double]] {
        try await database.read { sql in
            let session = SQLChatSession(sql: sql)
            let owners = try sql.rows("SELECT DISTINCT recipient_id FROM entries") { RecipientID($0.integer(0)) }
            return try Dictionary(
                uniqueKeysWithValues: owners.map { owner in
                    let entries = try session.entries(of: owner)
                    return (owner, Dictionary(entries.map { ($0.symbol, $0.price.double) }) { first, _ in first })
                })
        }
    }
}
