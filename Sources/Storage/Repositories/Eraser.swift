import Market
import People

/// Forgets a recipient: everything of theirs goes; of deliveries only that they happened stays.
struct Eraser {
    let sql: SQLConnection

    func forget(_ id: RecipientID) throws {
        let key = SQLValue.integer(id.rawValue)
        let mailboxes = try sql.rows(
            """
            SELECT m.id FROM addresses a JOIN mailboxes m ON m.channel = a.channel AND m.address = a.value
            WHERE a.recipient_id = ?
            UNION
            SELECT m.id FROM contacts c JOIN mailboxes m ON m.channel = c.channel AND m.address = c.reference
            WHERE c.recipient_id = ?
            """, [key, key]
        ) { $0.integer(0) }
        for mailbox in mailboxes { try erase(mailbox: mailbox) }
        try eraseElsewhere(of: id)
        try LedgerTable(sql: sql).erase(alertsOf: id)
        try sql.execute(
            """
            DELETE FROM scores WHERE kind = 'firing' AND subject_id IN (SELECT id FROM alerts WHERE owner_id = ?)
            """, [key])
        // An alert of the owner alone holds their rule and its values.
        try sql.execute(
            """
            UPDATE alerts SET document = NULL, symbol = NULL, owner_id = NULL, rule_id = NULL,
                expanded_at = coalesce(expanded_at, created_at) WHERE owner_id = ?
            """, [key])
        try sql.execute("UPDATE audit SET detail = '' WHERE recipient_id = ?", [key])
        try sql.execute("DELETE FROM recipients WHERE id = ?", [key])
    }

    /// Drops what waits for the address and takes the address off what was.
    private func erase(mailbox: Int64) throws {
        try sql.execute("DELETE FROM lane_heads WHERE mailbox_id = ?", [.integer(mailbox)])
        try sql.execute("DELETE FROM alert_groups WHERE mailbox_id = ?", [.integer(mailbox)])
        try sql.execute("DELETE FROM living_messages WHERE mailbox_id = ?", [.integer(mailbox)])
        try sql.execute(
            "DELETE FROM outbox WHERE mailbox_id = ? AND alert_id IS NULL AND is_digest = 0", [.integer(mailbox)])
        try sql.execute(Self.eraseEntries + "mailbox_id = ?", [.integer(mailbox)])
        try sql.execute(
            "UPDATE mailboxes SET address = 'forgotten ' || id, leased = 0 WHERE id = ?", [.integer(mailbox)])
    }

    /// Entries for addresses that are not the recipient's any more.
    private func eraseElsewhere(of id: RecipientID) throws {
        let mailboxes = try sql.rows(
            """
            SELECT DISTINCT m.id, m.channel FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE o.recipient_id = ?
            """, [.integer(id.rawValue)]
        ) { OutboxTable.Mailbox(id: $0.integer(0), channel: try $0.raw(1), isLeased: false) }
        // Answers, notices and digests hold their words themselves.
        try sql.execute(
            "DELETE FROM outbox WHERE recipient_id = ? AND alert_id IS NULL AND is_digest = 0", [.integer(id.rawValue)])
        try sql.execute(Self.eraseEntries + "recipient_id = ?", [.integer(id.rawValue)])
        let outbox = OutboxTable(sql: sql)
        for var mailbox in mailboxes {
            let leased = try sql.integer(
                "SELECT count(*) FROM outbox WHERE mailbox_id = ? AND state = 'leased'", [.integer(mailbox.id)])
            mailbox.isLeased = leased != 0
            if !mailbox.isLeased { try outbox.free([mailbox.id]) }
            try outbox.refreshHeads(of: mailbox)
        }
    }

    private static let eraseEntries = """
        UPDATE outbox SET payload = NULL, provider_message_id = NULL, recipient_id = NULL, begun_at = NULL,
            reason = CASE WHEN state IN ('pending', 'leased', 'held') THEN 'forgotten' ELSE reason END,
            finished_at = coalesce(finished_at, created_at), held_until = NULL, group_id = NULL, lease_until = NULL, lease_owner = NULL,
            state = CASE WHEN state IN ('pending', 'leased', 'held') THEN 'dropped' ELSE state END
        WHERE 
        """
}
