import Foundation
import Market
import Support
import Testing
import Turns

@testable import Channels

/// The fakes before clients that others wrote for the real providers, unmodified. They run when `VIGIA_PEERS_PYTHON` names
/// a Python that has them (`make peers`).
@Suite(.oneAtATime, .serialized, .enabled(if: PeerScript.interpreter != nil), .timeLimit(.minutes(5)))
struct ThirdPartyClientTests {
    @Test("discord.py lives with the fake Discord, from its log-in to a revoked token")
    func discord() async throws {
        let fake = try await FakeDiscord.start()
        let webhook = (id: "880000000000000001", token: String(repeating: "t", count: 68))
        _ = fake.addWebhook(webhook.id, token: webhook.token)
        let client = try await PeerScript.run("discord_client.py", [fake.url, fake.token, webhook.id, webhook.token])
        #expect(client.status == 0, "\(client.output)")
        let journal = fake.journal
        await fake.stop()

        #expect(journal.gateway.count { $0.hasPrefix("identify") } == 2)
        // A cut, a close, op 7, op 9 twice, a silence, and the one that was not to be resumed.
        #expect(journal.gateway.count { $0.hasPrefix("resume") } == 7)
        #expect(journal.gateway.count { $0 == "heartbeat" } >= 3)
        #expect(journal.commandPuts.count == 1)
        #expect(Set(journal.callbacks.compactMap { $0.body["type"]?.integer }) == [4, 5, 6, 7, 8])
        #expect(journal.limited == 3)
        let refused = Dictionary(
            grouping: journal.requests.filter { $0.status >= 400 && $0.status != 429 }, by: \.status
        )
        .mapValues(\.count)
        // Forms: a command, an empty message, a long one, a large embed. Tokens: a webhook's and the bot's.
        #expect(refused == [400: 4, 401: 2, 404: 4])
    }

    @Test("python-telegram-bot lives with the fake Bot API: menus, messages, buttons, refusals, polling")
    func telegram() async throws {
        let fake = try await FakeTelegram.start()
        let client = try await PeerScript.run("telegram_client.py", [fake.url, fake.token])
        #expect(client.status == 0, "\(client.output)")
        let journal = fake.journal
        let pending = fake.pendingUpdates
        await fake.stop()

        #expect(journal.violations == [])
        #expect(
            journal.menus == [
                "default/": ["price"], "all_private_chats/": ["price", "top"], "all_private_chats/es": ["price"],
                "all_group_chats/": ["bind"],
            ])
        #expect(journal.refused.map(\.chat) == [7, 8])
        #expect(journal.sent.contains { $0.document?.content == Array("a,b\n1,2\n".utf8) })
        #expect(pending == 0 && journal.answeredQueries.count == 1)
    }

    @Test("ccxt reads the fake exchange, by REST and by its streams")
    func ccxt() async throws {
        let begin = Timestamp(milliseconds: 1_700_000_040_000)
        let exchange = FakeExchange(
            candles: [
                try #require(Symbol("BTC")): .walk(60 * 48, seed: 1, price: 70_000, timeframe: .m1, start: begin),
                try #require(Symbol("ETH")): .walk(60 * 48, seed: 2, price: 4_000, timeframe: .m1, start: begin),
            ], now: begin + .hours(30) + .seconds(20))
        try await exchange.start()
        let client = try await PeerScript.run("exchange_client.py", [exchange.url, exchange.streamURL])
        let journal = exchange.journal
        #expect(client.status == 0, "\(client.output) \(journal.filter { !$0.hasPrefix("GET") })")
        await exchange.stop()
        #expect(journal.contains { $0.hasPrefix("SUBSCRIBE btcusdt@kline_1m") })
        #expect(journal.contains { $0.hasPrefix("SUBSCRIBE btcusdt@bookTicker") })
        #expect(journal.contains { $0.hasPrefix("SUBSCRIBE !miniTicker@arr") })
        #expect(journal.contains { $0.hasPrefix("UNSUBSCRIBE btcusdt@kline_1m") })
    }
}
