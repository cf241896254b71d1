extension Migration {
    /// News and posts with the symbols they speak of and how they sound, and figures of assets and networks.
    static let textSchema = Migration(name: "0012 texts and figures") { d in
        [
            """
            CREATE TABLE texts (
                id \(d.countingKey),
                source TEXT NOT NULL,
                source_id TEXT NOT NULL,
                at \(d.integer) NOT NULL,
                title TEXT NOT NULL,
                text TEXT NOT NULL,
                url TEXT,
                likes \(d.integer),
                reposts \(d.integer),
                replies \(d.integer),
                vader \(d.real) NOT NULL,
                vocabulary \(d.real) NOT NULL,
                finbert \(d.real),
                UNIQUE (source, source_id)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX texts_at ON texts (at)",
            """
            CREATE TABLE text_symbols (
                symbol TEXT NOT NULL,
                at \(d.integer) NOT NULL,
                text_id \(d.integer) NOT NULL REFERENCES texts (id) ON DELETE CASCADE,
                PRIMARY KEY (symbol, at, text_id)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX text_symbols_text ON text_symbols (text_id)",
        ]
    }
}
