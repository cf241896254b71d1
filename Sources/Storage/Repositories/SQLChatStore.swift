package import Chat
import Market
import People

/// The conversation's store: one transaction a call.
package struct SQLChatStore: ChatStore {
    private let database: SQLiteDatabase
    private let vault: ContactVault?

    /// - Parameter vault: for contact data; without it nobody can register any.
    package init(_ database: SQLiteDatabase, vault: ContactVault? = nil) {
        self.database = database
        self.vault = vault
    }

    package func write<R: Sendable>(
        _ body: @Sendable @escaping (any ChatSession) throws -> R
    ) async throws -> R {
        let vault = vault
        return try await database.write { try body(SQLChatSession(sql: $0, vault: vault)) }
    }

    package func read<R: Sendable>(
        _ body: @Sendable @escaping (any ChatSession) throws -> R
    ) async throws -> R {
        let vault = vault
        return try await database.read { try body(SQLChatSession(sql: $0, vault: vault)) }
    }
}

/// Everything that a command may read and change, over one connection. Its subjects stand in files of their own.
struct SQLChatSession: ChatSession {
    let sql: SQLConnection
    var vault: ContactVault? = nil

    func admit(updateKey: String, at now: Timestamp) throws -> Bool {
        try sql.execute(
            "INSERT INTO inbox (update_key, received_at) VALUES (?, ?) ON CONFLICT (update_key) DO NOTHING",
            [.text(updateKey), SQLValue(now)]) > 0
    }

    func wasHandled(updateKey: String) throws -> Bool {
        try sql.integer("SELECT count(*) FROM inbox WHERE update_key = ?", [.text(updateKey)]) != 0
    }

    func disableAddress(channel: ChannelKind, value: String, reason: String, at now: Timestamp) throws {
        try AddressClosing(sql: sql, renderer: vault?.renderer, now: now).close(
            channel: channel, address: value, reason: reason)
    }
}
