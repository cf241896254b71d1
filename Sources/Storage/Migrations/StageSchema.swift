extension Migration {
    /// What `/why` and `/whynot` need beside the outbox: stages that an entry does not show any more, and vetoes.
    static let stageSchema = Migration(name: "0005 delivery stages") { d in
        [
            // With `entry_id` a stage of that queue entry, else one of the alert before it had one.
            """
            CREATE TABLE delivery_stages (
                id \(d.countingKey),
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                alert_id \(d.integer),
                entry_id \(d.integer),
                at \(d.integer) NOT NULL,
                kind TEXT NOT NULL,
                detail TEXT NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX delivery_stages_entry ON delivery_stages (entry_id) WHERE entry_id IS NOT NULL",
            """
            CREATE INDEX delivery_stages_alert ON delivery_stages (recipient_id, alert_id) WHERE alert_id IS NOT NULL
            """,
            "CREATE INDEX delivery_stages_at ON delivery_stages (at)",
            """
            CREATE TABLE vetoes (
                symbol TEXT NOT NULL,
                at \(d.integer) NOT NULL,
                kind TEXT NOT NULL,
                score \(d.real) NOT NULL,
                reason TEXT NOT NULL,
                PRIMARY KEY (symbol, at, kind)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX vetoes_at ON vetoes (at)",
            "CREATE INDEX alerts_symbol ON alerts (symbol, issued_at) WHERE symbol IS NOT NULL",
        ]
    }
}
