import Chat
import Market
import People

extension SQLChatSession {
    func share(_ text: String, by id: RecipientID, hash: String, at now: Timestamp, expiresAt: Timestamp) throws {
        try sql.execute(
            "INSERT INTO shared_rules (hash, owner_id, text, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            [.text(hash), .integer(id.rawValue), .text(text), SQLValue(now), SQLValue(expiresAt)])
        try sql.execute(
            """
            DELETE FROM shared_rules WHERE owner_id = ? AND hash NOT IN
                (SELECT hash FROM shared_rules WHERE owner_id = ? ORDER BY created_at DESC, hash LIMIT ?)
            """, [.integer(id.rawValue), .integer(id.rawValue), SQLValue(SharedRule.most)])
    }

    func sharedRule(hash: String, at now: Timestamp) throws -> String? {
        try sql.first("SELECT text FROM shared_rules WHERE hash = ? AND expires_at > ?", [.text(hash), SQLValue(now)]) {
            $0.text(0)
        }
    }

    func addBroadcast(_ text: String, by id: RecipientID, expiresAt: Timestamp) throws -> Int64 {
        // One at a time: a second thought replaces the first.
        try sql.execute("DELETE FROM broadcasts WHERE owner_id = ?", [.integer(id.rawValue)])
        try sql.execute(
            "INSERT INTO broadcasts (owner_id, text, expires_at) VALUES (?, ?, ?)",
            [.integer(id.rawValue), .text(text), SQLValue(expiresAt)])
        return try sql.integer("SELECT max(id) FROM broadcasts WHERE owner_id = ?", [.integer(id.rawValue)]) ?? 0
    }

    func takeBroadcast(_ token: Int64, by id: RecipientID, at now: Timestamp) throws -> String? {
        let key: [SQLValue] = [.integer(token), .integer(id.rawValue)]
        let text = try sql.first(
            "SELECT text FROM broadcasts WHERE id = ? AND owner_id = ? AND expires_at > ?", key + [SQLValue(now)]
        ) { $0.text(0) }
        try sql.execute("DELETE FROM broadcasts WHERE id = ? AND owner_id = ?", key)
        return text
    }
}
