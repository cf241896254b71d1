import Decisions
import Market

/// Rows of `vetoes`.
struct VetoTable {
    let sql: SQLConnection

    func insert(_ veto: Veto) throws {
        try sql.execute(
            """
            INSERT INTO vetoes (symbol, at, kind, score, reason) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (symbol, at, kind) DO NOTHING
            """,
            [
                .text(veto.symbol.description), SQLValue(veto.at), .text(veto.kind.rawValue), SQLValue(veto.score),
                .text(try StoredJSON.encode(veto.reason)),
            ])
    }

    func vetoes(of symbol: Symbol, in span: Range<Timestamp>) throws -> [Veto] {
        try sql.rows(
            "SELECT kind, at, score, reason FROM vetoes WHERE symbol = ? AND at >= ? AND at < ? ORDER BY at, kind",
            [.text(symbol.description), SQLValue(span.lowerBound), SQLValue(span.upperBound)]
        ) { row in
            Veto(
                symbol: symbol, kind: try row.raw(0), at: row.time(1), score: row.real(2),
                reason: try StoredJSON.decode(QuietReason.self, from: row.text(3)))
        }
    }
}
