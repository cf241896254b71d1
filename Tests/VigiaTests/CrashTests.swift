import Foundation
import Market
import Support
import Testing
import Turns

@testable import Storage

/// Kills the real process again and again under load. The fake's journal and the database are the judges.
@Suite(.oneAtATime, .serialized) struct CrashTests {
    private static let people = 60
    private static var kills: Int { ProcessInfo.processInfo.environment["VIGIA_CRASH_KILLS"].flatMap(Int.init) ?? 20 }
    private static let inFlight = 8

    @Test(
        "no decided alert and no command is lost or done twice when the process is killed; repeats are few and marked",
        .timeLimit(.minutes(30)))
    func killedUnderLoad() async throws {
        let world = try await World.start()
        try await world.makePeople(Self.people)
        let load = Task { await world.exchange.run(pace: 600, resolution: .seconds(60)) }
        let commands = Task { await world.keepAsking() }

        for kill in 1...Self.kills {
            if kill.isMultiple(of: 2) {
                // The provider has accepted, and we will never hear of it.
                world.telegram.inject(.acceptThenHang, count: 3, method: "sendMessage")
                for _ in 0..<500 where world.telegram.heldCount == 0 {
                    try await ContinuousClock().sleep(for: .milliseconds(10))
                }
            } else {
                try await ContinuousClock().sleep(for: .milliseconds(400 + kill * 37 % 500))
            }
            world.vigia.kill()
            world.telegram.clearFaults()
            world.telegram.release()
            try world.vigia.start()
            try await world.vigia.waitUntilReady()
        }

        commands.cancel()
        let asked = await commands.value
        load.cancel()
        await load.value
        try await world.untilQuiet()
        world.vigia.stop()
        try await world.judge(asked: asked, kills: Self.kills, inFlight: Self.inFlight)
        await world.stop()
    }

    /// The agent between a fake exchange whose price crosses the rules' level every five minutes, and a fake Telegram.
    private final class World: Sendable {
        let telegram: FakeTelegram
        let exchange: FakeExchange
        let vigia: VigiaProcess
        let folder: URL

        private init(telegram: FakeTelegram, exchange: FakeExchange, vigia: VigiaProcess, folder: URL) {
            self.telegram = telegram
            self.exchange = exchange
            self.vigia = vigia
            self.folder = folder
        }

        static func start() async throws -> World {
            let begin = Timestamp(milliseconds: 1_700_000_040_000)
            let minutes = 60 * 24 * 20
            let candles = (0..<minutes).map { minute -> Candle in
                let price = minute / 5 % 2 == 0 ? 100.0 : 102.0
                return Candle(
                    openTime: begin + .minutes(Int64(minute)), open: price, high: price + 0.5, low: price - 0.5,
                    close: price,
                    volume: 10)
            }
            let symbol = try #require(Symbol("BTC"))
            let exchange = FakeExchange(candles: [symbol: candles], now: begin + .hours(2))
            try await exchange.start()
            let telegram = try await FakeTelegram.start()
            let folder = try VigiaProcess.temporaryFolder("crash")
            let vigia = try VigiaProcess(
                folder: folder,
                settings: [
                    "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url,
                    "BINANCE_API_URL": exchange.url,
                    "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
                    "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": "BTC", "TELEGRAM_RATE": "off",
                    "TELEGRAM_CHAT_RATE": "off",
                    "TELEGRAM_GROUP_RATE": "off", "DELIVERY_IN_FLIGHT": "\(CrashTests.inFlight)",
                ])
            try vigia.start()
            try await vigia.waitUntilReady()
            return World(telegram: telegram, exchange: exchange, vigia: vigia, folder: folder)
        }

        func makePeople(_ count: Int) async throws {
            for id in 1...Int64(count) {
                telegram.user(id).says("/alert BTC > 101 every 10m")
            }
            for id in 1...Int64(count) {
                let message = try await telegram.message(for: id, within: .seconds(30)) { sent in
                    sent.buttons.joined().contains { $0.data?.hasPrefix("/alert confirm") == true }
                }
                let data = try #require(
                    message.buttons.joined().compactMap(\.data).first { $0.hasPrefix("/alert confirm") })
                try telegram.user(id).presses(data: data)
            }
            for id in 1...Int64(count) {
                _ = try await telegram.until("a rule of \(id)", within: .seconds(30)) { journal in
                    journal.messages(for: id).count >= 2 ? true : nil
                }
            }
        }

        /// New people who each give one command that leaves a trace, until cancelled. Returns how many.
        func keepAsking() async -> Int {
            var asked = 0
            while !Task.isCancelled {
                asked += 1
                telegram.user(Int64(10_000 + asked)).says("/alert BTC > 7")
                try? await ContinuousClock().sleep(for: .milliseconds(150))
            }
            return asked
        }

        /// Everything decided is delivered, and every update is confirmed.
        func untilQuiet() async throws {
            let clock = ContinuousClock()
            let end = clock.now + .seconds(120)
            var quiet = 0
            while clock.now < end, quiet < 3 {
                try await clock.sleep(for: .milliseconds(500))
                let metrics = await vigia.body(of: "/metrics") ?? ""
                let isEmpty = ["pending", "leased", "held"].allSatisfy {
                    metrics.contains("vigia_outbox_\($0){channel=\"telegram\"} 0.0\n")
                }
                quiet = isEmpty && telegram.pendingUpdates == 0 ? quiet + 1 : 0
            }
            #expect(quiet == 3, "the queue did not drain: \(vigia.log.suffix(1000))")
        }

        private struct Firing: Hashable {
            var chat: Int64
            var sequence: Int
        }

        func judge(asked: Int, kills: Int, inFlight: Int) async throws {
            let database = try SQLiteDatabase(path: folder.appending(path: "vigia.sqlite").path)
            // What was decided, by the database.
            let decided = try await database.read { sql in
                try sql.rows(
                    """
                    SELECT i.external_id, a.natural_key, o.state FROM alerts a
                    JOIN identities i ON i.recipient_id = a.owner_id LEFT JOIN outbox o ON o.alert_id = a.id
                    WHERE a.owner_id IS NOT NULL
                    """
                ) { row in (chat: Int64(row.text(0)) ?? 0, key: row.text(1), state: row.optionalText(2) ?? "none") }
            }
            #expect(decided.count > kills * CrashTests.people / 4, "too little load: \(decided.count)")
            let states = Dictionary(grouping: decided, by: \.state).mapValues(\.count)
            #expect(Set(states.keys) == ["sent"], "\(states)")

            // What arrived, by the journal.
            var arrived: [Firing: [FakeTelegramJournal.Sent]] = [:]
            for sent in telegram.journal.sent {
                guard let match = sent.text.firstMatch(of: /#\d+ · firing (\d+)/), let sequence = Int(match.1) else {
                    continue
                }
                arrived[Firing(chat: sent.chat, sequence: sequence), default: []].append(sent)
            }
            var missing = 0
            var highest: [Int64: Int] = [:]
            for alert in decided {
                let sequence = alert.key.split(separator: ":").last.flatMap { Int($0) } ?? 0
                highest[alert.chat] = max(highest[alert.chat] ?? 0, sequence)
                if arrived[Firing(chat: alert.chat, sequence: sequence)] == nil { missing += 1 }
            }
            #expect(missing == 0)
            // Firings are numbered without a gap: nothing was decided twice or forgotten between.
            #expect(decided.count == highest.values.reduce(0, +))

            let repeats = arrived.values.flatMap { $0.dropFirst() }
            #expect(repeats.count <= kills * inFlight, "\(repeats.count) repeats")
            #expect(repeats.allSatisfy { $0.text.contains("↻") }, "a repeat is not marked")

            // Each command was handled exactly once, and answered.
            let drafts = try await database.read { sql in
                try sql.rows(
                    """
                    SELECT i.external_id, count(*) FROM drafts d JOIN identities i ON i.recipient_id = d.owner_id
                    WHERE CAST(i.external_id AS INTEGER) > 10000 GROUP BY i.external_id
                    """
                ) { (user: $0.text(0), count: $0.integer(1)) }
            }
            #expect(drafts.count == asked)
            #expect(drafts.allSatisfy { $0.count == 1 })
            let answered = Set(telegram.journal.sent.map(\.chat).filter { $0 > 10_000 })
            #expect(answered.count == asked)
        }

        func stop() async {
            await telegram.stop()
            await exchange.stop()
            try? FileManager.default.removeItem(at: folder)
        }
    }
}
