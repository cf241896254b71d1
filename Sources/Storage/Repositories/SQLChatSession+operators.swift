import Chat
import Market
import People

extension SQLChatSession {
    func audit(_ action: String, by id: RecipientID, detail: String, at now: Timestamp) throws {
        try sql.execute(
            "INSERT INTO audit (recipient_id, action, detail, at) SELECT max(id), ?, ?, ? FROM recipients WHERE id = ?",
            [.text(action), .text(detail), SQLValue(now), .integer(id.rawValue)])
    }

    func recipients(limit: Int, after: RecipientID?) throws -> [(recipient: Recipient, identities: [Identity])] {
        let page = try sql.rows(
            "SELECT \(RecipientTable.columns) FROM recipients r WHERE r.id > ? ORDER BY r.id LIMIT ?",
            [.integer(after?.rawValue ?? 0), SQLValue(max(0, limit))]
        ) { try RecipientTable.recipient($0) }
        return try page.map { (recipient: $0, identities: try identities(of: $0.id)) }
    }

    func setting(_ name: String) throws -> String? {
        try sql.first("SELECT value FROM settings WHERE name = ?", [.text(name)]) { $0.text(0) }
    }

    func setSetting(_ name: String, to value: String?) throws {
        guard let value else {
            try sql.execute("DELETE FROM settings WHERE name = ?", [.text(name)])
            return
        }
        try sql.execute(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [.text(name), .text(value)])
    }

    func export(_ id: RecipientID) throws -> String {
        try StoredJSON.encode(try PersonalData(of: id, in: self), pretty: true)
    }
}
