extension Migration {
    /// What people note and hand on in chat: entries, rules that somebody shares, broadcasts that wait for their button.
    static let conversation = Migration(name: "0011 conversation") { d in
        [
            // `price` is the exact decimal.
            """
            CREATE TABLE entries (
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                symbol TEXT NOT NULL,
                price TEXT NOT NULL,
                amount \(d.real),
                noted_at \(d.integer) NOT NULL,
                PRIMARY KEY (recipient_id, symbol)
            ) \(d.keyedTableEnd)
            """,
            """
            CREATE TABLE shared_rules (
                hash TEXT NOT NULL PRIMARY KEY,
                owner_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                text TEXT NOT NULL,
                created_at \(d.integer) NOT NULL,
                expires_at \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX shared_rules_owner ON shared_rules (owner_id, created_at)",
            "CREATE INDEX shared_rules_end ON shared_rules (expires_at)",
            """
            CREATE TABLE broadcasts (
                id \(d.countingKey),
                owner_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                text TEXT NOT NULL,
                expires_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX broadcasts_owner ON broadcasts (owner_id)",
        ]
    }
}
