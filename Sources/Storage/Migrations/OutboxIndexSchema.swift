extension Migration {
    /// Indexes of the outbox that a lease does not touch. An entry changes its state at least three times, and an index
    /// that names the state moves with each; what a lane's queue and its depth are read from knows only whether an entry
    /// is finished or held.
    static let outboxIndexes = Migration(name: "0010 outbox indexes") { _ in
        [
            "DROP INDEX outbox_queue",
            "DROP INDEX outbox_depth",
            "CREATE INDEX outbox_mailbox ON outbox (mailbox_id)",
            // Pending and leased entries, in the order of their lane. The last two columns are what depths are read from.
            """
            CREATE INDEX outbox_open ON outbox (mailbox_id, lane, id, channel, created_at)
                WHERE finished_at IS NULL AND held_until IS NULL
            """,
            "CREATE INDEX outbox_held_mailbox ON outbox (mailbox_id, held_until, channel, created_at) WHERE state = 'held'",
            "CREATE INDEX outbox_dead ON outbox (channel, created_at) WHERE state = 'dead'",
        ]
    }
}
