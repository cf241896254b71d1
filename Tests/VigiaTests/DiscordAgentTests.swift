import Decisions
import Delivery
import Foundation
import Market
import ServiceLifecycle
import Support
import Testing
import Transport
import Turns
import Web

@testable import Storage
@testable import Vigia

/// The real agent with a fake Discord: commands in, answers and alerts out, and what survives a kill.
@Suite(.oneAtATime, .serialized, .timeLimit(.minutes(5))) struct DiscordAgentTests {
    /// One minute candles whose price jumps over 101 every five minutes.
    static func exchange() async throws -> FakeExchange {
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

    static func agent(
        _ fake: FakeDiscord, _ exchange: FakeExchange, _ folder: URL, _ more: [String: String] = [:]
    ) throws -> VigiaProcess {
        try VigiaProcess(
            folder: folder,
            settings: [
                "DISCORD_BOT_TOKEN": fake.token, "DISCORD_API_URL": fake.url, "BINANCE_API_URL": exchange.url,
                "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
                "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": "BTC", "VIGIA_ADMINS": "discord:1",
            ].merging(more) { $1 })
    }

    @Test("commands, buttons and alerts work over the gateway; a kill between send and record repeats nothing")
    func conversation() async throws {
        let fake = try await FakeDiscord.start()
        let exchange = try await Self.exchange()
        let folder = try VigiaProcess.temporaryFolder("discord")
        let agent = try Self.agent(fake, exchange, folder)
        try agent.start()
        try await agent.waitUntilReady()
        try await fake.wait(for: "registered commands") { !$0.commandPuts.isEmpty }
        let names = Set(fake.journal.commandPuts[0].array?.compactMap { $0["name"]?.string } ?? [])
        #expect(names.isSuperset(of: ["price", "alert", "bind", "claim", "ops"]) && names.count <= 100)

        // A place: only who may manage the server binds it, and is told so in private.
        await fake.command("bind", user: "7", channel: "100", guild: "77")
        let refused = try await fake.until("a refusal") { $0.messages(in: "100").first }
        #expect(refused.isEphemeral && refused.way == "answer")
        await fake.command("bind", user: "7", channel: "100", guild: "77", permissions: "32")
        try await fake.wait(for: "bound") { $0.messages(in: "100").count == 2 }

        // A rule of the place, confirmed by its button, in the same message.
        await fake.command(
            "alert", ["rule": "BTC > 101 every 10m"], user: "7", channel: "100", guild: "77", permissions: "32")
        let draft = try await fake.until("a draft", within: .seconds(30)) { journal in
            journal.messages(in: "100").first { message in
                message.buttons.contains { $0["custom_id"]?.string?.hasPrefix("/alert confirm") == true }
            }
        }
        let confirm = try #require(
            draft.buttons.compactMap { $0["custom_id"]?.string }.first { $0.hasPrefix("/alert confirm") })
        await fake.press(confirm, on: draft.id, user: "7", channel: "100", guild: "77", permissions: "32")
        try await fake.wait(for: "the confirmation") { journal in
            journal.callbacks.contains { $0.body["type"]?.integer == 7 || $0.body["type"]?.integer == 4 }
                && journal.messages(in: "100").contains { $0.text.contains("#1") }
        }

        // A private chat: an operator by VIGIA_ADMINS.
        await fake.command("ops", ["arguments": "status"], user: "1")
        let home = fake.privateChannel(of: "1")
        let status = try await fake.until("the status") { $0.messages(in: home).first }
        #expect(!status.isEphemeral)
        await fake.say("how is btc", user: "1")
        try await fake.wait(for: "an answer to words") { $0.messages(in: home).count == 2 }

        // Discord accepts the alert and we never hear of it; then the process dies.
        fake.inject(.acceptThenHang, count: 1, route: "POST /channels/*/messages", channel: "100")
        await exchange.advance(by: .minutes(11))
        while fake.heldCount == 0 { try await ContinuousClock().sleep(for: .milliseconds(10)) }
        agent.kill()
        fake.release()
        let alerts = { (journal: FakeDiscordJournal) in journal.messages(in: "100").filter { $0.way == "message" } }
        let before = alerts(fake.journal).count
        #expect(before >= 1)
        let posts = fake.journal.count("POST /channels/*/messages")
        try agent.start()
        try await agent.waitUntilReady()
        try await fake.wait(for: "the repeat", within: .seconds(90)) {
            $0.count("POST /channels/*/messages") > posts
        }
        await fake.command("price", ["symbols": "BTC"], user: "1")
        try await fake.wait(for: "life after the kill", within: .seconds(30)) { $0.messages(in: home).count == 3 }
        // The price goes on; what must not happen is the same firing twice.
        let texts = alerts(fake.journal).map(\.text)
        #expect(texts.count >= before && Set(texts).count == texts.count)
        // A repeat that the nonce did not keep out would be a message of its own, with its mark.
        #expect(!texts.contains { $0.contains("↻") })
        #expect(alerts(fake.journal).allSatisfy { $0.embeds.count == 1 })
        #expect(fake.journal.commandPuts.count == 1)
        #expect(!agent.log.contains(fake.token) && !agent.log.contains("aW50ZXJhY3Rpb24"))
        #expect(agent.stop() == 0)
        await exchange.stop()
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    @Test("a gateway that was never up keeps the agent from being ready")
    func neverUp() async throws {
        let fake = try await FakeDiscord.start()
        fake.setSessionsLeft(10)
        let exchange = try await Self.exchange()
        let folder = try VigiaProcess.temporaryFolder("discord-down")
        let agent = try Self.agent(fake, exchange, folder)
        try agent.start()
        try await fake.wait(for: "a look at the gateway", within: .seconds(60)) { $0.count("GET /gateway/bot") > 0 }
        var status: Int?
        while status == nil { status = await agent.status(of: "/ready") }
        #expect(status == 503)
        let body = await agent.body(of: "/ready")
        #expect(body?.contains("discord") == true)
        agent.stop()
        await exchange.stop()
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    @Test("a deleted webhook is never used again, also after a restart, until its address changes; operators are told")
    func goneWebhook() async throws {
        let fake = try await FakeDiscord.start()
        let url = fake.addWebhook("55")
        fake.deleteWebhook("55")
        let folder = try VigiaProcess.temporaryFolder("webhook")
        // Three starts: with the address, with it again, with another one.
        for (run, address) in [url, url, fake.addWebhook("56")].enumerated() {
            let base = try await Foundations(
                settings: Settings(
                    configFile: nil,
                    environment: [
                        "DISCORD_WEBHOOK_URL": address, "VIGIA_ACCESS": "open",
                        "DATABASE_URL": "sqlite:\(folder.path)/vigia.sqlite",
                    ], flags: [], folder: folder), log: LogStream(format: .text, secrets: []),
                metrics: MetricsRegistry())
            try await Preparation(base).run(echoesDiscord: false)
            let sender = try #require(try await DiscordWiring(base).sender)
            // Decided within the same hour, the three would wait for one another.
            let delivery = DeliveryWiring(
                base, channels: [sender], isPaused: false,
                routing: RoutingSettings(groupWait: .zero, groupInterval: .zero))
            let posts = fake.journal.requests.count
            try await withThrowingTaskGroup(of: Void.self) { group in
                for service in delivery.services { group.addTask { try await service.run() } }
                try await delivery.publisher.publish(DecisionBatch(alerts: [try Self.opportunity(run)]))
                switch run {
                case 0:
                    try await fake.wait(for: "the refusal") { $0.requests.count == posts + 1 }
                    while try await Self.count("settings WHERE name = 'discord.webhook_gone'", base) == 0 {}
                case 2: try await fake.wait(for: "a post") { $0.messages.count == 1 }
                default:
                    let open = """
                        (SELECT id FROM outbox WHERE state IN ('pending', 'leased')
                        UNION ALL SELECT id FROM alerts WHERE expanded_at IS NULL)
                        """
                    while try await Self.count(open, base) > 0 {}
                    #expect(fake.journal.requests.count == posts)
                }
                group.cancelAll()
            }
            let isOn = try await Self.count("settings WHERE name = 'discord.webhook' AND value = 'on'", base) == 1
            #expect(isOn == (run == 2))
            let notices = try await Self.count("alerts WHERE natural_key LIKE 'system:discord_webhook_gone%'", base)
            #expect(notices == 1)
            await base.transport.shutdown()
            try base.database.close()
        }
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func count(_ rows: String, _ base: Foundations) async throws -> Int64 {
        try await base.database.read { try $0.integer("SELECT count(*) FROM \(rows)") ?? -1 }
    }

    private static func opportunity(_ number: Int) throws -> Alert {
        let symbol = try #require(Symbol("BTC"))
        let now = WallTime().now
        return Alert(
            naturalKey: "opportunity:BTC:test:\(number)", symbol: symbol, priority: .high, issuedAt: now,
            audience: .subscribers(symbol, strength: 0.9),
            body: .opportunity(
                Opportunity(
                    symbol: symbol, kind: .trend, side: .buy, score: 0.7, strength: 0.9, strengthIsProvisional: false,
                    price: 70_000, at: now, outlook: .days1to3, factors: [], reasons: [], riskLevel: nil,
                    expectedMove: nil, moveRatio: nil, measured: nil)))
    }
}
