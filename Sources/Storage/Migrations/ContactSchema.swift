extension Migration {
    /// Contact data of people, one-time codes for it, joined identities, and what people chose about channels.
    static let contacts = Migration(name: "0002 contacts") { dialect in
        contactTables(dialect) + linkTables(dialect) + preferenceColumns(dialect)
    }

    private static func contactTables(_ d: SQLDialect) -> [String] {
        [
            // `sealed` is the address or number under a key that is not in the database, `lookup` its keyed hash.
            // `reference` is made by chance and stands for the contact in `addresses` and `mailboxes`.
            """
            CREATE TABLE contacts (
                id \(d.countingKey),
                reference TEXT NOT NULL UNIQUE,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
                lookup TEXT NOT NULL,
                sealed \(d.bytes) NOT NULL,
                created_at \(d.integer) NOT NULL,
                verified_at \(d.integer),
                code_hash TEXT,
                code_expires_at \(d.integer),
                tries_left \(d.integer) NOT NULL DEFAULT 0,
                CHECK ((verified_at IS NULL) = (code_hash IS NOT NULL)),
                CHECK ((code_hash IS NULL) = (code_expires_at IS NULL))
            ) \(d.tableEnd)
            """,
            "CREATE UNIQUE INDEX contacts_owner ON contacts (channel, lookup) WHERE verified_at IS NOT NULL",
            "CREATE UNIQUE INDEX contacts_verified ON contacts (recipient_id, channel) WHERE verified_at IS NOT NULL",
            "CREATE UNIQUE INDEX contacts_waiting ON contacts (recipient_id, channel) WHERE verified_at IS NULL",
            // Who asked for a code and for what, as keyed hashes: the limits outlive `/forget` by a day.
            """
            CREATE TABLE code_requests (
                id \(d.countingKey),
                asker TEXT NOT NULL,
                lookup TEXT NOT NULL,
                at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX code_requests_asker ON code_requests (asker, at)",
            "CREATE INDEX code_requests_lookup ON code_requests (lookup, at)",
        ]
    }

    private static func linkTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE link_codes (
                recipient_id \(d.integer) NOT NULL PRIMARY KEY REFERENCES recipients (id) ON DELETE CASCADE,
                hash TEXT NOT NULL UNIQUE,
                expires_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            // Where a person went who was joined with another: decisions in flight still carry the old key.
            """
            CREATE TABLE joined_recipients (
                old_id \(d.integer) NOT NULL PRIMARY KEY,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE
            ) \(d.tableEnd)
            """,
            "CREATE INDEX joined_recipients_recipient ON joined_recipients (recipient_id)",
        ]
    }

    private static func preferenceColumns(_ d: SQLDialect) -> [String] {
        [
            "ALTER TABLE recipients ADD COLUMN channel_levels TEXT",
            "ALTER TABLE recipients ADD COLUMN attention_budget \(d.integer)",
            "ALTER TABLE recipients ADD COLUMN escalate_from TEXT",
        ]
    }
}
