import Delivery
import Foundation
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct BackupTests {
    /// A folder of its own that goes with the value.
    private final class Folder: Sendable {
        let url = FileManager.default.temporaryDirectory.appending(path: "vigia-backup-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appending(path: name).path }
        var names: Set<String> { Set((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []) }
    }

    private func mode(of path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("a backup is one private file that holds everything, the write-ahead log's last commit included")
    func whole() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        for id in 1...200 { try await file.addPerson("\(id)", subscribed: ["BTC"]) }
        let backup = try await DatabaseBackup.make(of: file.database, at: folder.path("a.sqlite"))
        #expect(folder.names == ["a.sqlite"])
        #expect(try mode(of: backup.path) == 0o600)
        #expect(backup.bytes > 10_000)
        let copy = try SQLiteDatabase(path: backup.path)
        let people = try await copy.read { try $0.integer("SELECT count(*) FROM recipients") }
        #expect(people == 200)
    }

    @Test("a backup never replaces a file, and leaves nothing behind when it is refused")
    func refusesToOverwrite() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        try Data("mine".utf8).write(to: folder.url.appending(path: "a.sqlite"))
        await #expect(throws: BackupError.exists(path: folder.path("a.sqlite"))) {
            try await DatabaseBackup.make(of: file.database, at: folder.path("a.sqlite"))
        }
        #expect(try String(contentsOf: folder.url.appending(path: "a.sqlite"), encoding: .utf8) == "mine")
        await #expect(throws: BackupError.self) {
            try await DatabaseBackup.make(of: file.database, at: folder.path("no/such/folder.sqlite"))
        }
        #expect(folder.names == ["a.sqlite"])
    }

    @Test("a backup made while another process writes is one consistent moment")
    func underLoad() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        let other = try await file.reopened()
        try await other.write { sql in
            try sql.executeOnce("CREATE TABLE pair (side TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT")
            try sql.executeOnce("INSERT INTO pair VALUES ('left', 0), ('right', 0)")
            try sql.executeOnce("CREATE TABLE bulk (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        }
        // Two values that every transaction changes together, and enough weight that a copy takes many steps.
        let writer = Task {
            var round = 0
            while !Task.isCancelled {
                round += 1
                try await other.write { sql in
                    try sql.execute("UPDATE pair SET value = value + 1 WHERE side = 'left'")
                    for _ in 0..<20 {
                        try sql.execute(
                            "INSERT INTO bulk (text) VALUES (?)", [.text(String(repeating: "x", count: 4_000))])
                    }
                    try sql.execute("UPDATE pair SET value = value + 1 WHERE side = 'right'")
                }
            }
            return round
        }
        while try await file.count("SELECT count(*) FROM bulk") < 2_000 { await Task.yield() }
        for round in 1...5 {
            let before = try await file.count("SELECT value FROM pair WHERE side = 'left'")
            let backup = try await DatabaseBackup.make(of: file.database, at: folder.path("\(round).sqlite"))
            let copy = try SQLiteDatabase(path: backup.path)
            let (left, right, bulk) = try await copy.read { sql in
                (
                    try sql.integer("SELECT value FROM pair WHERE side = 'left'") ?? -1,
                    try sql.integer("SELECT value FROM pair WHERE side = 'right'") ?? -2,
                    try sql.integer("SELECT count(*) FROM bulk") ?? -3
                )
            }
            #expect(left == right)
            #expect(bulk == left * 20)
            #expect(left >= before)
        }
        writer.cancel()
        let rounds = try await writer.value
        // The writer was not held up by the copies.
        #expect(try await file.count("SELECT value FROM pair WHERE side = 'left'") == rounds)
    }

    @Test("what was backed up comes back, and what came after it is gone")
    func restored() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        try await file.addPerson("1")
        let backup = try await DatabaseBackup.make(of: file.database, at: folder.path("a.sqlite"))
        try await file.addPerson("2")
        try file.database.close()
        #expect(throws: BackupError.exists(path: file.path)) {
            try DatabaseRestore.run(from: backup.path, to: file.path, replacing: false)
        }
        _ = try DatabaseRestore.run(from: backup.path, to: file.path, replacing: true)
        let again = try await file.reopened()
        let people = try await again.read { try $0.rows("SELECT external_id FROM identities") { $0.text(0) } }
        #expect(people == ["1"])
        try again.close()

        let fresh = folder.path("fresh.sqlite")
        let restored = try DatabaseRestore.run(from: backup.path, to: fresh, replacing: false)
        #expect(try mode(of: restored.path) == 0o600)
        #expect(folder.names == ["a.sqlite", "fresh.sqlite"])
    }

    @Test("a log that a killed process left beside the old database never meets the restored one")
    func strayLog() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        try await file.addPerson("1")
        let backup = try await DatabaseBackup.make(of: file.database, at: folder.path("a.sqlite"))
        for id in 2...50 { try await file.addPerson("\(id)") }
        // As a killed process leaves it: a database with a log full of commits that are not in the file.
        let target = folder.path("target.sqlite")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: file.path + suffix, toPath: target + suffix)
        }
        _ = try DatabaseRestore.run(from: backup.path, to: target, replacing: true)
        let restored = try SQLiteDatabase(path: target)
        let people = try await restored.read { try $0.integer("SELECT count(*) FROM recipients") }
        #expect(people == 1)
    }

    @Test("alerts that waited come back as possible repeats, replies as they were")
    func waiting() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        try await file.addPerson("1", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert())
        try await file.reply("hello", to: "1")
        let backup = try await DatabaseBackup.make(of: file.database, at: folder.path("a.sqlite"))
        let restored = try DatabaseRestore.run(from: backup.path, to: folder.path("b.sqlite"), replacing: false)
        #expect(restored.waiting == 1)
        let database = try SQLiteDatabase(path: restored.path)
        let marks = try await database.read { sql in
            try sql.rows("SELECT possible_repeat FROM outbox ORDER BY lane") { Int($0.integer(0)) }
        }
        #expect(marks == [0, 1])
    }

    @Test("a damaged, foreign or newer file is refused, and the database stays as it was")
    func refused() async throws {
        let file = try await TemporaryDatabase()
        let folder = try Folder()
        for id in 1...300 { try await file.addPerson("\(id)", subscribed: ["BTC", "ETH"]) }
        let good = try await DatabaseBackup.make(of: file.database, at: folder.path("good.sqlite")).path
        try file.database.close()
        let before = try Data(contentsOf: URL(filePath: file.path))

        var bytes = try Data(contentsOf: URL(filePath: good))
        bytes.replaceSubrange(40_960..<49_152, with: Data(repeating: 0x5a, count: 8_192))
        try bytes.write(to: URL(filePath: folder.path("damaged.sqlite")))
        try Data(bytes.prefix(20_000)).write(to: URL(filePath: folder.path("cut.sqlite")))
        try Data("not a database at all, but long enough to look like one".utf8)
            .write(to: URL(filePath: folder.path("text.sqlite")))
        let foreign = try SQLiteDatabase(path: folder.path("foreign.sqlite"))
        try await foreign.write { try $0.executeOnce("CREATE TABLE t (id INTEGER)") }
        try foreign.close()
        for name in ["damaged.sqlite", "cut.sqlite", "text.sqlite", "foreign.sqlite", "missing.sqlite"] {
            #expect(throws: BackupError.self, "\(name)") {
                try DatabaseRestore.run(from: folder.path(name), to: file.path, replacing: true)
            }
        }

        try FileManager.default.copyItem(atPath: good, toPath: folder.path("newer.sqlite"))
        let newer = try SQLiteDatabase(path: folder.path("newer.sqlite"))
        try await newer.write {
            try $0.executeOnce("INSERT INTO migrations (name, applied_at) VALUES ('9999 from the future', 0)")
        }
        try newer.close()
        #expect(throws: StorageError.madeByNewerVersion(migration: "9999 from the future")) {
            try DatabaseRestore.run(from: folder.path("newer.sqlite"), to: file.path, replacing: true)
        }
        #expect(throws: BackupError.self) {
            try DatabaseRestore.run(from: file.path, to: file.path, replacing: true)
        }
        #expect(try Data(contentsOf: URL(filePath: file.path)) == before)
        #expect(!folder.names.contains { $0.contains(".part-") })
    }
}
