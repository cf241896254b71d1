import Decisions
import Foundation
import Logging
import Market
import Support
import Testing
import Turns

@testable import Storage
@testable import Vigia

/// The real binary makes and restores backups, with and without a running agent.
@Suite(.oneAtATime, .serialized) struct BackupCommandTests {
    private struct Deaf: AlertSink {
        func publish(_ batch: DecisionBatch) async throws {}
    }

    private func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, out: String, error: String) {
        try VigiaProcess.output(arguments, folder: folder)
    }

    @Test("backup and restore do what their help says, with its exit codes", .timeLimit(.minutes(2)))
    func commands() throws {
        let folder = try VigiaProcess.temporaryFolder("backup")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try run(["backup", "a.sqlite"], in: folder).status == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "vigia.sqlite").path))
        #expect(try run(["migrate"], in: folder).status == 0)
        let made = try run(["backup", "a.sqlite", "--json"], in: folder)
        #expect(made.status == 0)
        let answer = try JSONSerialization.jsonObject(with: Data(made.out.utf8)) as? [String: Any]
        #expect(answer?["path"] as? String == "a.sqlite")
        #expect((answer?["bytes"] as? Int ?? 0) > 4_096)
        #expect(answer?["key"] == nil)
        let again = try run(["backup", "a.sqlite"], in: folder)
        #expect(again.status == 1)
        #expect(again.error.contains("exists already"))
        #expect(try run(["backup"], in: folder).status == 2)

        let refused = try run(["restore", "a.sqlite"], in: folder)
        #expect(refused.status == 1)
        #expect(refused.error.contains("--force"))
        #expect(try run(["restore", "a.sqlite", "--force"], in: folder).status == 0)
        #expect(try run(["restore", "a.sqlite", "--set", "DATABASE_URL=sqlite:new.sqlite"], in: folder).status == 0)
        for command in ["backup", "restore"] {
            let help = try run([command, "--help"], in: folder)
            #expect(help.status == 0)
            #expect(help.out.contains("Example: vigia \(command)"))
            #expect(help.out.contains("Exit codes"))
        }
    }

    @Test("the key goes along only when asked, privately, and comes back", .timeLimit(.minutes(2)))
    func key() throws {
        let folder = try VigiaProcess.temporaryFolder("backup-key")
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "vigia.key")
        #expect(try run(["migrate"], in: folder).status == 0)
        #expect(try run(["backup", "none.sqlite", "--with-key"], in: folder).status == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "none.sqlite").path))
        try Data("secret bytes".utf8).write(to: key)
        #expect(try run(["backup", "a.sqlite"], in: folder).status == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a.sqlite.key").path))
        #expect(try run(["backup", "b.sqlite", "--with-key"], in: folder).status == 0)
        let copy = folder.appending(path: "b.sqlite.key")
        #expect(try Data(contentsOf: copy) == Data("secret bytes".utf8))
        #expect(try FileManager.default.attributesOfItem(atPath: copy.path)[.posixPermissions] as? Int == 0o600)

        try Data("another key".utf8).write(to: key)
        #expect(try run(["restore", "b.sqlite", "--set", "DATABASE_URL=sqlite:new.sqlite"], in: folder).status == 1)
        #expect(try run(["restore", "b.sqlite", "--force"], in: folder).status == 0)
        #expect(try Data(contentsOf: key) == Data("secret bytes".utf8))
    }

    @Test("a backup is made while the agent runs; a restore waits until it does not", .timeLimit(.minutes(3)))
    func runningAgent() async throws {
        let folder = try VigiaProcess.temporaryFolder("backup-live")
        defer { try? FileManager.default.removeItem(at: folder) }
        let closed = "127.0.0.1:\(try FreePort.find())"
        let vigia = try VigiaProcess(
            folder: folder,
            settings: [
                "BINANCE_API_URL": "http://" + closed, "BINANCE_WS_URL": "ws://" + closed,
                "COINBASE_API_URL": "http://" + closed,
            ])
        try vigia.start()
        try await vigia.waitUntilReady()
        #expect(try run(["backup", "a.sqlite"], in: folder).status == 0)
        let refused = try run(["restore", "a.sqlite", "--force"], in: folder)
        #expect(refused.status == 1)
        #expect(refused.error.contains("another agent already runs"))
        #expect(vigia.stop() == 0)
        #expect(try run(["restore", "a.sqlite", "--force"], in: folder).status == 0)
        try vigia.start()
        try await vigia.waitUntilReady()
        #expect(vigia.stop() == 0)
    }

    @Test("a backup asked for in chat lies beside the database, and the operators hear of it")
    func inChat() async throws {
        let folder = try VigiaProcess.temporaryFolder("backup-chat")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "vigia.sqlite").path
        let database = try SQLiteDatabase(path: path)
        try await database.migrate()
        let now = WallTime().now
        let time = VenueTime()
        time.advance(to: now)
        let service = BackupService(
            database, databasePath: path, time: time, sink: Deaf(), logger: Logger(label: "test"))
        let notice = await service.backUp()
        #expect(notice.key == "backup_made")
        let file = try #require(notice.values["file"])
        #expect(file.hasPrefix(folder.appending(path: "backups/vigia-20").path))
        #expect(file.hasSuffix("Z.sqlite"))
        #expect(FileManager.default.fileExists(atPath: file))
        // The same second again: the first one stays.
        #expect(await service.backUp().key == "backup_failed")

        let stranger = folder.appending(path: "backups/mine.sqlite")
        try Data().write(to: stranger)
        let old: [FileAttributeKey: Any] = [.modificationDate: (now - .days(31)).date]
        try FileManager.default.setAttributes(old, ofItemAtPath: file)
        try FileManager.default.setAttributes(old, ofItemAtPath: stranger.path)
        service.removeOld(now: now)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(FileManager.default.fileExists(atPath: stranger.path))
    }
}
