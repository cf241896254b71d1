extension Migration {
    /// The chain of hashes over alerts and told forecasts. An entry without a salt was erased by its owner.
    static let ledgerSchema = Migration(name: "0004 ledger") { d in
        [
            """
            CREATE TABLE ledger (
                sequence \(d.integer) NOT NULL PRIMARY KEY,
                kind TEXT NOT NULL CHECK (kind IN ('alert', 'forecast')),
                subject_id \(d.integer) NOT NULL,
                at \(d.integer) NOT NULL,
                salt \(d.bytes),
                content \(d.bytes) NOT NULL,
                previous \(d.bytes) NOT NULL,
                head \(d.bytes) NOT NULL,
                UNIQUE (kind, subject_id)
            ) \(d.tableEnd)
            """,
            """
            CREATE TABLE told_forecasts (
                id \(d.countingKey),
                natural_key TEXT NOT NULL UNIQUE,
                symbol TEXT NOT NULL,
                document TEXT NOT NULL,
                told_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
        ]
    }
}
