extension Migration {
    /// People, rules, market data, alerts, the outbox and the schedule. Times are Unix milliseconds.
    static let firstSchema = Migration(name: "0001 first schema") { dialect in
        marketTables(dialect) + peopleTables(dialect) + ruleTables(dialect) + alertTables(dialect)
            + outboxTables(dialect) + systemTables(dialect)
    }

    private static func marketTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE series (
                id \(d.countingKey),
                symbol TEXT NOT NULL,
                timeframe TEXT NOT NULL,
                venue TEXT NOT NULL,
                UNIQUE (symbol, timeframe, venue)
            ) \(d.tableEnd)
            """,
            """
            CREATE TABLE candles (
                series_id \(d.integer) NOT NULL REFERENCES series (id) ON DELETE CASCADE,
                open_time \(d.integer) NOT NULL,
                open \(d.real) NOT NULL,
                high \(d.real) NOT NULL,
                low \(d.real) NOT NULL,
                close \(d.real) NOT NULL,
                volume \(d.real) NOT NULL,
                PRIMARY KEY (series_id, open_time)
            ) \(d.keyedTableEnd)
            """,
        ]
    }

    private static func peopleTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE recipients (
                id \(d.countingKey),
                kind TEXT NOT NULL CHECK (kind IN ('person', 'place')),
                role TEXT NOT NULL CHECK (role IN ('operator', 'user', 'blocked')),
                stopped \(d.integer) NOT NULL DEFAULT 0,
                language TEXT NOT NULL,
                zone TEXT NOT NULL,
                quiet_start \(d.integer),
                quiet_end \(d.integer),
                muted_until \(d.integer),
                risk TEXT NOT NULL,
                last_rule_number \(d.integer) NOT NULL DEFAULT 0,
                created_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX recipients_role ON recipients (role) WHERE role <> 'user'",
            """
            CREATE TABLE identities (
                platform TEXT NOT NULL,
                external_id TEXT NOT NULL,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                PRIMARY KEY (platform, external_id)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX identities_recipient ON identities (recipient_id)",
            """
            CREATE TABLE addresses (
                channel TEXT NOT NULL,
                value TEXT NOT NULL,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                disabled_reason TEXT,
                PRIMARY KEY (channel, value)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX addresses_recipient ON addresses (recipient_id)",
            """
            CREATE TABLE subscriptions (
                symbol TEXT NOT NULL,
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                minimum_strength \(d.real) NOT NULL,
                created_at \(d.integer) NOT NULL,
                PRIMARY KEY (symbol, recipient_id)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX subscriptions_recipient ON subscriptions (recipient_id)",
            """
            CREATE TABLE codes (
                hash TEXT NOT NULL PRIMARY KEY,
                purpose TEXT NOT NULL,
                expires_at \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """,
        ]
    }

    /// A rule that ended by itself keeps its row, with `ended_at`, until its last alert is out.
    private static func ruleTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE rules (
                id \(d.countingKey),
                owner_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                number \(d.integer) NOT NULL,
                text TEXT NOT NULL,
                paused \(d.integer) NOT NULL DEFAULT 0,
                state TEXT NOT NULL,
                created_at \(d.integer) NOT NULL,
                ended_at \(d.integer),
                UNIQUE (owner_id, number)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX rules_ended ON rules (ended_at) WHERE ended_at IS NOT NULL",
            """
            CREATE TABLE drafts (
                id \(d.countingKey),
                owner_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                text TEXT NOT NULL,
                expires_at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX drafts_owner ON drafts (owner_id, id)",
        ]
    }

    /// `document` is the alert as JSON; it is erased when its owner is forgotten. `expanded_to` is the last recipient
    /// of the audience that has its entries, until `expanded_at` says that all have.
    private static func alertTables(_ d: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE alerts (
                id \(d.countingKey),
                natural_key TEXT NOT NULL UNIQUE,
                symbol TEXT,
                lane \(d.integer) NOT NULL,
                issued_at \(d.integer) NOT NULL,
                rule_id \(d.integer),
                owner_id \(d.integer),
                document TEXT,
                created_at \(d.integer) NOT NULL,
                expanded_to \(d.integer) NOT NULL DEFAULT 0,
                expanded_at \(d.integer)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX alerts_unexpanded ON alerts (lane, id) WHERE expanded_at IS NULL",
            "CREATE INDEX alerts_owner ON alerts (owner_id) WHERE owner_id IS NOT NULL",
            """
            CREATE TABLE told (
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                situation TEXT NOT NULL,
                issued_at \(d.integer) NOT NULL,
                PRIMARY KEY (recipient_id, situation)
            ) \(d.keyedTableEnd)
            """,
        ]
    }

    private static func outboxTables(_ d: SQLDialect) -> [String] {
        [
            // The queue of one address. `leased` is 1 while one of its entries is under a lease.
            """
            CREATE TABLE mailboxes (
                id \(d.countingKey),
                channel TEXT NOT NULL,
                address TEXT NOT NULL,
                leased \(d.integer) NOT NULL DEFAULT 0,
                UNIQUE (channel, address)
            ) \(d.tableEnd)
            """,
            """
            CREATE TABLE outbox (
                id \(d.countingKey),
                mailbox_id \(d.integer) NOT NULL REFERENCES mailboxes (id),
                channel TEXT NOT NULL,
                recipient_id \(d.integer),
                alert_id \(d.integer) REFERENCES alerts (id),
                is_digest \(d.integer) NOT NULL DEFAULT 0,
                merged_into \(d.integer),
                lane \(d.integer) NOT NULL CHECK (lane BETWEEN 0 AND 4),
                state TEXT NOT NULL
                    CHECK (state IN ('pending', 'leased', 'held', 'sent', 'coalesced', 'dead', 'dropped')),
                payload \(d.bytes),
                attempts \(d.integer) NOT NULL DEFAULT 0,
                possible_repeat \(d.integer) NOT NULL DEFAULT 0,
                created_at \(d.integer) NOT NULL,
                due_at \(d.integer) NOT NULL,
                expires_at \(d.integer),
                begun_at \(d.integer),
                lease_until \(d.integer),
                lease_owner TEXT,
                held_until \(d.integer),
                finished_at \(d.integer),
                provider_message_id TEXT,
                reason TEXT,
                CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
                CHECK ((state = 'held') = (held_until IS NOT NULL)),
                CHECK ((state = 'coalesced') = (merged_into IS NOT NULL))
            ) \(d.tableEnd)
            """,
            "CREATE INDEX outbox_queue ON outbox (mailbox_id, state, lane, id)",
            "CREATE UNIQUE INDEX outbox_alert ON outbox (alert_id, mailbox_id) WHERE alert_id IS NOT NULL",
            "CREATE INDEX outbox_leases ON outbox (channel, lease_until) WHERE state = 'leased'",
            "CREATE INDEX outbox_held ON outbox (held_until, mailbox_id) WHERE state = 'held'",
            "CREATE INDEX outbox_merged ON outbox (merged_into) WHERE merged_into IS NOT NULL",
            "CREATE INDEX outbox_history ON outbox (recipient_id, id) WHERE alert_id IS NOT NULL",
            """
            CREATE INDEX outbox_depth ON outbox (state, channel, created_at)
                WHERE state IN ('pending', 'held', 'dead')
            """,
            "CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL",
            // The oldest pending entry of each lane of each mailbox: what a claim chooses from.
            """
            CREATE TABLE lane_heads (
                mailbox_id \(d.integer) NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
                lane \(d.integer) NOT NULL,
                channel TEXT NOT NULL,
                entry_id \(d.integer) NOT NULL,
                due_at \(d.integer) NOT NULL,
                busy \(d.integer) NOT NULL,
                PRIMARY KEY (mailbox_id, lane)
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX lane_heads_due ON lane_heads (channel, lane, due_at) WHERE busy = 0",
            // Alerts sent in the latest hour of the rule clock.
            """
            CREATE TABLE hourly_usage (
                recipient_id \(d.integer) NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
                channel TEXT NOT NULL,
                hour \(d.integer) NOT NULL,
                total \(d.integer) NOT NULL,
                critical \(d.integer) NOT NULL,
                PRIMARY KEY (recipient_id, channel)
            ) \(d.keyedTableEnd)
            """,
        ]
    }

    private static func systemTables(_ d: SQLDialect) -> [String] {
        [
            // How far the watch has decided, by symbol.
            """
            CREATE TABLE watch_progress (
                symbol TEXT NOT NULL PRIMARY KEY,
                decided_up_to \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """,
            """
            CREATE TABLE inbox (
                update_key TEXT NOT NULL PRIMARY KEY,
                received_at \(d.integer) NOT NULL
            ) \(d.keyedTableEnd)
            """,
            "CREATE INDEX inbox_received ON inbox (received_at)",
            """
            CREATE TABLE audit (
                id \(d.countingKey),
                recipient_id \(d.integer) REFERENCES recipients (id) ON DELETE SET NULL,
                action TEXT NOT NULL,
                detail TEXT NOT NULL,
                at \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
            "CREATE INDEX audit_recipient ON audit (recipient_id) WHERE recipient_id IS NOT NULL",
            "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) \(d.keyedTableEnd)",
            """
            CREATE TABLE jobs (
                name TEXT NOT NULL PRIMARY KEY,
                due_at \(d.integer) NOT NULL,
                every \(d.integer),
                retry_at \(d.integer),
                lease_until \(d.integer)
            ) \(d.keyedTableEnd)
            """,
        ]
    }
}
