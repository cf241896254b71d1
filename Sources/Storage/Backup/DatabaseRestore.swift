import Delivery
import Foundation
import GRDB

/// Puts a backup in the place of the database. Nobody may have the database open; the caller holds the agent's lock.
package struct DatabaseRestore: Hashable, Sendable, Codable {
    /// The database that was written.
    package var path: String
    package var bytes: Int64
    /// Alerts that were waiting to be sent when the backup was made. They will be sent, marked as possible repeats,
    /// because they may have gone out after it.
    package var waiting: Int

    /// Steps, so that a crash at any moment leaves the old database or the new one:
    /// 1. the backup is checked: whole, made by Vigia, of no newer schema;
    /// 2. it is copied beside the database, waiting alerts are marked, and the copy is checked again;
    /// 3. the old database takes its write-ahead log in, so that the log cannot meet the new file;
    /// 4. the copy takes the database's name.
    /// - Parameter replacing: the database may exist.
    package static func run(
        from backup: String, to path: String, replacing: Bool, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws -> DatabaseRestore {
        guard PrivateFile.exists(backup) else { throw BackupError.missing(path: backup) }
        guard !isSame(backup, path) else {
            throw BackupError.unusable(path: backup, reason: "it is the database itself")
        }
        let isThere = ["", "-wal", "-journal"].contains { PrivateFile.exists(path + $0) }
        guard replacing || !isThere else { throw BackupError.exists(path: path) }
        let part = PrivateFile.temporaryName(for: path)
        try PrivateFile.create(part)
        do {
            try readBackup(backup, into: part, progress: progress)
            let waiting = try markWaiting(in: part)
            takeOver(ownerOf: path, to: part)
            try settle(path)
            try PrivateFile.replace(path, with: part)
            return DatabaseRestore(path: path, bytes: PrivateFile.size(of: path), waiting: waiting)
        } catch {
            unlink(part)
            throw error
        }
    }

    private static func isSame(_ first: String, _ second: String) -> Bool {
        var one = stat()
        var other = stat()
        guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    private static func readBackup(_ path: String, into part: String, progress: @escaping @Sendable (Double) -> Void)
        throws
    {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        do {
            let source = try DatabaseQueue(path: path, configuration: configuration)
            try source.read { source in
                if let fault = try DatabaseCheck.fault(of: source) {
                    throw BackupError.unusable(path: path, reason: fault)
                }
                guard try source.tableExists("migrations"), try source.tableExists("outbox") else {
                    throw BackupError.unusable(path: path, reason: "it was not made by vigia backup")
                }
                // Throws for a newer schema; an older one is brought up to date at the next start.
                _ = try MigrationLog(SQLConnection(source), dialect: .sqlite).pending()
                try DatabaseBackup.copy(source, to: part, progress: progress)
            }
            try source.close()
        } catch let error as DatabaseError {
            let reason = error.resultCode == .SQLITE_NOTADB ? "it is no database" : error.message ?? "\(error)"
            throw BackupError.unusable(path: path, reason: reason)
        }
    }

    /// What waited at the time of the backup may have been sent since; an SMS is then not sent again.
    private static func markWaiting(in part: String) throws -> Int {
        let copy = try DatabaseQueue(path: part)
        let waiting = try copy.write { database in
            try database.execute(
                sql: """
                    UPDATE outbox SET possible_repeat = 1
                    WHERE state IN ('pending', 'leased', 'held') AND lane <> ?
                    """, arguments: [Lane.reply.rawValue])
            return database.changesCount
        }
        try copy.close()
        return waiting
    }

    /// The account that runs the agent must be able to open what another one restored.
    private static func takeOver(ownerOf path: String, to part: String) {
        var old = stat()
        guard stat(path, &old) == 0 else { return }
        // Only a privileged account may give files away; otherwise the file stays the caller's own.
        if chown(part, old.st_uid, old.st_gid) == 0 { chmod(part, old.st_mode & 0o777) }
    }

    /// Ends the write-ahead log of the old database. One that cannot be opened any more loses its log: it is to be
    /// replaced, and a log must never be applied to a file that it does not belong to.
    private static func settle(_ path: String) throws {
        if PrivateFile.exists(path) {
            do {
                let old = try DatabaseQueue(path: path)
                try old.inDatabase { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
                try old.close()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                throw BackupError.unwritable(path: path, reason: "another process has it open")
            } catch let error as DatabaseError
                where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
            {
                // Damaged: nothing in it can be kept.
            } catch {
                // A full disk or a lack of rights is no reason to lose what is good.
                throw BackupError.unwritable(path: path, reason: "\(error)")
            }
        }
        for suffix in ["-wal", "-shm", "-journal"] where PrivateFile.exists(path + suffix) {
            guard unlink(path + suffix) == 0 else {
                throw BackupError.unwritable(path: path + suffix, reason: PrivateFile.reason())
            }
        }
    }
}
