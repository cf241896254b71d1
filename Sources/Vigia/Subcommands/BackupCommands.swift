import ArgumentParser
import Foundation
import Storage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the database into one file, while the agent runs or not.",
        discussion: """
            The file gets mode 0600; one that exists is never replaced. The key that seals contact data is left out \
            unless --with-key puts it beside the backup as FILE.key: keep the two apart.

            Example: vigia backup /var/backups/vigia-monday.sqlite

            Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted.
            """)

    @OptionGroup var options: SettingOptions
    @Argument(help: "The file to write.", completion: .file()) var file: String
    @Flag(help: "Also copies the key, to FILE.key.") var withKey = false
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let settings = try options.settings()
        let path = try DatabaseOpening.existingFile(settings)
        let key = try withKey ? BackupCommand.key(settings) : nil
        let keyPath = SecretKeyFile.path(besideBackup: file)
        if key != nil, FileManager.default.fileExists(atPath: keyPath) {
            throw CommandFailure("backup: \(keyPath) exists already")
        }
        let database = try await DatabaseOpening.open(settings, migrate: false)
        let bar = ProgressLine("backup")
        defer { bar.end() }
        let backup: DatabaseBackup
        do {
            backup = try await DatabaseBackup.make(of: database, at: file) { bar.show($0) }
            if let key { try PrivateFile.write(key, to: keyPath) }
        } catch let error as BackupError {
            throw CommandFailure("backup: \(error)")
        }
        bar.end()
        if json {
            try Console.json(Answer(path: file, bytes: backup.bytes, key: key == nil ? nil : keyPath))
        } else {
            Console.out("\(path) -> \(file), \(backup.bytes) bytes" + (key == nil ? "" : "; key -> \(keyPath)"))
        }
    }

    private struct Answer: Encodable {
        var path: String
        var bytes: Int64
        var key: String?
    }

    private static func key(_ settings: Settings) throws -> Data {
        if settings["SECRET_KEY"] != nil {
            throw CommandFailure("backup --with-key: the key is the setting SECRET_KEY, not a file; keep it yourself")
        }
        let path = SecretKeyFile.path(settings)
        guard let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty else {
            throw CommandFailure("backup --with-key: there is no key at \(path) (SECRET_KEY_FILE)")
        }
        return bytes
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup in the place of the database; the agent must not run.",
        discussion: """
            The backup is checked first, and refused when it is damaged or was made by a newer version. A FILE.key beside \
            it is put back too. Alerts that were waiting when the backup was made are sent at the next start, marked as \
            possible repeats; waiting SMS are not repeated.

            Example: vigia restore /var/backups/vigia-monday.sqlite --force

            Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted.
            """)

    @OptionGroup var options: SettingOptions
    @Argument(help: "A file that vigia backup wrote.", completion: .file()) var file: String
    @Flag(help: "Replaces a database (and a key) that is there.") var force = false
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let settings = try options.settings()
        let path = try DatabaseOpening.file(settings)
        // Held until the new database is in place.
        let lock = try AgentLock.take(settings)
        defer { withExtendedLifetime(lock) {} }
        let keySource = SecretKeyFile.path(besideBackup: file)
        let key = FileManager.default.contents(atPath: keySource)
        let keyPath = SecretKeyFile.path(settings)
        let known = FileManager.default.contents(atPath: keyPath)
        if let key, let known, key != known, !force {
            throw CommandFailure("restore: \(keyPath) is another key; --force replaces it")
        }
        let bar = ProgressLine("restore")
        defer { bar.end() }
        let restored: DatabaseRestore
        do {
            restored = try DatabaseRestore.run(from: file, to: path, replacing: force) { bar.show($0) }
            if let key, key != known {
                if known != nil { try FileManager.default.removeItem(atPath: keyPath) }
                try PrivateFile.write(key, to: keyPath)
            }
        } catch BackupError.exists(let path) {
            throw CommandFailure("restore: \(path) exists; --force replaces it")
        } catch let error as BackupError {
            throw CommandFailure("restore: \(error)")
        } catch let error as StorageError {
            throw CommandFailure("restore: \(error)")
        }
        bar.end()
        if json {
            try Console.json(
                Answer(
                    path: path, bytes: restored.bytes, waiting: restored.waiting, key: key == nil ? nil : keyPath))
            return
        }
        Console.out("\(file) -> \(path), \(restored.bytes) bytes" + (key == nil ? "" : "; key -> \(keyPath)"))
        if restored.waiting > 0 {
            Console.note(
                "\(restored.waiting) alerts were waiting in it; they will be sent at the next start, marked as possible repeats."
            )
        }
    }

    private struct Answer: Encodable {
        var path: String
        var bytes: Int64
        var waiting: Int
        var key: String?
    }
}
