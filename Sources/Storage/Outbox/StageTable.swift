import Decisions
import Delivery
import Market
import People

/// Rows of `delivery_stages`. They are written only where something out of the ordinary happens.
struct StageTable {
    /// Most stages of one entry; a send that fails for a whole day fails in the same way again and again.
    static let mostOfEntry = 30
    /// Longest detail, in characters.
    static let longestDetail = 200

    let sql: SQLConnection

    /// Nothing is stored for an address of nobody or a recipient who is gone.
    func add(_ kind: DeliveryStage.Kind, entry: Int64, recipient: RecipientID?, at now: Timestamp, detail: String)
        throws
    {
        guard let recipient else { return }
        try sql.execute(
            """
            INSERT INTO delivery_stages (recipient_id, entry_id, at, kind, detail)
            SELECT id, ?, ?, ?, ? FROM recipients
            WHERE id = ? AND (SELECT count(*) FROM delivery_stages WHERE entry_id = ?) < ?
            """,
            [
                .integer(entry), SQLValue(now), .text(kind.rawValue), .text(String(detail.prefix(Self.longestDetail))),
                .integer(recipient.rawValue), .integer(entry), SQLValue(Self.mostOfEntry),
            ])
    }

    /// A stage at which no entry was made.
    func add(_ kind: DeliveryStage.Kind, alert: AlertID, recipient: RecipientID, at now: Timestamp, detail: String = "")
        throws
    {
        try sql.execute(
            "INSERT INTO delivery_stages (recipient_id, alert_id, at, kind, detail) VALUES (?, ?, ?, ?, ?)",
            [
                .integer(recipient.rawValue), .integer(alert.rawValue), SQLValue(now), .text(kind.rawValue),
                .text(String(detail.prefix(Self.longestDetail))),
            ])
    }

    func stages(ofEntries entries: [Int64]) throws -> [Int64: [DeliveryStage]] {
        var stages: [Int64: [DeliveryStage]] = [:]
        try SQLList.forEach(entries) { keys in
            let rows = try sql.rows(
                """
                SELECT entry_id, kind, at, detail FROM delivery_stages
                WHERE entry_id IN (\(keys.placeholders)) ORDER BY id
                """, keys.values
            ) { (entry: $0.integer(0), stage: try stage($0, from: 1)) }
            for row in rows { stages[row.entry, default: []].append(row.stage) }
        }
        return stages
    }

    func stages(of alert: AlertID, _ recipient: RecipientID) throws -> [DeliveryStage] {
        try sql.rows(
            "SELECT kind, at, detail FROM delivery_stages WHERE recipient_id = ? AND alert_id = ? ORDER BY id",
            [.integer(recipient.rawValue), .integer(alert.rawValue)]
        ) { try stage($0, from: 0) }
    }

    private func stage(_ row: SQLRow, from column: Int) throws -> DeliveryStage {
        DeliveryStage(kind: try row.raw(column), at: row.time(column + 1), detail: row.text(column + 2))
    }
}
