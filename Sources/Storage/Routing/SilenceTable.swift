import Delivery
import Market
import People

/// Rows of `silences`.
struct SilenceTable {
    let sql: SQLConnection

    private static let columns = "id, pattern, reason, author_id, created_at, ends_at"

    private static func silence(_ row: SQLRow) -> Silence {
        Silence(
            id: row.integer(0), pattern: row.text(1), reason: row.text(2),
            author: row.optionalInteger(3).map { RecipientID($0) }, createdAt: row.time(4), endsAt: row.time(5))
    }

    /// In force at that rule time, oldest first.
    func active(at ruleTime: Timestamp) throws -> [Silence] {
        try sql.rows(
            "SELECT \(Self.columns) FROM silences WHERE ends_at > ? AND created_at <= ? ORDER BY id",
            [SQLValue(ruleTime), SQLValue(ruleTime)], Self.silence)
    }

    func add(pattern: String, reason: String, author: RecipientID, from: Timestamp, until: Timestamp) throws -> Silence
    {
        let id = try sql.integer(
            """
            INSERT INTO silences (pattern, reason, author_id, created_at, ends_at) VALUES (?, ?, ?, ?, ?) RETURNING id
            """, [.text(pattern), .text(reason), .integer(author.rawValue), SQLValue(from), SQLValue(until)])
        guard let id else { throw StorageError.corrupt("a silence without a key") }
        return Silence(id: id, pattern: pattern, reason: reason, author: author, createdAt: from, endsAt: until)
    }

    /// Ends a silence before its time; what it held goes. False when none of that number is in force.
    func end(_ id: Int64, at ruleTime: Timestamp) throws -> Bool {
        let ended = try sql.execute(
            "UPDATE silences SET ends_at = ? WHERE id = ? AND ends_at > ?",
            [SQLValue(ruleTime), .integer(id), SQLValue(ruleTime)])
        guard ended > 0 else { return false }
        try sql.execute(
            """
            UPDATE outbox SET held_until = ? WHERE state = 'held' AND held_until > ? AND group_id IS NULL
                AND substr(reason, 1, length(?)) = ?
            """, [SQLValue(ruleTime), SQLValue(ruleTime), .text("silence \(id):"), .text("silence \(id):")])
        return true
    }
}
