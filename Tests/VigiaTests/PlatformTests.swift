import Foundation
import Market
import Support
import Testing
import Turns

/// The real agent with both fakes: the same person-to-agent conversation on Telegram and on Discord. With
/// `VIGIA_TRANSCRIPTS` naming a folder, what was said is written there as `telegram.txt` and `discord.txt`; the README's
/// transcripts are made so.
@Suite(.oneAtATime, .serialized, .timeLimit(.minutes(5))) struct PlatformTests {
    /// Minutes whose price jumps over 101 every five minutes.
    private static func exchange() async throws -> FakeExchange {
        let begin = Timestamp(milliseconds: 1_700_000_040_000)
        let candles = (0..<(60 * 24 * 3)).map { minute -> Candle in
            let price = minute / 5 % 2 == 0 ? 100.0 : 102.0
            return Candle(
                openTime: begin + .minutes(Int64(minute)), open: price, high: price + 0.5, low: price - 0.5,
                close: price, volume: 10)
        }
        let symbol = try #require(Symbol("BTC"))
        let exchange = FakeExchange(candles: [symbol: candles], now: begin + .hours(2))
        try await exchange.start()
        return exchange
    }

    private static func agent(_ settings: [String: String], _ exchange: FakeExchange, _ folder: URL) throws
        -> VigiaProcess
    {
        try VigiaProcess(
            folder: folder,
            settings: [
                "BINANCE_API_URL": exchange.url, "BINANCE_WS_URL": exchange.streamURL,
                "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open", "VIGIA_CLOCK": "venue",
                "DEFAULT_SYMBOLS": "BTC",
            ].merging(settings) { $1 })
    }

    @Test(
        "on Telegram: commands, buttons in place, an alert, an entry, an inline question, a topic, the menu of operators"
    )
    func telegram() async throws {
        let fake = try await FakeTelegram.start()
        let exchange = try await Self.exchange()
        let folder = try VigiaProcess.temporaryFolder("platform-telegram")
        let agent = try Self.agent(
            [
                "TELEGRAM_BOT_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url, "VIGIA_ADMINS": "telegram:1",
            ], exchange, folder)
        try agent.start()
        try await agent.waitUntilReady()
        let user = fake.user(1)
        let talk = Transcript()
        await exchange.advance(by: .minutes(1))

        func answer(
            to said: String, in chat: Int64 = 1, after act: () async throws -> Void
        ) async throws -> FakeTelegramJournal.Sent {
            let before = fake.journal.messages(for: chat).count
            try await act()
            let sent = try await fake.until("an answer to \(said)", within: .seconds(40)) { journal in
                let all = journal.messages(for: chat)
                return all.count > before ? all[before] : nil
            }
            talk.add(said, sent.text, sent.buttons.map { $0.map(\.label) }, isEdit: sent.isEdit)
            return sent
        }
        func says(_ text: String) async throws -> FakeTelegramJournal.Sent {
            try await answer(to: text) { user.says(text) }
        }
        func presses(_ label: String) async throws -> FakeTelegramJournal.Sent {
            try await answer(to: "[\(label)]") { try user.presses(label) }
        }

        #expect(try await says("/start").labels.contains("Help"))
        #expect(try await says("/price $btc").text.contains("BTC"))
        _ = try await says("/alert BTC > 101 every 10m")
        #expect(try await presses("✓ Create").isEdit)
        let alert = try await answer(to: "(the price rises)") { await exchange.advance(by: .minutes(11)) }
        #expect(alert.text.contains("🔔") && alert.labels.contains("Why?"))
        #expect(try await says("/entry BTC 95 2").text.contains("95"))
        #expect(try await says("/price bitcoin").text.contains("Since my entry at 95"))
        #expect(try await says("/share 1").text.contains("https://t.me/vigia_test_bot?start=rule_"))
        #expect(try await says("/settings").labels.contains("Quiet hours"))
        let quiet = try await presses("Quiet hours")
        #expect(quiet.isEdit && quiet.labels.contains("◀ Settings"))
        #expect(try await says("/paper on").text.contains("not built yet"))
        #expect(try await says("/ops status").text.contains("people 1"))

        let query = user.asksInline("btc")
        try await fake.wait(for: "cards") { $0.inlineAnswers[query] != nil }
        let cards = try #require(fake.journal.inlineAnswers[query]?.cards)
        #expect(cards.map(\.id) == ["BTC"])
        talk.add("@\(fake.username) btc", "card: \(cards[0].title) · \(cards[0].description)", [], isEdit: false)

        // A topic of a group: heard when it is addressed, answered there, changed by administrators only.
        let group = fake.group(-100_200, isForum: true, administrators: [1])
        let other = fake.user(2)
        other.says("nice day", in: group, topic: 9)
        let asked = try await answer(to: "(in a topic of a group) /price btc", in: group.id) {
            other.says("/price@\(fake.username) btc", in: group, topic: 9)
        }
        #expect(asked.thread == 9 && !asked.text.contains("entry"))
        let refused = try await answer(to: "(in the topic, no administrator) /bind", in: group.id) {
            other.says("/bind@\(fake.username)", in: group, topic: 9)
        }
        #expect(refused.thread == 9 && refused.text.contains("Only administrators"))
        let menus = fake.journal.menus
        #expect(menus["chat:1/"]?.contains("ops") == true && menus["default/es"]?.contains("ops") == false)
        #expect(!agent.log.contains(fake.token))
        try talk.write("telegram.txt")
        #expect(agent.stop() == 0)
        await exchange.stop()
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    @Test(
        "on Discord: the same commands as slash commands and buttons, unbuilt ones answer honestly, settings are a menu"
    )
    func discord() async throws {
        let fake = try await FakeDiscord.start()
        let exchange = try await Self.exchange()
        let folder = try VigiaProcess.temporaryFolder("platform-discord")
        let agent = try Self.agent(
            [
                "DISCORD_BOT_TOKEN": fake.token, "DISCORD_API_URL": fake.url, "VIGIA_ADMINS": "discord:1",
            ], exchange, folder)
        try agent.start()
        try await agent.waitUntilReady()
        try await fake.wait(for: "registered commands") { !$0.commandPuts.isEmpty }
        let registered = Set(fake.journal.commandPuts[0].array?.compactMap { $0["name"]?.string } ?? [])
        #expect(registered.isSuperset(of: ["entry", "share", "settings", "news", "paper", "dashboard", "ops"]))
        let home = fake.privateChannel(of: "1")
        let talk = Transcript()
        await exchange.advance(by: .minutes(1))

        func answer(
            to said: String, after act: () async throws -> Void
        ) async throws -> FakeDiscordJournal.Message {
            let before = fake.journal.messages(in: home).count
            try await act()
            let sent = try await fake.until("an answer to \(said)", within: .seconds(40)) { journal in
                let all = journal.messages(in: home)
                return all.count > before ? all[before] : nil
            }
            talk.add(said, sent.text, labels(sent), isEdit: false)
            return sent
        }
        func labels(_ message: FakeDiscordJournal.Message) -> [[String]] {
            message.components.map { ($0["components"]?.array ?? []).compactMap { $0["label"]?.string } }
        }
        func command(_ name: String, _ options: [String: FakeJSON] = [:]) async throws -> FakeDiscordJournal.Message {
            let shown = options.sorted { $0.key < $1.key }.map { " \($0.key):\($0.value.string ?? $0.value.text)" }
            return try await answer(to: "/\(name)\(shown.joined())") {
                await fake.command(name, options, user: "1")
            }
        }
        func press(_ label: String, on message: FakeDiscordJournal.Message) async throws {
            let button = message.buttons.first { $0["label"]?.string == label }
            let id = try #require(button?["custom_id"]?.string)
            let before = fake.journal.callbacks.count
            await fake.press(id, on: message.id, user: "1")
            try await fake.wait(for: "an answer to [\(label)]", within: .seconds(40)) {
                $0.callbacks.count > before
            }
            let now = try #require(fake.journal.messages(in: home).first { $0.id == message.id })
            talk.add("[\(label)]", now.text, labels(now), isEdit: true)
        }

        _ = try await command("start")
        #expect(try await command("price", ["symbols": "btc"]).text.contains("BTC"))
        let draft = try await command("alert", ["rule": "BTC > 101 every 10m"])
        try await press("✓ Create", on: draft)
        let alert = try await answer(to: "(the price rises)") { await exchange.advance(by: .minutes(11)) }
        #expect(alert.text.contains("BTC") && alert.way == "message")
        #expect(try await command("entry", ["symbol": "BTC", "price": "95", "amount": "2"]).text.contains("95"))
        #expect(try await command("price", ["symbols": "bitcoin"]).text.contains("Since my entry at 95"))
        let settings = try await command("settings")
        try await press("Quiet hours", on: settings)
        let edited = fake.journal.messages(in: home).first { $0.id == settings.id }
        #expect(edited.map { labels($0).joined().contains("◀ Settings") } == true)
        #expect(try await command("paper", ["switch": "on"]).text.contains("not built yet"))
        #expect(try await command("ops", ["arguments": "cost"]).text.contains("SMS"))
        try talk.write("discord.txt")
        #expect(agent.stop() == 0)
        await exchange.stop()
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// What was said, as a reader would see it.
private final class Transcript {
    private var lines: [String] = []

    func add(_ said: String, _ answer: String, _ buttons: [[String]], isEdit: Bool) {
        lines.append("> \(said)")
        lines.append((isEdit ? "(in the same message) " : "") + answer)
        lines += buttons.filter { !$0.isEmpty }.map { $0.map { "[\($0)]" }.joined(separator: " ") }
        lines.append("")
    }

    func write(_ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["VIGIA_TRANSCRIPTS"] else { return }
        try lines.joined(separator: "\n").write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
}
