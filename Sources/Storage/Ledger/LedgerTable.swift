import Decisions
import Forecasts
import Market
import People

/// Rows of `ledger`: appended in the transaction that stores what they stand for, and never changed but for the salt,
/// which goes when the owner of the content erases it.
struct LedgerTable {
    let sql: SQLConnection

    func head() throws -> (sequence: Int64, head: [UInt8]) {
        let last = try sql.first("SELECT sequence, head FROM ledger ORDER BY sequence DESC LIMIT 1") {
            (sequence: $0.integer(0), head: $0.optionalBytes(1) ?? LedgerHash.none)
        }
        return last ?? (sequence: 0, head: LedgerHash.none)
    }

    func head(at sequence: Int64) throws -> LedgerHead? {
        try sql.first("SELECT sequence, head FROM ledger WHERE sequence = ?", [.integer(sequence)]) {
            LedgerHead(sequence: $0.integer(0), hash: LedgerHash.hex($0.optionalBytes(1) ?? []))
        }
    }

    /// Enters something whose content hashes to `content` with this salt.
    func append(
        _ kind: LedgerHash.Kind, subject: Int64, salt: [UInt8], content: [UInt8], at now: Timestamp
    ) throws {
        let last = try head()
        let head = LedgerHash.head(
            previous: last.head, sequence: last.sequence + 1, kind: kind.rawValue, subject: subject, at: now,
            content: content)
        try sql.execute(
            """
            INSERT INTO ledger (sequence, kind, subject_id, at, salt, content, previous, head)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(last.sequence + 1), .text(kind.rawValue), .integer(subject), SQLValue(now), .bytes(salt),
                .bytes(content), .bytes(last.head), .bytes(head),
            ])
    }

    /// Enters a forecast that somebody was told. The same forecast told again is the same entry; who asked is not kept.
    func enter(_ forecast: Forecast, at now: Timestamp) throws {
        let key = LedgerTable.key(symbol: forecast.symbol, horizon: forecast.horizon, at: forecast.at)
        let row = LedgeredForecast(
            naturalKey: key, document: try StoredJSON.encode(forecast), toldAt: now.milliseconds)
        let id = try sql.integer(
            """
            INSERT INTO told_forecasts (natural_key, symbol, document, told_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (natural_key) DO NOTHING RETURNING id
            """,
            [.text(key), .text(forecast.symbol.description), .text(row.document), SQLValue(now)])
        guard let id else { return }
        let salt = LedgerHash.newSalt()
        try append(.forecast, subject: id, salt: salt, content: row.hash(salt: salt), at: now)
    }

    /// What makes a repeat of a forecast the same one.
    static func key(symbol: Symbol, horizon: Timeframe, at time: Timestamp) -> String {
        "\(symbol) \(horizon.rawValue) \(time.milliseconds)"
    }

    /// The owner erases their alerts: without the salts the hashes that stay say nothing about them.
    func erase(alertsOf owner: RecipientID) throws {
        try sql.execute(
            """
            UPDATE ledger SET salt = NULL
            WHERE kind = 'alert' AND subject_id IN (SELECT id FROM alerts WHERE owner_id = ?)
            """, [.integer(owner.rawValue)])
    }
}
