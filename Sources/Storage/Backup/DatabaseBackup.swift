import Foundation
import GRDB

/// A backup: the database as it was at one instant, in one file that needs nothing beside it.
package struct DatabaseBackup: Hashable, Sendable, Codable {
    package var path: String
    /// Size of the file.
    package var bytes: Int64

    /// Pages (of 4 KiB) between two reports of progress.
    private static let step: CInt = 2_048

    /// Copies the database while others go on writing it: the copy is made inside one read transaction, so it is
    /// consistent, and holds up nobody. The file gets mode 0600 and its name only when it is whole and checked.
    /// - Parameters:
    ///   - path: must not exist.
    ///   - progress: the share that is done, 0 to 1, now and then.
    package static func make(
        of database: SQLiteDatabase, at path: String, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> DatabaseBackup {
        guard !PrivateFile.exists(path) else { throw BackupError.exists(path: path) }
        let part = PrivateFile.temporaryName(for: path)
        try PrivateFile.create(part)
        do {
            try await database.pool.read { source in
                try copy(source, to: part, progress: progress)
            }
        } catch {
            unlink(part)
            throw (error as? DatabaseError).map {
                BackupError.unwritable(path: path, reason: $0.message ?? $0.resultCode.description)
            } ?? error
        }
        try PrivateFile.place(part, as: path)
        return DatabaseBackup(path: path, bytes: PrivateFile.size(of: path))
    }

    /// Copies a database into the empty file `part` and checks the copy.
    static func copy(_ source: Database, to part: String, progress: @escaping (Double) -> Void) throws {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = false
        let target = try DatabaseQueue(path: part, configuration: configuration)
        try target.inDatabase { target in
            try source.backup(to: target, pagesPerStep: step) { state in
                guard state.totalPageCount > 0 else { return }
                progress(Double(state.completedPageCount) / Double(state.totalPageCount))
            }
            // The copy carries the mark of the write-ahead log, which would have it need two more files.
            try target.execute(sql: "PRAGMA journal_mode = DELETE")
            if let fault = try DatabaseCheck.fault(of: target) {
                throw BackupError.unusable(path: part, reason: fault)
            }
        }
        try target.close()
    }
}

/// Whether a database file is whole.
enum DatabaseCheck {
    /// What is wrong with it; `nil` for nothing.
    static func fault(of database: Database) throws -> String? {
        do {
            let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            guard verdict == "ok" else { return "it is damaged (\(verdict ?? "no answer"))" }
            let strays = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check")
            return strays == nil ? nil : "it is damaged (a row refers to one that is gone)"
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
        {
            return error.resultCode == .SQLITE_NOTADB ? "it is no database" : "it is damaged"
        }
    }
}
