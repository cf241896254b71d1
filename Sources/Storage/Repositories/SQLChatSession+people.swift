import Market
import People

extension SQLChatSession {
    private var recipientTable: RecipientTable { RecipientTable(sql: sql) }
    private var addressTable: AddressTable { AddressTable(sql: sql) }

    func recipient(_ id: RecipientID) throws -> Recipient? { try recipientTable.find(id) }

    func recipient(for identity: Identity) throws -> Recipient? { try recipientTable.find(identity) }

    func identities(of id: RecipientID) throws -> [Identity] {
        try sql.rows(
            "SELECT platform, external_id FROM identities WHERE recipient_id = ? ORDER BY platform, external_id",
            [.integer(id.rawValue)]
        ) { Identity(platform: try $0.raw(0), externalID: $0.text(1)) }
    }

    func recipients(role: Recipient.Role) throws -> [Recipient] {
        try sql.rows(
            "SELECT \(RecipientTable.columns) FROM recipients r WHERE r.role = ? ORDER BY r.id", [.text(role.rawValue)]
        ) { try RecipientTable.recipient($0) }
    }

    func recipientCount() throws -> RecipientCount {
        var count = RecipientCount()
        let groups = try sql.rows("SELECT kind, role, count(*) FROM recipients GROUP BY kind, role") { row in
            (
                kind: try row.raw(0, as: Recipient.Kind.self), role: try row.raw(1, as: Recipient.Role.self),
                count: Int(row.integer(2))
            )
        }
        for group in groups {
            switch group.kind {
            case .person: count.people += group.count
            case .place: count.places += group.count
            }
            switch group.role {
            case .operator: count.operators += group.count
            case .blocked: count.blocked += group.count
            case .user: break
            }
        }
        return count
    }

    func addRecipient(
        kind: Recipient.Kind, role: Recipient.Role, preferences: Preferences, identity: Identity, address: Address,
        at now: Timestamp
    ) throws -> Recipient {
        let recipient = try recipientTable.insert(kind: kind, role: role, preferences: preferences, at: now)
        try sql.execute(
            "INSERT INTO identities (platform, external_id, recipient_id) VALUES (?, ?, ?)",
            [.text(identity.platform.rawValue), .text(identity.externalID), .integer(recipient.id.rawValue)])
        try addressTable.set(address, of: recipient.id)
        return recipient
    }

    func update(_ recipient: Recipient) throws { try recipientTable.update(recipient) }

    func forget(_ id: RecipientID) throws { try Eraser(sql: sql).forget(id) }

    func addresses(of id: RecipientID) throws -> [Address] { try addressTable.all(of: id) }

    func setAddress(_ address: Address, of id: RecipientID) throws { try addressTable.set(address, of: id) }

    func removeAddress(channel: ChannelKind, value: String, of id: RecipientID) throws {
        try addressTable.remove(channel: channel, value: value, of: id)
    }

    func moveChat(platform: Platform, from old: String, to new: String) throws {
        try ChatMove(sql: sql).move(platform: platform, from: old, to: new)
    }

    func subscriptions(of id: RecipientID) throws -> [Subscription] {
        try sql.rows(
            "SELECT symbol, minimum_strength FROM subscriptions WHERE recipient_id = ? ORDER BY symbol",
            [.integer(id.rawValue)]
        ) { Subscription(symbol: try $0.lossless(0) { Symbol($0) }, minimumStrength: $0.real(1)) }
    }

    func subscribe(_ id: RecipientID, to subscription: Subscription, at now: Timestamp) throws {
        try sql.execute(
            """
            INSERT INTO subscriptions (symbol, recipient_id, minimum_strength, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (symbol, recipient_id) DO UPDATE SET minimum_strength = excluded.minimum_strength
            """,
            [
                .text(subscription.symbol.description), .integer(id.rawValue), .real(subscription.minimumStrength),
                SQLValue(now),
            ])
    }

    func unsubscribe(_ id: RecipientID, from symbol: Symbol) throws -> Bool {
        try sql.execute(
            "DELETE FROM subscriptions WHERE symbol = ? AND recipient_id = ?",
            [.text(symbol.description), .integer(id.rawValue)]) > 0
    }

    func subscriptionCounts() throws -> [Symbol: Int] {
        let counts = try sql.rows("SELECT symbol, count(*) FROM subscriptions GROUP BY symbol") {
            (try $0.lossless(0) { Symbol($0) }, Int($0.integer(1)))
        }
        return Dictionary(counts, uniquingKeysWith: +)
    }

    func addCode(hash: String, purpose: String, expiresAt: Timestamp) throws {
        try sql.execute(
            """
            INSERT INTO codes (hash, purpose, expires_at) VALUES (?, ?, ?)
            ON CONFLICT (hash) DO UPDATE SET purpose = excluded.purpose, expires_at = excluded.expires_at
            """, [.text(hash), .text(purpose), SQLValue(expiresAt)])
    }

    func redeemCode(hash: String, purpose: String, at now: Timestamp) throws -> Bool {
        try sql.execute(
            "DELETE FROM codes WHERE hash = ? AND purpose = ? AND expires_at > ?",
            [.text(hash), .text(purpose), SQLValue(now)]) > 0
    }
}
