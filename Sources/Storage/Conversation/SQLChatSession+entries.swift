import Market
import People

extension SQLChatSession {
    func entries(of id: RecipientID) throws -> [Entry] {
        try sql.rows(
            "SELECT symbol, price, amount, noted_at FROM entries WHERE recipient_id = ? ORDER BY symbol",
            [.integer(id.rawValue)]
        ) { row in
            guard let symbol = Symbol(row.text(0)), let price = Price(row.text(1)) else {
                throw StorageError.corrupt("an entry")
            }
            return Entry(symbol: symbol, price: price, amount: row.optionalReal(2), notedAt: row.time(3))
        }
    }

    func setEntry(_ entry: Entry, of id: RecipientID) throws {
        try sql.execute(
            """
            INSERT INTO entries (recipient_id, symbol, price, amount, noted_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (recipient_id, symbol) DO UPDATE SET
                price = excluded.price, amount = excluded.amount, noted_at = excluded.noted_at
            """,
            [
                .integer(id.rawValue), .text(entry.symbol.description), .text(entry.price.description),
                SQLValue(entry.amount), SQLValue(entry.notedAt),
            ])
    }

    func removeEntry(_ symbol: Symbol, of id: RecipientID) throws -> Bool {
        try sql.execute(
            "DELETE FROM entries WHERE recipient_id = ? AND symbol = ?",
            [.integer(id.rawValue), .text(symbol.description)]) > 0
    }
}
