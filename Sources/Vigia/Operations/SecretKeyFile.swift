import Foundation
import Storage

/// Where the agent's secret comes from: `SECRET_KEY`, else `SECRET_KEY_FILE`, which is made at the first start.
///
/// The file stands beside the database (a relative path is relative to the database's folder), has mode 0600 and is never
/// part of the database or, unless asked for, of a backup.
enum SecretKeyFile {
    static func path(_ settings: Settings) -> String {
        let name = settings.text("SECRET_KEY_FILE")
        guard !name.hasPrefix("/"), let database = SQLiteDatabase.path(of: settings.text("DATABASE_URL")) else {
            return name
        }
        return URL(fileURLWithPath: database).deletingLastPathComponent().appending(path: name).path
    }

    /// Where the key of a backup lies.
    static func path(besideBackup file: String) -> String { file + ".key" }

    /// Throws a one-line `CommandFailure` that names the setting, never the secret.
    static func load(_ settings: Settings) throws -> SecretKey {
        if let given = settings["SECRET_KEY"] {
            do { return try SecretKey(given) } catch { throw CommandFailure("SECRET_KEY: \(error)", code: 2) }
        }
        let path = path(settings)
        if !FileManager.default.fileExists(atPath: path) { try make(path) }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("SECRET_KEY_FILE: cannot read \(path)")
        }
        do { return try SecretKey(text) } catch { throw CommandFailure("SECRET_KEY_FILE: \(path): \(error)") }
    }

    /// Whether somebody else than the owner may read the file.
    static func isExposed(_ settings: Settings) -> Bool {
        guard settings["SECRET_KEY"] == nil,
            let mode = try? FileManager.default.attributesOfItem(atPath: path(settings))[.posixPermissions] as? NSNumber
        else { return false }
        return mode.intValue & 0o077 != 0
    }

    /// A key that was used must never be lost to a power failure: the file and its folder are synced before it is.
    private static func make(_ path: String) throws {
        let bytes = Array((SecretKey.fresh() + "\n").utf8)
        let draft = path + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure("SECRET_KEY_FILE: cannot write \(path)") }
        let isWritten = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        defer { unlink(draft) }
        // Of two processes that start at once the first one's key holds for both.
        guard isWritten, isSynced, link(draft, path) == 0 || errno == EEXIST else {
            throw CommandFailure("SECRET_KEY_FILE: cannot write \(path)")
        }
        let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
