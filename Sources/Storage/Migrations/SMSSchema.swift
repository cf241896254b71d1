extension Migration {
    /// SMS: how many went out on a day, and what the provider tells about each.
    static let sms = Migration(name: "0007 sms") { d in
        [
            """
            CREATE TABLE sms_usage (
                day \(d.integer) NOT NULL PRIMARY KEY,
                count \(d.integer) NOT NULL CHECK (count >= 0)
            ) \(d.tableEnd)
            """,
            """
            CREATE TABLE sms_reports (
                message_id TEXT NOT NULL PRIMARY KEY,
                outbox_id \(d.integer) REFERENCES outbox (id) ON DELETE SET NULL,
                state TEXT NOT NULL,
                rank \(d.integer) NOT NULL,
                error_code \(d.integer),
                updated_at \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX sms_reports_outbox ON sms_reports (outbox_id) WHERE outbox_id IS NOT NULL",
            "CREATE INDEX sms_reports_updated ON sms_reports (updated_at)",
        ]
    }
}
