import Foundation
import Support
import Testing
import Turns

/// `vigia send-test` against a fake Bot API over a real socket.
@Suite(.oneAtATime, .serialized) struct SendTestTests {
    private struct Result: Decodable {
        var channel: String
        var to: String
        var ok: Bool
    }

    @Test("one message goes through every channel that is configured, and one that fails is exit 1")
    func sendTest() async throws {
        let telegram = try await FakeTelegram.start()
        telegram.user(7).says("hello")
        let folder = try VigiaProcess.temporaryFolder("send-test")
        var settings = [
            "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "TELEGRAM_CHAT_ID": "7",
        ]
        let good = try VigiaProcess.output(["send-test", "--json"], folder: folder, settings: settings)
        #expect(good.status == 0, "\(good.error)")
        let results = try JSONDecoder().decode([Result].self, from: Data(good.out.utf8))
        #expect(results.map(\.channel) == ["telegram"])
        #expect(results.map(\.to) == ["operator chat"])
        #expect(telegram.messages(for: 7).count == 1)
        settings["DISCORD_WEBHOOK_URL"] = "http://127.0.0.1:9/nobody-listens"
        let bad = try VigiaProcess.output(["send-test"], folder: folder, settings: settings)
        #expect(bad.status == 1)
        #expect(bad.out.contains("FAILED  discord webhook"))
        #expect(bad.out.contains("ok      telegram"))
        let none = try VigiaProcess.output(["send-test"], folder: folder)
        #expect(none.status == 1)
        #expect(none.error.contains("no channel is configured"))
        await telegram.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
