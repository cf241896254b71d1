extension Migration {
    /// What rules are known to be worth, what followed their live firings, and how many rules a person tried.
    static let ruleRecordSchema = Migration(name: "0009 rule records") { d in
        [
            // `replay` and `live` are documents; `next_at` is when the rule is replayed again (wall clock).
            """
            CREATE TABLE rule_records (
                rule_id \(d.integer) NOT NULL PRIMARY KEY REFERENCES rules (id) ON DELETE CASCADE,
                replay TEXT,
                live TEXT,
                next_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX rule_records_next ON rule_records (next_at)",
            "INSERT INTO rule_records (rule_id, next_at) SELECT id, 0 FROM rules WHERE ended_at IS NULL",
            // `next_at` is when the next of the three prices is due (rule clock); NULL when nothing more will be known.
            """
            CREATE TABLE live_firings (
                alert_id \(d.integer) NOT NULL PRIMARY KEY,
                rule_id \(d.integer) NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
                symbol TEXT NOT NULL,
                at \(d.integer) NOT NULL,
                price \(d.real) NOT NULL,
                after_hour \(d.real),
                after_day \(d.real),
                after_week \(d.real),
                next_at \(d.integer)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX live_firings_next ON live_firings (next_at) WHERE next_at IS NOT NULL",
            "CREATE INDEX live_firings_rule ON live_firings (rule_id, alert_id)",
            // A rule's text is known by its hash: only the number of different ones matters.
            """
            CREATE TABLE rule_tries (
                owner_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                text_hash \(d.integer) NOT NULL,
                at \(d.integer) NOT NULL,
                PRIMARY KEY (owner_id, text_hash)
            ) \(d.keyedTableEnd)
            """,
        ]
    }
}
