package import Chat
import Market
import People

/// The conversation's store: one transaction a call.
package struct SQLChatStore: ChatStore {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func write<R: Sendable>(
        _ body: @Sendable @escaping (any ChatSession) throws -> R
    ) async throws -> R {
        try await database.write { try body(SQLChatSession(sql: $0)) }
    }

    package func read<R: Sendable>(
        _ body: @Sendable @escaping (any ChatSession) throws -> R
    ) async throws -> R {
        try await database.read { try body(SQLChatSession(sql: $0)) }
    }
}

/// Everything that a command may read and change, over one connection. Its subjects stand in files of their own.
struct SQLChatSession: ChatSession {
    let sql: SQLConnection

    func admit(updateKey: String, at now: Timestamp) throws -> Bool {
        try sql.execute(
            "INSERT INTO inbox (update_key, received_at) VALUES (?, ?) ON CONFLICT (update_key) DO NOTHING",
            [.text(updateKey), SQLValue(now)]) > 0
    }

    func wasHandled(updateKey: String) throws -> Bool {
        try sql.integer("SELECT count(*) FROM inbox WHERE update_key = ?", [.text(updateKey)]) != 0
    }

    func disableAddress(channel: ChannelKind, value: String, reason: String) throws {
        try AddressTable(sql: sql).disable(channel: channel, value: value, reason: reason)
    }
}
