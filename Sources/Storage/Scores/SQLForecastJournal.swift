import Decisions
package import Forecasts
package import Market

/// Forecasts that nobody asked for in chat, entered in the ledger like those that were told.
package struct SQLForecastJournal: ForecastJournal {
    private let database: SQLiteDatabase
    private let time: any TimeSource

    /// - Parameter time: the wall clock, which the ledger's times are on.
    package init(_ database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func enter(_ forecast: Forecast) async throws {
        let now = time.now
        try await database.write { try LedgerTable(sql: $0).enter(forecast, at: now) }
    }

    package func holds(symbol: Symbol, horizon: Timeframe, at time: Timestamp) async throws -> Bool {
        let key = LedgerTable.key(symbol: symbol, horizon: horizon, at: time)
        return try await database.read { sql in
            try sql.integer("SELECT id FROM told_forecasts WHERE natural_key = ?", [.text(key)]) != nil
        }
    }
}
