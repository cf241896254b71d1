extension Migration {
    /// Who gets a digest, and when the next one is due (wall clock). `weekday` is 1 for Monday; daily ones have none.
    static let digestSchema = Migration(name: "0006 digests") { d in
        [
            """
            CREATE TABLE digests (
                recipient_id \(d.integer) NOT NULL PRIMARY KEY REFERENCES recipients (id) ON DELETE CASCADE,
                weekday \(d.integer) CHECK (weekday BETWEEN 1 AND 7),
                minute \(d.integer) NOT NULL CHECK (minute BETWEEN 0 AND 1439),
                next_at \(d.integer) NOT NULL,
                last_at \(d.integer)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX digests_next ON digests (next_at)",
        ]
    }
}
