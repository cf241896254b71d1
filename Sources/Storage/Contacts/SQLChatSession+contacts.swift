import Market
import People

extension SQLChatSession {
    private func contactTable() throws -> ContactTable {
        guard let vault else { throw StorageError.noKey }
        return ContactTable(sql: sql, seal: vault.seal)
    }

    /// Without a key there cannot be any.
    func contacts(of id: RecipientID) throws -> [StoredContact] {
        guard let vault else { return [] }
        return try ContactTable(sql: sql, seal: vault.seal).all(of: id)
    }

    func codeAllowance(for contact: Contact, of id: RecipientID, at now: Timestamp) throws -> CodeAllowance {
        let table = try contactTable()
        let askers = try askers(id, table.seal)
        let places = askers.map { _ in "?" }.joined(separator: ", ")
        let lately = try sql.rows(
            "SELECT at FROM code_requests WHERE asker IN (\(places)) AND at > ? ORDER BY at DESC LIMIT ?",
            askers.map(SQLValue.text) + [SQLValue(now - .days(1)), SQLValue(VerificationLimits.codesPerDay)]
        ) { $0.time(0) }
        if lately.count >= VerificationLimits.codesPerDay, let oldest = lately.last {
            return .personHadEnough(until: oldest + .days(1))
        }
        let last = try sql.integer(
            "SELECT max(at) FROM code_requests WHERE lookup = ?", [.text(table.seal.lookup(contact))]
        ).map { Timestamp(milliseconds: $0) }
        if let last, last + VerificationLimits.restPerContact > now {
            return .contactHadOne(until: last + VerificationLimits.restPerContact)
        }
        return .allowed
    }

    func requestVerification(
        of contact: Contact, by id: RecipientID, code: String, at now: Timestamp
    ) throws -> String {
        let table = try contactTable()
        guard let asker = try askers(id, table.seal).first else {
            throw StorageError.corrupt("a person without an identity")
        }
        try sql.execute(
            "INSERT INTO code_requests (asker, lookup, at) VALUES (?, ?, ?)",
            [.text(asker), .text(table.seal.lookup(contact)), SQLValue(now)])
        return try table.addWaiting(contact, of: id, code: code, at: now)
    }

    func verify(code: String, of id: RecipientID, at now: Timestamp) throws -> Verification {
        let table = try contactTable()
        let waiting = try table.waiting(of: id)
        guard !waiting.isEmpty else { return .nothingWaits }
        let alive = waiting.filter { $0.expiresAt > now && $0.triesLeft > 0 }
        for dead in waiting where dead.expiresAt <= now || dead.triesLeft <= 0 { try table.delete(dead.row) }
        guard !alive.isEmpty else { return .expired }
        // Every one is compared, whichever matches: the time of the answer says nothing.
        let hits = alive.filter { table.seal.matches(code, hash: $0.codeHash, reference: $0.row.reference) }
        if let hit = hits.first {
            let loser = try table.verify(hit.row, at: now)
            guard let contact = try table.contact(reference: hit.row.reference, channel: hit.row.channel) else {
                throw StorageError.corrupt("a contact that was verified")
            }
            return .verified(
                StoredContact(reference: hit.row.reference, contact: contact, verifiedAt: now), takenFrom: loser)
        }
        var left = 0
        for one in alive {
            if one.triesLeft <= 1 {
                try table.delete(one.row)
            } else {
                try table.spendTry(one.row)
            }
            left = max(left, one.triesLeft - 1)
        }
        return left > 0 ? .wrong(triesLeft: left) : .noTriesLeft
    }

    func removeContacts(channel: ChannelKind, of id: RecipientID) throws -> Bool {
        let table = try contactTable()
        let rows = try table.all(of: id).filter { $0.contact.channel == channel }
        for contact in rows {
            if let row = try table.find(reference: contact.reference) { try table.delete(row) }
        }
        return !rows.isEmpty
    }

    func enableContact(channel: ChannelKind, of id: RecipientID) throws {
        guard let row = try contactTable().verified(channel: channel, of: id) else { return }
        try AddressTable(sql: sql).set(Address(channel: channel, value: row.reference), of: id)
    }

    /// Keyed hashes of everything the person writes from.
    private func askers(_ id: RecipientID, _ seal: ContactSeal) throws -> [String] {
        try identities(of: id).map { seal.asker($0) }
    }

    // MARK: Joining

    func setLinkCode(hash: String, of id: RecipientID, expiresAt: Timestamp) throws {
        try sql.execute(
            """
            INSERT INTO link_codes (recipient_id, hash, expires_at) VALUES (?, ?, ?)
            ON CONFLICT (recipient_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at
            """, [.integer(id.rawValue), .text(hash), SQLValue(expiresAt)])
    }

    func owner(ofLinkCode hash: String, at now: Timestamp) throws -> RecipientID? {
        try sql.integer(
            "SELECT recipient_id FROM link_codes WHERE hash = ? AND expires_at > ?", [.text(hash), SQLValue(now)]
        ).map { RecipientID($0) }
    }

    func attach(_ identity: Identity, address: Address, to id: RecipientID) throws {
        try sql.execute(
            "INSERT INTO identities (platform, external_id, recipient_id) VALUES (?, ?, ?)",
            [.text(identity.platform.rawValue), .text(identity.externalID), .integer(id.rawValue)])
        try setAddress(address, of: id)
        try sql.execute("DELETE FROM link_codes WHERE recipient_id = ?", [.integer(id.rawValue)])
    }

    func join(_ other: RecipientID, into id: RecipientID, at now: Timestamp) throws -> JoinedRules {
        try PersonJoin(sql: sql, now: now).join(other, into: id)
    }
}
