import Decisions
import Market
import People

/// Rows of `rules` as values; a rule that ended by itself is not among them.
struct RuleTable {
    let sql: SQLConnection

    static let columns = "id, owner_id, number, text, created_at, paused, state"

    static func rule(_ row: SQLRow) throws -> Rule {
        Rule(
            id: RuleID(row.integer(0)), owner: RecipientID(row.integer(1)), number: Int(row.integer(2)),
            text: row.text(3), createdAt: row.time(4), paused: row.flag(5),
            state: try row.withText(6) { try RuleStateCoder.decode($0) })
    }

    func rules(after id: RuleID?, limit: Int) throws -> [Rule] {
        try sql.rows(
            "SELECT \(Self.columns) FROM rules WHERE id > ? AND ended_at IS NULL ORDER BY id LIMIT ?",
            [.integer(id?.rawValue ?? .min), SQLValue(limit)]
        ) { try Self.rule($0) }
    }

    func setState(_ state: RuleState, of id: RuleID) throws {
        try sql.execute(
            "UPDATE rules SET state = ? WHERE id = ?", [.text(try RuleStateCoder.encode(state)), .integer(id.rawValue)])
    }

    /// The row stays, so that the last alert is known to be wanted still; nobody sees it as a rule any more.
    func end(_ id: RuleID, at now: Timestamp) throws {
        try sql.execute(
            "UPDATE rules SET ended_at = ? WHERE id = ? AND ended_at IS NULL", [SQLValue(now), .integer(id.rawValue)])
    }
}
