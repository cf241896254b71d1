import Market
import People

/// Rows of `contacts`.
struct ContactTable {
    let sql: SQLConnection
    let seal: ContactSeal

    /// What must be known of a contact without opening it.
    struct Row {
        var id: Int64
        var reference: String
        var recipient: RecipientID
        var channel: ChannelKind
    }

    /// A contact that waits for its code.
    struct Waiting {
        var row: Row
        var codeHash: String
        var expiresAt: Timestamp
        var triesLeft: Int
    }

    private static let columns = "c.id, c.reference, c.recipient_id, c.channel"

    private static func row(_ row: SQLRow) throws -> Row {
        Row(
            id: row.integer(0), reference: row.text(1), recipient: RecipientID(row.integer(2)), channel: try row.raw(3))
    }

    static func newReference() -> String {
        var generator = SystemRandomNumberGenerator()
        return "c" + URLText.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    func all(of id: RecipientID) throws -> [StoredContact] {
        try sql.rows(
            """
            SELECT \(Self.columns), c.sealed, c.verified_at, a.disabled_reason FROM contacts c
            LEFT JOIN addresses a ON a.channel = c.channel AND a.value = c.reference
            WHERE c.recipient_id = ? ORDER BY c.channel, c.verified_at IS NULL
            """, [.integer(id.rawValue)]
        ) { row in
            let contact = try Self.row(row)
            return StoredContact(
                reference: contact.reference,
                contact: try seal.open(
                    row.optionalBytes(4) ?? [], channel: contact.channel, reference: contact.reference),
                verifiedAt: row.optionalTime(5), disabledReason: row.optionalText(6))
        }
    }

    func find(reference: String) throws -> Row? {
        try sql.first("SELECT \(Self.columns) FROM contacts c WHERE c.reference = ?", [.text(reference)]) {
            try Self.row($0)
        }
    }

    func contact(reference: String, channel: ChannelKind) throws -> Contact? {
        try sql.first(
            "SELECT sealed FROM contacts WHERE reference = ? AND channel = ?",
            [.text(reference), .text(channel.rawValue)]
        ) { try seal.open($0.optionalBytes(0) ?? [], channel: channel, reference: reference) }
    }

    /// Whose verified contact it is.
    func verified(_ contact: Contact) throws -> Row? {
        try sql.first(
            """
            SELECT \(Self.columns) FROM contacts c WHERE c.channel = ? AND c.lookup = ? AND c.verified_at IS NOT NULL
            """, [.text(contact.channel.rawValue), .text(seal.lookup(contact))]
        ) { try Self.row($0) }
    }

    func verified(channel: ChannelKind, of id: RecipientID) throws -> Row? {
        try sql.first(
            """
            SELECT \(Self.columns) FROM contacts c
            WHERE c.recipient_id = ? AND c.channel = ? AND c.verified_at IS NOT NULL
            """, [.integer(id.rawValue), .text(channel.rawValue)]
        ) { try Self.row($0) }
    }

    func waiting(of id: RecipientID) throws -> [Waiting] {
        try sql.rows(
            """
            SELECT \(Self.columns), c.code_hash, c.code_expires_at, c.tries_left FROM contacts c
            WHERE c.recipient_id = ? AND c.verified_at IS NULL ORDER BY c.channel
            """, [.integer(id.rawValue)]
        ) { row in
            Waiting(
                row: try Self.row(row), codeHash: row.text(4), expiresAt: row.time(5),
                triesLeft: Int(row.integer(6)))
        }
    }

    /// In place of another one of the channel that waits.
    func addWaiting(_ contact: Contact, of id: RecipientID, code: String, at now: Timestamp) throws -> String {
        try sql.execute(
            "DELETE FROM contacts WHERE recipient_id = ? AND channel = ? AND verified_at IS NULL",
            [.integer(id.rawValue), .text(contact.channel.rawValue)])
        let reference = Self.newReference()
        try sql.execute(
            """
            INSERT INTO contacts
                (reference, recipient_id, channel, lookup, sealed, created_at, code_hash, code_expires_at, tries_left)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(reference), .integer(id.rawValue), .text(contact.channel.rawValue),
                .text(seal.lookup(contact)), .bytes(try seal.seal(contact, reference: reference)), SQLValue(now),
                .text(seal.codeHash(code, reference: reference)), SQLValue(now + VerificationLimits.life),
                SQLValue(VerificationLimits.tries),
            ])
        return reference
    }

    func spendTry(_ row: Row) throws {
        try sql.execute("UPDATE contacts SET tries_left = tries_left - 1 WHERE id = ?", [.integer(row.id)])
    }

    func delete(_ row: Row) throws {
        try AddressTable(sql: sql).remove(channel: row.channel, value: row.reference, of: row.recipient)
        try sql.execute("DELETE FROM contacts WHERE id = ?", [.integer(row.id)])
    }

    /// The contact becomes the person's way on its channel. Whoever had it before loses it; what waits for the person's
    /// former contact goes to the new one. Returns whoever lost it.
    func verify(_ row: Row, at now: Timestamp) throws -> RecipientID? {
        let key = SQLValue.integer(row.id)
        let rival = try sql.first(
            """
            SELECT \(Self.columns) FROM contacts n
            JOIN contacts c ON c.channel = n.channel AND c.lookup = n.lookup AND c.verified_at IS NOT NULL
            WHERE n.id = ? AND c.recipient_id <> n.recipient_id
            """, [key]
        ) { try Self.row($0) }
        if let rival { try delete(rival) }
        if let former = try verified(channel: row.channel, of: row.recipient) {
            try ChatMove(sql: sql).move(channel: row.channel, from: former.reference, to: row.reference)
            try sql.execute("DELETE FROM contacts WHERE id = ?", [.integer(former.id)])
        }
        try sql.execute(
            """
            UPDATE contacts SET verified_at = ?, code_hash = NULL, code_expires_at = NULL, tries_left = 0 WHERE id = ?
            """, [SQLValue(now), key])
        try AddressTable(sql: sql).set(Address(channel: row.channel, value: row.reference), of: row.recipient)
        return rival?.recipient
    }
}
