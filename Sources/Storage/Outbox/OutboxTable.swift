import Decisions
import Delivery
import Market
import People

/// Rows of the outbox and the heads that a claim chooses from.
///
/// Order: entries of one mailbox and lane go in order of their key, one at a time. An entry that waits for a retry holds
/// up its lane, never another one, so a reply or a critical alert overtakes it. `lane_heads` has the oldest pending
/// entry of every lane that holds one, with the time it is due and whether its mailbox is under a lease (`busy`);
/// whoever changes the pending entries of a lane refreshes its head in the same transaction.
struct OutboxTable {
    /// True of pending and leased entries, in the words of the index that holds them.
    static let isOpen = "finished_at IS NULL AND held_until IS NULL"

    let sql: SQLConnection

    /// The queue of one address.
    struct Mailbox: Hashable {
        var id: Int64
        var channel: ChannelKind
        var isLeased: Bool
    }

    struct NewEntry {
        var recipient: RecipientID?
        var alert: AlertID?
        var isDigest = false
        var possibleRepeat = false
        var lane: Lane
        var payload: [UInt8]?
        var createdAt: Timestamp
        var dueAt: Timestamp
        var expiresAt: Timestamp?
        /// The group whose message it is.
        var group: Int64?
        /// Provider's key of the message it replaces.
        var editOf: String?
        var isSilent = false
    }

    func existingMailbox(channel: ChannelKind, address: String) throws -> Mailbox? {
        try sql.first(
            "SELECT id, leased FROM mailboxes WHERE channel = ? AND address = ?",
            [.text(channel.rawValue), .text(address)]
        ) { Mailbox(id: $0.integer(0), channel: channel, isLeased: $0.flag(1)) }
    }

    func mailbox(channel: ChannelKind, address: String) throws -> Mailbox {
        if let mailbox = try existingMailbox(channel: channel, address: address) { return mailbox }
        let id = try sql.integer(
            "INSERT INTO mailboxes (channel, address) VALUES (?, ?) RETURNING id",
            [.text(channel.rawValue), .text(address)])
        guard let id else { throw StorageError.corrupt("a mailbox without a key") }
        return Mailbox(id: id, channel: channel, isLeased: false)
    }

    /// Adds a pending entry. `nil` when this alert has its entry in this mailbox already.
    @discardableResult
    func add(_ entry: NewEntry, to mailbox: Mailbox) throws -> Int64? {
        let id = try sql.integer(
            """
            INSERT INTO outbox
                (mailbox_id, channel, recipient_id, alert_id, is_digest, possible_repeat, lane, state, payload,
                created_at, due_at, expires_at, group_id, edit_of, silent)
            VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (alert_id, mailbox_id) WHERE alert_id IS NOT NULL DO NOTHING RETURNING id
            """,
            [
                .integer(mailbox.id), .text(mailbox.channel.rawValue), SQLValue(entry.recipient?.rawValue),
                SQLValue(entry.alert?.rawValue), SQLValue(entry.isDigest), SQLValue(entry.possibleRepeat),
                SQLValue(entry.lane.rawValue),
                entry.payload.map(SQLValue.bytes) ?? .null, SQLValue(entry.createdAt), SQLValue(entry.dueAt),
                SQLValue(entry.expiresAt), SQLValue(entry.group), SQLValue(entry.editOf), SQLValue(entry.isSilent),
            ])
        guard let id else { return nil }
        // Newer than every other entry: it is the head only if there is none.
        try sql.execute(
            """
            INSERT INTO lane_heads (mailbox_id, lane, channel, entry_id, due_at, busy) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (mailbox_id, lane) DO NOTHING
            """,
            [
                .integer(mailbox.id), SQLValue(entry.lane.rawValue), .text(mailbox.channel.rawValue), .integer(id),
                SQLValue(entry.dueAt), SQLValue(mailbox.isLeased),
            ])
        return id
    }

    /// Adds an entry that waits for its group's flush, or until a rule time. `nil` when this alert has its entry here.
    @discardableResult
    func addHeld(
        _ entry: NewEntry, group: Int64? = nil, until: Timestamp, reason: String, to mailbox: Mailbox
    ) throws -> Int64? {
        try sql.integer(
            """
            INSERT INTO outbox
                (mailbox_id, channel, recipient_id, alert_id, lane, state, created_at, due_at, held_until, group_id, reason)
            VALUES (?, ?, ?, ?, ?, 'held', ?, ?, ?, ?, ?)
            ON CONFLICT (alert_id, mailbox_id) WHERE alert_id IS NOT NULL DO NOTHING RETURNING id
            """,
            [
                .integer(mailbox.id), .text(mailbox.channel.rawValue), SQLValue(entry.recipient?.rawValue),
                SQLValue(entry.alert?.rawValue), SQLValue(entry.lane.rawValue), SQLValue(entry.createdAt),
                SQLValue(entry.dueAt), SQLValue(until), SQLValue(group), .text(reason),
            ])
    }

    /// Adds an entry that says why an alert does not go to somebody. `state` is `dead` or `dropped`.
    func addFinished(_ entry: NewEntry, state: String, reason: String?, at now: Timestamp, to mailbox: Mailbox) throws {
        try sql.execute(
            """
            INSERT INTO outbox
                (mailbox_id, channel, recipient_id, alert_id, lane, state, created_at, due_at, finished_at, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (alert_id, mailbox_id) WHERE alert_id IS NOT NULL DO NOTHING
            """,
            [
                .integer(mailbox.id), .text(mailbox.channel.rawValue), SQLValue(entry.recipient?.rawValue),
                SQLValue(entry.alert?.rawValue), SQLValue(entry.lane.rawValue), .text(state),
                SQLValue(entry.createdAt), SQLValue(entry.dueAt), SQLValue(now), SQLValue(reason),
            ])
    }

    /// Finds the oldest pending entry of the lane again.
    func refreshHead(of mailbox: Mailbox, lane: Int64) throws {
        let head = try sql.first(
            """
            SELECT id, due_at FROM outbox WHERE mailbox_id = ? AND lane = ? AND state = 'pending' AND \(Self.isOpen)
            ORDER BY id LIMIT 1
            """, [.integer(mailbox.id), .integer(lane)]
        ) { (id: $0.integer(0), dueAt: $0.integer(1)) }
        guard let head else {
            try sql.execute(
                "DELETE FROM lane_heads WHERE mailbox_id = ? AND lane = ?", [.integer(mailbox.id), .integer(lane)])
            return
        }
        try sql.execute(
            """
            INSERT INTO lane_heads (mailbox_id, lane, channel, entry_id, due_at, busy) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (mailbox_id, lane) DO UPDATE
                SET entry_id = excluded.entry_id, due_at = excluded.due_at, busy = excluded.busy
            """,
            [
                .integer(mailbox.id), .integer(lane), .text(mailbox.channel.rawValue), .integer(head.id),
                .integer(head.dueAt), SQLValue(mailbox.isLeased),
            ])
    }

    /// Every lane of the mailbox, after a change of unknown extent.
    func refreshHeads(of mailbox: Mailbox) throws {
        for lane in Lane.allCases { try refreshHead(of: mailbox, lane: Int64(lane.rawValue)) }
    }

    /// Ends the leases of mailboxes and offers their heads again. The lanes whose entry left must be refreshed as well.
    func free(_ mailboxes: some Sequence<Int64>) throws {
        try SQLList.forEach(Array(mailboxes)) { keys in
            try sql.execute("UPDATE mailboxes SET leased = 0 WHERE id IN (\(keys.placeholders))", keys.values)
            try sql.execute(
                "UPDATE lane_heads SET busy = 0 WHERE busy = 1 AND mailbox_id IN (\(keys.placeholders))", keys.values)
        }
    }
}
