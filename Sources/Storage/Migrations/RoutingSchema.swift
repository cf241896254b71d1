extension Migration {
    /// Between a decided alert and its outbox entries: groups, silences, answers of people, escalations, and alerts that
    /// were asked for again.
    static let routingSchema = Migration(name: "0003 routing") { dialect in
        attentionColumns(dialect) + groupTables(dialect) + answerTables(dialect) + livingTables(dialect)
    }

    private static func attentionColumns(_ d: SQLDialect) -> [String] {
        [
            // Loud alerts of the latest day (days since 1970 in the person's zone).
            """
            CREATE TABLE attention (
                recipient_id \(d.integer) NOT NULL PRIMARY KEY REFERENCES recipients (id) ON DELETE CASCADE,
                day \(d.integer) NOT NULL,
                loud \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """
        ]
    }

    /// `event_at` is on the rule clock, `flush_at` and `flushed_at` on the wall clock. Members that wait for the flush are
    /// held entries with this `group_id`. `message_id` is the provider's, of a message that grows by edits.
    private static func groupTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE alert_groups (
                id \(d.countingKey),
                mailbox_id \(d.integer) NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
                kind TEXT NOT NULL,
                event_at \(d.integer) NOT NULL,
                passed \(d.integer) NOT NULL DEFAULT 0,
                flush_at \(d.integer),
                flushed_at \(d.integer),
                side TEXT,
                message_id TEXT
            ) \(d.tableEnd)
            """,
            "CREATE INDEX alert_groups_kind ON alert_groups (mailbox_id, kind, id)",
            "CREATE INDEX alert_groups_due ON alert_groups (flush_at) WHERE flush_at IS NOT NULL",
            "CREATE INDEX alert_groups_event ON alert_groups (event_at)",
            "ALTER TABLE outbox ADD COLUMN group_id \(d.integer)",
            "ALTER TABLE outbox ADD COLUMN edit_of TEXT",
            "ALTER TABLE outbox ADD COLUMN silent \(d.integer) NOT NULL DEFAULT 0",
            "CREATE INDEX outbox_group ON outbox (group_id, id) WHERE group_id IS NOT NULL",
            // Times are on the rule clock.
            """
            CREATE TABLE silences (
                id \(d.countingKey),
                pattern TEXT NOT NULL,
                reason TEXT NOT NULL,
                author_id \(d.integer) REFERENCES recipients (id) ON DELETE SET NULL,
                created_at \(d.integer) NOT NULL,
                ends_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX silences_end ON silences (ends_at)",
            "CREATE INDEX silences_author ON silences (author_id) WHERE author_id IS NOT NULL",
        ]
    }

    /// Messages that are edited as their situation goes on. `look_at` is on the wall clock.
    private static func livingTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE living_messages (
                id \(d.countingKey),
                mailbox_id \(d.integer) NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                alert_id \(d.integer) NOT NULL REFERENCES alerts (id),
                rule_id \(d.integer),
                symbol TEXT NOT NULL,
                message_id TEXT NOT NULL,
                stage TEXT NOT NULL,
                shown \(d.real) NOT NULL,
                edits \(d.integer) NOT NULL,
                has_faded \(d.integer) NOT NULL DEFAULT 0,
                look_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX living_messages_look ON living_messages (look_at)",
            "CREATE INDEX living_messages_rule ON living_messages (rule_id, symbol) WHERE rule_id IS NOT NULL",
            "CREATE INDEX living_messages_mailbox ON living_messages (mailbox_id)",
            "CREATE INDEX living_messages_recipient ON living_messages (recipient_id)",
            "CREATE INDEX living_messages_alert ON living_messages (alert_id)",
        ]
    }

    private static func answerTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE alert_answers (
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                alert_id \(d.integer) NOT NULL REFERENCES alerts (id),
                acknowledged_at \(d.integer),
                useful \(d.integer),
                PRIMARY KEY (recipient_id, alert_id)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX alert_answers_alert ON alert_answers (alert_id)",
            // `due_at` is on the wall clock.
            """
            CREATE TABLE escalations (
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                alert_id \(d.integer) NOT NULL REFERENCES alerts (id),
                due_at \(d.integer) NOT NULL,
                PRIMARY KEY (recipient_id, alert_id)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX escalations_due ON escalations (due_at)",
            "CREATE INDEX escalations_alert ON escalations (alert_id)",
            // Reminders, and alerts that somebody wants to hear again. `due_at` is on the rule clock; `document` is the
            // alert to be made then.
            """
            CREATE TABLE later_alerts (
                id \(d.countingKey),
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                due_at \(d.integer) NOT NULL,
                document TEXT NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX later_alerts_due ON later_alerts (due_at)",
            "CREATE INDEX later_alerts_recipient ON later_alerts (recipient_id)",
        ]
    }
}
