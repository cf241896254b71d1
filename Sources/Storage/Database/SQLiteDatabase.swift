import Foundation
import GRDB
package import Market

/// An SQLite file: one writer, several readers, write-ahead log. A committed write survives a power failure.
package struct SQLiteDatabase: Sendable {
    let pool: DatabasePool

    /// Opens the file, or makes it.
    /// - Parameters:
    ///   - path: the file; its folder must exist.
    ///   - readers: most reads at once.
    ///   - busyTimeout: how long a statement waits for another process that holds the file.
    package init(path: String, readers: Int = 4, busyTimeout: Span = .seconds(5)) throws {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeout.seconds)
        configuration.maximumReaderCount = max(1, readers)
        configuration.label = "vigia.database"
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // Opening in WAL mode sets the writer to NORMAL, which may lose the last commits at a power failure; and
            // it does so after every hook of the configuration, so it is undone here.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA cache_size = -16000")
                // Copying the log back costs two syncs and, of a page that many commits wrote, only the last state.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            }
        } catch let error as DatabaseError {
            throw StorageError.unreadable(path: path, reason: error.message ?? error.resultCode.description)
        }
    }

    /// Opens what `DATABASE_URL` names: `sqlite:PATH`.
    package init(url: String) throws {
        guard let path = SQLiteDatabase.path(of: url) else { throw StorageError.unsupported(url: url) }
        try self.init(path: path)
    }

    /// PATH of `sqlite:PATH`; `nil` for another engine.
    package static func path(of url: String) -> String? {
        guard url.hasPrefix("sqlite:") else { return nil }
        let path = url.dropFirst("sqlite:".count)
        return path.isEmpty ? nil : String(path)
    }

    /// Applies the migrations that the file lacks, each in a transaction of its own, and returns their names, oldest
    /// first. With `dryRun` nothing is changed. Throws `StorageError.madeByNewerVersion` when the file knows more than
    /// this version.
    @discardableResult
    package func migrate(dryRun: Bool = false) async throws -> [String] {
        let pending = try await read { try MigrationLog($0, dialect: .sqlite).pending() }
        if dryRun { return pending.map(\.name) }
        for migration in pending {
            try await write { try MigrationLog($0, dialect: .sqlite).apply(migration, at: WallTime().now) }
        }
        return pending.map(\.name)
    }

    /// Closes every connection; later calls throw.
    package func close() throws { try pool.close() }

    /// Runs `body` in one transaction. A cancelled task still gets its answer: whether a send was recorded must not
    /// depend on who is impatient.
    @discardableResult
    func write<R: Sendable>(_ body: @Sendable @escaping (SQLConnection) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    with: Result {
                        var answer: R?
                        try database.inTransaction(.immediate) {
                            answer = try body(SQLConnection(database))
                            return .commit
                        }
                        guard let answer else { throw StorageError.corrupt("a transaction without an answer") }
                        return answer
                    })
            }
        }
    }

    /// Runs `body` over one consistent view of the database.
    func read<R: Sendable>(_ body: @Sendable @escaping (SQLConnection) throws -> R) async throws -> R {
        try await pool.read { try body(SQLConnection($0)) }
    }
}
