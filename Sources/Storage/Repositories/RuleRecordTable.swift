import Decisions
import Market
import People

/// Rows of `rule_records` and `rule_tries`.
struct RuleRecordTable {
    let sql: SQLConnection

    /// A replay is looked at again after a week, one that found no history after a day.
    static let replayLife = Span.days(7)
    static let retryAfter = Span.days(1)
    /// Most tried rules that are counted for a person; the oldest are forgotten.
    static let triesKept: Int64 = 1_000
    /// What somebody tried so long ago is forgotten.
    static let triesLife = Span.days(365)

    func record(of rule: RuleID) throws -> RuleRecord? {
        let row = try sql.first(
            "SELECT replay, live FROM rule_records WHERE rule_id = ?", [.integer(rule.rawValue)]
        ) { (replay: $0.optionalText(0), live: $0.optionalText(1)) }
        guard let row, row.replay != nil || row.live != nil else { return nil }
        return RuleRecord(
            replay: try row.replay.map { try StoredJSON.decode(RuleRecord.Replay.self, from: $0) },
            live: try row.live.map { try StoredJSON.decode([RuleRecord.Outcome].self, from: $0) })
    }

    /// A rule without a record is replayed at the next turn of the schedule.
    func begin(_ rule: RuleID) throws {
        try sql.execute(
            "INSERT INTO rule_records (rule_id, next_at) VALUES (?, 0) ON CONFLICT (rule_id) DO NOTHING",
            [.integer(rule.rawValue)])
    }

    func setReplay(_ replay: RuleRecord.Replay?, of rule: RuleID, at now: Timestamp) throws {
        let next = now + (replay == nil ? RuleRecordTable.retryAfter : RuleRecordTable.replayLife)
        try sql.execute(
            """
            INSERT INTO rule_records (rule_id, replay, next_at) SELECT id, ?, ? FROM rules WHERE id = ?
            ON CONFLICT (rule_id) DO UPDATE SET replay = excluded.replay, next_at = excluded.next_at
            """, [SQLValue(try replay.map { try StoredJSON.encode($0) }), SQLValue(next), .integer(rule.rawValue)])
    }

    /// Remembers that `owner` tried a rule; returns how many different ones it were.
    func countTry(of text: String, by owner: RecipientID, at now: Timestamp) throws -> Int {
        let key = SQLValue.integer(owner.rawValue)
        try sql.execute(
            """
            INSERT INTO rule_tries (owner_id, text_hash, at) VALUES (?, ?, ?)
            ON CONFLICT (owner_id, text_hash) DO UPDATE SET at = excluded.at
            """, [key, .integer(RuleRecordTable.hash(text)), SQLValue(now)])
        try sql.execute(
            "DELETE FROM rule_tries WHERE owner_id = ? AND at < ?", [key, SQLValue(now - RuleRecordTable.triesLife)])
        let count = try sql.integer("SELECT count(*) FROM rule_tries WHERE owner_id = ?", [key]) ?? 1
        if count > RuleRecordTable.triesKept {
            try sql.execute(
                """
                DELETE FROM rule_tries WHERE owner_id = ? AND text_hash IN
                    (SELECT text_hash FROM rule_tries WHERE owner_id = ? ORDER BY at, text_hash LIMIT ?)
                """, [key, key, .integer(count - RuleRecordTable.triesKept)])
        }
        return Int(min(count, RuleRecordTable.triesKept))
    }

    /// FNV-1a, the same for every run of every build.
    private static func hash(_ text: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}

extension SQLChatSession {
    func countTry(of text: String, by owner: RecipientID, at now: Timestamp) throws -> Int {
        try RuleRecordTable(sql: sql).countTry(of: text, by: owner, at: now)
    }

    func setReplay(_ replay: RuleRecord.Replay?, of rule: RuleID, at now: Timestamp) throws {
        try RuleRecordTable(sql: sql).setReplay(replay, of: rule, at: now)
    }
}
