package import Market

/// Candles, keyed by series and open time.
package struct SQLCandleStore: CandleStore {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    @discardableResult
    package func save(_ candles: [Candle], of series: CandleSeries) async throws -> Int {
        guard !candles.isEmpty else { return 0 }
        return try await database.write { sql in
            let key = try Self.key(of: series, sql: sql)
            var changed = 0
            for candle in candles {
                changed += try sql.execute(
                    """
                    INSERT INTO candles (series_id, open_time, open, high, low, close, volume)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
                        low = excluded.low, close = excluded.close, volume = excluded.volume
                    WHERE candles.open <> excluded.open OR candles.high <> excluded.high
                        OR candles.low <> excluded.low OR candles.close <> excluded.close
                        OR candles.volume <> excluded.volume
                    """,
                    [
                        .integer(key), SQLValue(candle.openTime), .real(candle.open), .real(candle.high),
                        .real(candle.low), .real(candle.close), .real(candle.volume),
                    ])
            }
            return changed
        }
    }

    package func candles(
        of series: CandleSeries, from: Timestamp?, to: Timestamp?, limit: Int?
    ) async throws -> [Candle] {
        try await database.read { sql in
            guard let key = try Self.existingKey(of: series, sql: sql) else { return [] }
            let newestFirst = try sql.rows(
                """
                SELECT open_time, open, high, low, close, volume FROM candles
                WHERE series_id = ? AND open_time >= ? AND open_time < ? ORDER BY open_time DESC LIMIT ?
                """,
                [
                    .integer(key), .integer(from?.milliseconds ?? .min), .integer(to?.milliseconds ?? .max),
                    .integer(Int64(limit.map { max(0, $0) } ?? .max)),
                ]
            ) { row in
                Candle(
                    openTime: row.time(0), open: row.real(1), high: row.real(2), low: row.real(3), close: row.real(4),
                    volume: row.real(5))
            }
            return newestFirst.reversed()
        }
    }

    package func extent(of series: CandleSeries) async throws -> ClosedRange<Timestamp>? {
        try await database.read { sql in
            guard let key = try Self.existingKey(of: series, sql: sql) else { return nil }
            // Two statements: each is one step into the key; together in one they would read the whole series.
            let first = try sql.integer("SELECT min(open_time) FROM candles WHERE series_id = ?", [.integer(key)])
            let last = try sql.integer("SELECT max(open_time) FROM candles WHERE series_id = ?", [.integer(key)])
            guard let first, let last else { return nil }
            return Timestamp(milliseconds: first)...Timestamp(milliseconds: last)
        }
    }

    package func series() async throws -> [CandleSeries] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT symbol, timeframe, venue FROM series s
                WHERE EXISTS (SELECT 1 FROM candles c WHERE c.series_id = s.id) ORDER BY symbol, venue, id
                """
            ) { row in
                CandleSeries(
                    symbol: try row.lossless(0) { Symbol($0) }, timeframe: try row.raw(1), venue: Venue(row.text(2)))
            }
        }
    }

    package func prune(_ timeframe: Timeframe, before: Timestamp, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        return try await database.write { sql in
            let keys = try sql.rows("SELECT id FROM series WHERE timeframe = ?", [.text(timeframe.rawValue)]) {
                $0.integer(0)
            }
            var gone = 0
            for key in keys where gone < limit {
                // The first candle that stays, at most `limit` behind the oldest.
                let bound = try sql.integer(
                    """
                    SELECT open_time FROM candles WHERE series_id = ? AND open_time < ?
                    ORDER BY open_time LIMIT 1 OFFSET ?
                    """, [.integer(key), SQLValue(before), SQLValue(limit - gone)])
                gone += try sql.execute(
                    "DELETE FROM candles WHERE series_id = ? AND open_time < ?",
                    [.integer(key), .integer(bound ?? before.milliseconds)])
            }
            return gone
        }
    }

    private static func existingKey(of series: CandleSeries, sql: SQLConnection) throws -> Int64? {
        try sql.integer(
            "SELECT id FROM series WHERE symbol = ? AND timeframe = ? AND venue = ?",
            [.text(series.symbol.description), .text(series.timeframe.rawValue), .text(series.venue.name)])
    }

    private static func key(of series: CandleSeries, sql: SQLConnection) throws -> Int64 {
        if let key = try existingKey(of: series, sql: sql) { return key }
        let key = try sql.integer(
            "INSERT INTO series (symbol, timeframe, venue) VALUES (?, ?, ?) RETURNING id",
            [.text(series.symbol.description), .text(series.timeframe.rawValue), .text(series.venue.name)])
        guard let key else { throw StorageError.corrupt("a series without a key") }
        return key
    }
}
