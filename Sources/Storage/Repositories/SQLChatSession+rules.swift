import Decisions
import Market
import People

extension SQLChatSession {
    /// Most rules of one owner that wait for a confirming button; the oldest goes first.
    static let draftsKept: Int64 = 20

    func rules(of owner: RecipientID) throws -> [Rule] {
        try sql.rows(
            "SELECT \(RuleTable.columns) FROM rules WHERE owner_id = ? AND ended_at IS NULL ORDER BY number",
            [.integer(owner.rawValue)]
        ) { try RuleTable.rule($0) }
    }

    func rule(number: Int, of owner: RecipientID) throws -> Rule? {
        try sql.first(
            "SELECT \(RuleTable.columns) FROM rules WHERE owner_id = ? AND number = ? AND ended_at IS NULL",
            [.integer(owner.rawValue), SQLValue(number)]
        ) { try RuleTable.rule($0) }
    }

    func addRule(text: String, owner: RecipientID, at now: Timestamp) throws -> Rule {
        let number = try sql.integer(
            "UPDATE recipients SET last_rule_number = last_rule_number + 1 WHERE id = ? RETURNING last_rule_number",
            [.integer(owner.rawValue)])
        guard let number else { throw StorageError.corrupt("a rule of nobody") }
        let state = RuleState()
        let id = try sql.integer(
            "INSERT INTO rules (owner_id, number, text, state, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
            [
                .integer(owner.rawValue), .integer(number), .text(text), .text(try RuleStateCoder.encode(state)),
                SQLValue(now),
            ])
        guard let id else { throw StorageError.corrupt("a rule without a key") }
        try RuleRecordTable(sql: sql).begin(RuleID(id))
        return Rule(id: RuleID(id), owner: owner, number: Int(number), text: text, createdAt: now, state: state)
    }

    func setPaused(_ paused: Bool, rule: RuleID) throws {
        try sql.execute("UPDATE rules SET paused = ? WHERE id = ?", [SQLValue(paused), .integer(rule.rawValue)])
    }

    func deleteRule(_ rule: RuleID) throws {
        try sql.execute("DELETE FROM rules WHERE id = ?", [.integer(rule.rawValue)])
    }

    func ruleCount() throws -> Int {
        Int(try sql.integer("SELECT count(*) FROM rules WHERE ended_at IS NULL") ?? 0)
    }

    func addDraft(text: String, owner: RecipientID, expiresAt: Timestamp) throws -> Int64 {
        let token = try sql.integer(
            "INSERT INTO drafts (owner_id, text, expires_at) VALUES (?, ?, ?) RETURNING id",
            [.integer(owner.rawValue), .text(text), SQLValue(expiresAt)])
        guard let token else { throw StorageError.corrupt("a draft without a key") }
        try sql.execute(
            """
            DELETE FROM drafts WHERE owner_id = ? AND id <=
                (SELECT id FROM drafts WHERE owner_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)
            """, [.integer(owner.rawValue), .integer(owner.rawValue), .integer(Self.draftsKept)])
        return token
    }

    func takeDraft(_ token: Int64, owner: RecipientID, at now: Timestamp) throws -> String? {
        let draft = try sql.first(
            "DELETE FROM drafts WHERE id = ? AND owner_id = ? RETURNING text, expires_at",
            [.integer(token), .integer(owner.rawValue)]
        ) { (text: $0.text(0), expiresAt: $0.time(1)) }
        guard let draft, draft.expiresAt > now else { return nil }
        return draft.text
    }
}
