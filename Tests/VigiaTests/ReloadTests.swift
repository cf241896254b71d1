import Foundation
import Support
import Testing
import Turns

/// `SIGHUP` at the real process.
@Suite(.oneAtATime) struct ReloadTests {
    @Test(
        "SIGHUP takes over the log level, names what needs a restart, and survives a mistake", .timeLimit(.minutes(3)))
    func hangUp() async throws {
        let folder = try VigiaProcess.temporaryFolder("reload")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "vigia.yaml")
        func write(_ text: String) throws { try text.write(to: file, atomically: true, encoding: .utf8) }
        try write("log_level: info\n")
        let closed = "127.0.0.1:\(try FreePort.find())"
        let vigia = try VigiaProcess(
            folder: folder,
            settings: [
                "BINANCE_API_URL": "http://" + closed, "BINANCE_WS_URL": "ws://" + closed,
                "COINBASE_API_URL": "http://" + closed,
            ])
        try vigia.start()
        try await vigia.waitUntilReady()

        func hangUp(until holds: (String) -> Bool) async {
            kill(vigia.processIdentifier, SIGHUP)
            while vigia.isRunning, !holds(vigia.log) { await Task.yield() }
        }
        try write("log_level: error\nsecret_key: not-to-be-shown-anywhere\n")
        await hangUp { $0.contains("need_a_restart=SECRET_KEY") }
        try write("log_level: nonsense\n")
        await hangUp { $0.contains("settings not read again") }
        try write("log_level: debug\n")
        await hangUp { $0.components(separatedBy: "locales read again").count > 2 }
        let log = vigia.log
        #expect(vigia.isRunning)
        #expect(log.contains("changed=LOG_LEVEL"))
        #expect(log.contains("LOG_LEVEL") && log.contains("nonsense"))
        #expect(!log.contains("not-to-be-shown"))
        #expect(vigia.stop() == 0)
    }
}
