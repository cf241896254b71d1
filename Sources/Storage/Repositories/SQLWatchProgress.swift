package import Decisions
package import Market

/// How far the watch has decided, as the transactions of its decisions left it.
package struct SQLWatchProgress: WatchProgress {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func decidedUpTo() async throws -> [Symbol: Timestamp] {
        try await database.read { sql in
            let rows = try sql.rows("SELECT symbol, decided_up_to FROM watch_progress") {
                (try $0.lossless(0) { Symbol($0) }, $0.time(1))
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    /// Where the owner was forgotten meanwhile nothing waits any more.
    package func unconfirmedSirens(since: Timestamp) async throws -> [Alert] {
        try await database.read { sql in
            try sql.rows(SQLWatchProgress.sirens, [SQLValue(since)]) {
                try StoredJSON.decode(Alert.self, from: $0.text(0))
            }
        }
    }

    static let sirens = """
        SELECT document FROM alerts a WHERE one_venue = 1 AND issued_at >= ? AND document IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM alerts c WHERE c.natural_key = a.natural_key || '\(VenueAgreement.suffix)')
        ORDER BY issued_at, id
        """
}

struct ProgressTable {
    let sql: SQLConnection

    /// Moves marks forward; one that is ahead already stays.
    func advance(_ marks: [Symbol: Timestamp]) throws {
        for (symbol, time) in marks {
            try sql.execute(
                """
                INSERT INTO watch_progress (symbol, decided_up_to) VALUES (?, ?)
                ON CONFLICT (symbol) DO UPDATE SET decided_up_to = excluded.decided_up_to
                WHERE excluded.decided_up_to > watch_progress.decided_up_to
                """, [.text(symbol.description), SQLValue(time)])
        }
    }
}
