import Foundation
import Messages
import Support
import Testing
import Transport
import Turns

@testable import Channels

@Suite("The fake Bot API", .oneAtATime)
struct FakeTelegramTests {
    @Test(
        "reads HTML as Telegram does",
        arguments: [
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\""),
            ("x</b>", "Unexpected end tag at byte offset 1"), ("1 < 2", "Unclosed start tag at byte offset 2"),
            ("<font>x</font>", "Unsupported start tag \"font\" at byte offset 0"),
        ])
    func html(text: String, problem: String) {
        let error = #expect(throws: FakeTelegramHTML.Refusal.self) { try FakeTelegramHTML.parse(text) }
        #expect(error?.description == "can't parse entities: \(problem)")
    }

    @Test("counts entities in UTF-16 units and decodes the escapes")
    func entities() throws {
        let (text, entities) = try FakeTelegramHTML.parse("👍 <b>a&amp;b</b> &lt;&#x41;&bogus;")
        #expect(text == "👍 a&b <A&bogus;")
        #expect(entities == [.init(type: "bold", offset: 3, length: 3, url: nil)])
    }

    @Test("limits hold in every window, in any chat, and change in the middle")
    func limits() async throws {
        let limits = FakeTelegramLimits(
            chat: .init(1, per: .seconds(60)), overall: .init(3, per: .seconds(60)), group: nil)
        try await TelegramTestBench.with(limits: limits) { bench in
            for id in 1...6 { _ = bench.fake.user(Int64(id)) }
            func send(_ chat: Int) async -> Bool {
                (try? await bench.deliver(.plain("x"), to: String(chat))) != nil
            }
            #expect(await send(1))
            #expect(await send(1) == false)
            #expect(await send(2))
            #expect(await send(3))
            #expect(await send(4) == false)
            #expect(bench.fake.journal.refused.map(\.chat) == [1, 4])
            #expect(bench.fake.journal.refused.allSatisfy { (1...60).contains($0.retryAfter) })
            bench.fake.limits = .off
            for _ in 0..<5 { #expect(await send(1)) }
        }
    }

    @Test("refuses what the real server refuses")
    func validation() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            func send(_ text: String, markup: JSONValue? = nil) async -> String {
                do {
                    _ = try await bench.api.call(
                        TelegramRequest(
                            "sendMessage",
                            ["chat_id": 7, "text": .string(text), "parse_mode": "HTML", "reply_markup": markup]))
                    return "ok"
                } catch { return "\(error)" }
            }
            func keyboard(_ key: [String: JSONValue]) -> JSONValue {
                .object(["inline_keyboard": .array([.array([.object(key)])])])
            }
            #expect(await send("<b>x").contains("parse entities"))
            #expect(await send(" \n").contains("message text is empty"))
            #expect(await send(String(repeating: "😀", count: 2_049)).contains("message is too long"))
            #expect(await send("<b>\(String(repeating: "x", count: 4_096))</b>") == "ok")
            #expect(
                await send(
                    "x", markup: keyboard(["text": "a", "callback_data": .string(String(repeating: "ñ", count: 33))])
                ).contains("BUTTON_DATA_INVALID"))
            #expect(await send("x", markup: keyboard(["text": "", "callback_data": "d"])).contains("non-empty"))
            #expect(
                await send("x", markup: keyboard(["text": "a", "url": "javascript:x"])).contains("Unsupported URL"))
        }
    }

    @Test("of two pollers the older is told of the conflict")
    func conflict() async throws {
        try await TelegramTestBench.with { bench in
            async let first = bench.api.getUpdates(offset: nil)
            while !bench.fake.isPolled { await Task.yield() }
            async let second = bench.api.getUpdates(offset: nil)
            do {
                _ = try await first
                Issue.record("no conflict")
            } catch { #expect(error as? TelegramError == .conflict(byWebhook: false)) }
            bench.fake.user(7).says("hi")
            let updates = try await second
            #expect(updates.count == 1)
        }
    }

    @Test("an unanswered poll ends empty at its time-out, and offsets confirm")
    func polls() async throws {
        let fake = try await FakeTelegram.start()
        let transport = try AsyncHTTPTransport()
        var configuration = try TelegramConfiguration(token: fake.token, apiURL: fake.url)
        configuration.pollSeconds = 1
        let api = TelegramAPI(transport: transport, configuration: configuration)
        #expect(try await api.getUpdates(offset: nil).isEmpty)
        let id = fake.user(7).says("a")
        #expect(try await api.getUpdates(offset: nil).count == 1)
        #expect(try await api.getUpdates(offset: id).count == 1)
        fake.user(7).says("b")
        #expect(try await api.getUpdates(offset: id + 1).count == 1)
        #expect(fake.pendingUpdates == 1)
        await fake.stop()
        await transport.shutdown()
    }

    /// `VIGIA_SERVE_FAKE=FILE` writes the base URL into FILE and serves until FILE is removed, for clients of other makers.
    @Test(
        "serves other programs (only with VIGIA_SERVE_FAKE)",
        .enabled(if: ProcessInfo.processInfo.environment["VIGIA_SERVE_FAKE"] != nil))
    func serves() async throws {
        let file = try #require(ProcessInfo.processInfo.environment["VIGIA_SERVE_FAKE"])
        let fake = try await FakeTelegram.start()
        try fake.url.write(toFile: file, atomically: true, encoding: .utf8)
        while FileManager.default.fileExists(atPath: file) { try await Task.sleep(for: .milliseconds(200)) }
        #expect(fake.journal.sentCount > 0)
        await fake.stop()
    }
}
