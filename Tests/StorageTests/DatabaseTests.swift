import Chat
import Foundation
import Market
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct DatabaseTests {
    @Test("the writer commits with synchronous FULL, in write-ahead mode, with foreign keys on")
    func pragmas() async throws {
        let file = try await TemporaryDatabase()
        let values = try await file.database.write { sql in
            (
                synchronous: try sql.integer("PRAGMA synchronous"), foreignKeys: try sql.integer("PRAGMA foreign_keys"),
                journal: try sql.first("PRAGMA journal_mode") { $0.text(0) }
            )
        }
        #expect(values.synchronous == 2)
        #expect(values.foreignKeys == 1)
        #expect(values.journal == "wal")
    }

    @Test("a dry run names the pending migrations and changes nothing; a second run has none")
    func dryRun() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "vigia-\(UUID().uuidString).sqlite").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let database = try SQLiteDatabase(path: path)
        #expect(try await database.migrate(dryRun: true) == Migration.all.map(\.name))
        #expect(try await database.read { try $0.integer("SELECT count(*) FROM sqlite_master") } == 0)
        #expect(try await database.migrate() == Migration.all.map(\.name))
        #expect(try await database.migrate() == [])
    }

    @Test("a database made by a newer version is refused by the name of the unknown migration")
    func newerVersion() async throws {
        let file = try await TemporaryDatabase()
        try await file.database.write {
            try $0.execute("INSERT INTO migrations (name, applied_at) VALUES ('9999 future', 1)")
        }
        await #expect(throws: StorageError.madeByNewerVersion(migration: "9999 future")) {
            try await file.database.migrate()
        }
    }

    @Test("a migration that fails leaves nothing of itself behind")
    func failingMigration() async throws {
        let file = try await TemporaryDatabase()
        let broken = Migration(name: "0002 broken") { _ in
            ["CREATE TABLE half (id INTEGER)", "CREATE TABLE half (id INTEGER)"]
        }
        await #expect(throws: (any Error).self) {
            try await file.database.write { sql in
                try MigrationLog(sql, dialect: .sqlite, known: Migration.all + [broken]).apply(broken, at: .start)
            }
        }
        #expect(try await file.count("SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0)
        #expect(try await file.count("SELECT count(*) FROM migrations") == Migration.all.count)
    }

    @Test("a file of any older version ends up with the schema of a new one", arguments: 0..<Migration.all.count)
    func upgrade(from version: Int) async throws {
        let fresh = try await TemporaryDatabase()
        let file = try await TemporaryDatabase(migrated: false)
        for migration in Migration.all[..<version] {
            try await file.database.write { try MigrationLog($0, dialect: .sqlite).apply(migration, at: .start) }
        }
        #expect(try await file.database.migrate() == Migration.all[version...].map(\.name))
        let statement = "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY type, name"
        let expected = try await fresh.database.read { try $0.rows(statement) { $0.text(0) } }
        #expect(try await file.database.read { try $0.rows(statement) { $0.text(0) } } == expected)
    }

    @Test("every table is STRICT")
    func strictTables() async throws {
        let file = try await TemporaryDatabase()
        let loose =
            "SELECT count(*) FROM pragma_table_list WHERE strict = 0 AND schema = 'main' AND name NOT LIKE 'sqlite%'"
        #expect(try await file.count(loose) == 0)
        #expect(try await file.count("SELECT count(*) FROM pragma_table_list WHERE strict = 1") > 10)
    }

    @Test("names of migrations rise, so that their order is the order in which they were written")
    func migrationNames() {
        #expect(Migration.all.map(\.name) == Migration.all.map(\.name).sorted())
        #expect(Set(Migration.all.map(\.name)).count == Migration.all.count)
    }

    @Test("a file that is no database is refused with its path")
    func notADatabase() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "vigia-\(UUID().uuidString).sqlite").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
        #expect {
            try SQLiteDatabase(path: path)
        } throws: { error in
            guard case .unreadable(path, _) = error as? StorageError else { return false }
            return true
        }
    }

    @Test("DATABASE_URL takes sqlite:PATH and refuses others without repeating their secrets")
    func url() throws {
        #expect(SQLiteDatabase.path(of: "sqlite:vigia.sqlite") == "vigia.sqlite")
        #expect(SQLiteDatabase.path(of: "sqlite:") == nil)
        #expect {
            try SQLiteDatabase(url: "postgres://me:secret@host/db")
        } throws: { error in
            "\(error)".contains("sqlite:PATH") && !"\(error)".contains("secret")
        }
    }

    @Test("a cancelled task still commits its write and learns of it")
    func cancelledWrite() async throws {
        let file = try await TemporaryDatabase()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await file.database.write {
                try $0.execute("INSERT INTO settings (name, value) VALUES ('a', 'b')")
            }
        }
        #expect(try await task.value == 1)
        #expect(try await file.count("SELECT count(*) FROM settings") == 1)
    }

    @Test("a transaction that throws keeps nothing")
    func rollback() async throws {
        struct Refusal: Error {}
        let file = try await TemporaryDatabase()
        await #expect(throws: Refusal.self) {
            try await file.chat.write { session throws in
                try session.setSetting("a", to: "b")
                throw Refusal()
            }
        }
        #expect(try await file.count("SELECT count(*) FROM settings") == 0)
    }
}
