import Foundation
import Market
import Support
import Testing
import Turns

/// The real process with its shipped pacing against a fake that enforces the documented limits as sliding windows.
/// `VIGIA_LIMIT_PEOPLE` sets how many people hear of the same moment.
@Suite(.oneAtATime, .serialized) struct LimitTests {
    private static var people: Int64 {
        ProcessInfo.processInfo.environment["VIGIA_LIMIT_PEOPLE"].flatMap(Int64.init) ?? 100
    }

    @Test("everybody is told of the same moment and the provider never has to say 429", .timeLimit(.minutes(15)))
    func steadyState() async throws {
        let begin = Timestamp(milliseconds: 1_700_000_040_000)
        let candles = (0..<600).map { minute -> Candle in
            let price = minute < 240 ? 100.0 : 102.0
            return Candle(
                openTime: begin + .minutes(Int64(minute)), open: price, high: price + 0.5, low: price - 0.5,
                close: price,
                volume: 10)
        }
        let symbol = try #require(Symbol("BTC"))
        let exchange = FakeExchange(candles: [symbol: candles], now: begin + .minutes(200))
        try await exchange.start()
        let telegram = try await FakeTelegram.start(limits: .documented)
        let folder = try VigiaProcess.temporaryFolder("limits")
        let vigia = try VigiaProcess(
            folder: folder,
            settings: [
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "BINANCE_API_URL": exchange.url,
                "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
                "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": "BTC",
            ])
        try vigia.start()
        try await vigia.waitUntilReady()
        await exchange.advance(by: .minutes(2))
        // A few at a time: a reply that waits for a minute is not sent any more.
        for group in stride(from: Int64(1), through: Self.people, by: 200) {
            let ids = group...min(group + 199, Self.people)
            for id in ids { telegram.user(id).says("/alert BTC > 101 every 1d") }
            for id in ids {
                let message = try await telegram.message(for: id, within: .seconds(60)) { sent in
                    sent.buttons.joined().contains { $0.data?.hasPrefix("/alert confirm") == true }
                }
                let data = try #require(
                    message.buttons.joined().compactMap(\.data).first { $0.hasPrefix("/alert confirm") })
                try telegram.user(id).presses(data: data)
            }
            for id in ids {
                _ = try await telegram.until("a rule of \(id)", within: .seconds(60)) { journal in
                    journal.messages(for: id).count >= 2 ? true : nil
                }
            }
        }
        await exchange.advance(by: .minutes(60))
        let people = Int(Self.people)
        let within = Duration.seconds(30 + people / 20)
        _ = try await telegram.until("an alert for everybody", within: within) { journal in
            let told = journal.sent.filter { $0.text.contains("🔔") }
            return told.count >= people ? true : nil
        }
        let told = telegram.journal.sent.filter { $0.text.contains("🔔") }
        #expect(Set(told.map(\.chat)).count == people)
        #expect(told.count == people)
        #expect(telegram.journal.refused.isEmpty, "\(telegram.journal.refused.count) times 429")
        vigia.stop()
        await telegram.stop()
        await exchange.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
