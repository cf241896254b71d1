package import Market
package import Sentiment

/// News and posts over SQL.
package struct SQLTextStore: TextStore {
    private static let columns = """
        t.source, t.source_id, t.at, t.title, t.text, t.url, t.likes, t.reposts, t.replies, t.vader, t.vocabulary,
        t.finbert
        """

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func save(_ items: [HeardItem]) async throws {
        guard !items.isEmpty else { return }
        try await database.write { sql in
            for item in items { try Self.save(item, sql) }
        }
    }

    private static func save(_ item: HeardItem, _ sql: SQLConnection) throws {
        let engagement = item.item.engagement
        let id = try sql.integer(
            """
            INSERT INTO texts (source, source_id, at, title, text, url, likes, reposts, replies, vader, vocabulary, finbert)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, source_id) DO UPDATE SET likes = excluded.likes, reposts = excluded.reposts,
                replies = excluded.replies
            RETURNING id
            """,
            [
                .text(item.source.name), .text(item.item.id), SQLValue(item.at), .text(item.item.title),
                .text(item.item.text), SQLValue(item.item.url), SQLValue(engagement.map { Int64($0.likes) }),
                SQLValue(engagement.map { Int64($0.reposts) }), SQLValue(engagement.map { Int64($0.replies) }),
                .real(item.vader), .real(item.vocabulary), item.finbert.map { .real($0) } ?? .null,
            ])
        guard let id else { return }
        for symbol in item.symbols {
            try sql.execute(
                "INSERT INTO text_symbols (symbol, at, text_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.text(symbol.description), SQLValue(item.at), .integer(id)])
        }
    }

    package func noticed(_ source: DataSource, id: String, engagement: MediaItem.Engagement) async throws {
        let new: [SQLValue] = [
            SQLValue(engagement.likes), SQLValue(engagement.reposts), SQLValue(engagement.replies),
        ]
        // What did not change is not written: most of what a source repeats did not.
        try await database.write { sql in
            try sql.execute(
                """
                UPDATE texts SET likes = ?, reposts = ?, replies = ?
                WHERE source = ? AND source_id = ? AND (likes <> ? OR reposts <> ? OR replies <> ?)
                """, new + [.text(source.name), .text(id)] + new)
        }
    }

    package func retract(_ source: DataSource, id: String) async throws {
        try await database.write { sql in
            try sql.execute(
                "DELETE FROM texts WHERE source = ? AND source_id = ?", [.text(source.name), .text(id)])
        }
    }

    package func texts(of symbol: Symbol, since: Timestamp, limit: Int) async throws -> [HeardItem] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT \(Self.columns) FROM text_symbols s JOIN texts t ON t.id = s.text_id
                WHERE s.symbol = ? AND s.at >= ? ORDER BY s.at DESC, s.text_id DESC LIMIT ?
                """, [.text(symbol.description), SQLValue(since), .integer(Int64(max(0, limit)))]
            ) { row in
                HeardItem(
                    source: DataSource(row.text(0)),
                    item: MediaItem(
                        id: row.text(1), title: row.text(3), text: row.text(4), url: row.optionalText(5),
                        engagement: row.optionalInteger(6).map {
                            .init(likes: Int($0), reposts: Int(row.integer(7)), replies: Int(row.integer(8)))
                        }),
                    at: row.time(2), symbols: [symbol], vader: row.real(9), vocabulary: row.real(10),
                    finbert: row.optionalReal(11))
            }
        }
    }

    package func titles(since: Timestamp, limit: Int) async throws -> [MediaItem] {
        try await database.read { sql in
            try sql.rows(
                "SELECT source_id, title, url FROM texts WHERE at >= ? ORDER BY at DESC LIMIT ?",
                [SQLValue(since), .integer(Int64(max(0, limit)))]
            ) { MediaItem(id: $0.text(0), title: $0.text(1), url: $0.optionalText(2)) }
        }.reversed()
    }

    package func prune(before: Timestamp, limit: Int) async throws -> Int {
        try await database.write { sql in
            try sql.execute(
                "DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE at < ? LIMIT ?)",
                [SQLValue(before), .integer(Int64(limit))])
        }
    }
}
