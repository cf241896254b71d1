import Decisions
import Delivery
import Foundation
import Market
import ServiceLifecycle
import Storage
import Support
import Testing
import Transport
import Turns
import Web

@testable import Vigia

/// Real hours of five symbols through the decision engine, the store, fan-out and the Telegram channel, judged from the
/// bytes that reached the Bot API. An extra: it needs the market data beside the project.
///
/// `VIGIA_OPPORTUNITY_WEEKS` sets how many weeks of 2023 are told (51 are there).
@Suite(.oneAtATime, .serialized) struct OpportunityDeliveryTests {
    private static let files = [
        "BTC": "candles/binance_spot_BTCUSDT_1h_20170817_20241231.csv.gz",
        "ETH": "candles/binance_spot_ETHUSDT_1h_20170817_20231230.csv.gz",
        "ADA": "candles/binance_spot_ADAUSDT_1h_20200801_20231230.csv.gz",
        "SOL": "candles/binance_spot_SOLUSDT_1h_20210404_20231230.csv.gz",
        "AVAX": "candles/binance_spot_AVAXUSDT_1h_20210404_20241230.csv.gz",
    ]
    static var isPossible: Bool { files.values.allSatisfy { SharedData.has($0) } }
    /// Monday, 2 January 2023.
    private static let begin = Timestamp(milliseconds: 1_672_617_600_000)

    /// Somebody who asked, by commands, for symbols from a strength on.
    private struct Asker {
        var id: Int64
        var minimum: Int
        var symbols: [String]
        var isGone = false

        func wants(_ symbol: Symbol, strength: Double) -> Bool {
            !isGone && symbols.contains(symbol.base) && strength >= Double(minimum) / 100
        }
    }

    /// Forty people, each with other symbols and another strength; every tenth asks for silence again.
    private static let askers: [Asker] = (0..<40).map { index in
        let names = files.keys.sorted()
        let symbols = names.indices.filter { (index + 1) & (1 << $0) != 0 }.map { names[$0] }
        return Asker(
            id: Int64(500 + index), minimum: [50, 60, 70, 80, 90, 95][index % 6],
            symbols: symbols.isEmpty ? names : symbols, isGone: index % 10 == 9)
    }

    @Test("every opportunity of the weeks reaches exactly its subscribers, once", .enabled(if: isPossible))
    func delivery() async throws {
        let weeks = ProcessInfo.processInfo.environment["VIGIA_OPPORTUNITY_WEEKS"].flatMap(Int64.init) ?? 6
        let telegram = try await FakeTelegram.start()
        let folder = try VigiaProcess.temporaryFolder("opportunities")
        let settings = [
            "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "TELEGRAM_RATE": "off",
            "TELEGRAM_CHAT_RATE": "off", "TELEGRAM_GROUP_RATE": "off", "VIGIA_ACCESS": "open", "VIGIA_CLOCK": "venue",
            "DEFAULT_SYMBOLS": Self.files.keys.sorted().joined(separator: ","), "LOG_LEVEL": "warning",
            "DATABASE_URL": "sqlite:\(folder.appending(path: "vigia.sqlite").path)",
        ]
        try await Self.subscribe(telegram, folder: folder, settings: settings)
        let told = Self.messages(telegram.journal).count

        let base = try await Foundations(
            settings: Settings(configFile: nil, environment: settings, flags: [], folder: folder),
            log: LogStream(format: .text, secrets: []), metrics: MetricsRegistry())
        let outcome: Result<(opportunities: Int, messages: Int), any Error>
        do {
            outcome = .success(try await Self.tell(weeks: weeks, base: base, telegram: telegram))
        } catch {
            outcome = .failure(error)
        }
        await base.transport.shutdown()
        try base.database.close()
        let figures = try outcome.get()
        #expect(Self.messages(telegram.journal).count - told == figures.messages)
        #expect(figures.opportunities >= Int(weeks) * 2)
        #expect(figures.messages > figures.opportunities)
        FileHandle.standardError.write(
            Data("opportunities: \(figures.opportunities) in \(weeks) weeks, \(figures.messages) messages\n".utf8))
        await telegram.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Delivery as the agent wires it, fed by the replay.
    private static func tell(
        weeks: Int64, base: Foundations, telegram: FakeTelegram
    ) async throws -> (opportunities: Int, messages: Int) {
        let channel = try #require(try await TelegramWiring(base)).channel
        // One opportunity after another is judged here, so none waits for others of its candle.
        let delivery = DeliveryWiring(
            base, channels: [channel], isPaused: false,
            routing: RoutingSettings(groupWait: .zero, groupInterval: .zero))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for service in delivery.services { group.addTask { try await service.run() } }
            defer { group.cancelAll() }
            let figures = try await replay(
                weeks: weeks, base: base, publisher: delivery.publisher, telegram: telegram)
            // Whatever came twice or to somebody else would be here by now or is on its way.
            try await ContinuousClock().sleep(for: .seconds(2))
            return figures
        }
    }

    /// Without edits: a message that follows its situation is no new one.
    private static func messages(_ journal: FakeTelegramJournal) -> [FakeTelegramJournal.Sent] {
        journal.sent.filter { !$0.isEdit }
    }

    /// The real agent takes the commands and is stopped again.
    private static func subscribe(_ telegram: FakeTelegram, folder: URL, settings: [String: String]) async throws {
        let exchange = FakeExchange(candles: [:], now: begin)
        try await exchange.start()
        let urls = [
            "BINANCE_API_URL": exchange.url, "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url,
        ]
        let agent = try VigiaProcess(folder: folder, settings: settings.merging(urls) { $1 })
        try agent.start()
        try await agent.waitUntilReady()
        for asker in askers {
            telegram.user(asker.id).says("/subscribe \(asker.symbols.joined(separator: " ")) min \(asker.minimum)%")
            if asker.isGone { telegram.user(asker.id).says("/unsubscribe all") }
        }
        for asker in askers {
            try await telegram.wait(for: "an answer to \(asker.id)", within: .seconds(60)) { journal in
                journal.messages(for: asker.id).count >= (asker.isGone ? 2 : 1)
            }
        }
        agent.stop()
        await exchange.stop()
    }

    /// Hour by hour; after each decision, waits until those who asked for it were told.
    private static func replay(
        weeks: Int64, base: Foundations, publisher: AlertPublisher, telegram: FakeTelegram
    ) async throws -> (opportunities: Int, messages: Int) {
        var state = WatchState(
            rules: RuleEngine(base: .h1, defaultSymbols: [], symbols: DirectorySymbols(directory: base.directory)),
            primaryVenue: .binance, base: .h1)
        let end = begin + .days(7 * weeks)
        var hours: [(symbol: Symbol, candle: Candle)] = []
        for (name, file) in files {
            let symbol = try #require(Symbol(name))
            let candles = try SharedData.candles(file)
            let past = candles.filter { $0.openTime < begin && $0.openTime >= begin - .days(460) }
            state.warmUp(symbol, with: .init(base: past, hourly: past))
            hours += candles.filter { $0.openTime >= begin && $0.openTime < end }.map { (symbol, $0) }
        }
        hours.sort { ($0.candle.openTime, $0.symbol.description) < ($1.candle.openTime, $1.symbol.description) }
        var opportunities = 0
        var messages = 0
        for (symbol, candle) in hours {
            let now = candle.closeTime(.h1)
            base.venueTime?.advance(to: now)
            let event = MarketEvent.candleClosed(
                ClosedCandle(symbol: symbol, venue: .binance, timeframe: .h1, candle: candle, receivedAt: now))
            let batch = state.handle(event, now: now)
            for alert in batch.alerts {
                guard case .opportunity(let opportunity) = alert.body else { continue }
                opportunities += 1
                let due = askers.filter { $0.wants(symbol, strength: opportunity.strength) }.map(\.id)
                let before = Self.messages(telegram.journal).count
                try await publisher.publish(DecisionBatch(alerts: [alert]))
                try await telegram.wait(for: "\(due.count) messages of \(alert.naturalKey)", within: .seconds(20)) {
                    Self.messages($0).count >= before + due.count
                }
                let sent = Self.messages(telegram.journal)[before...]
                #expect(sent.map(\.chat).sorted() == due.sorted(), "\(alert.naturalKey)")
                #expect(sent.allSatisfy { $0.text.contains(symbol.base) })
                messages += due.count
            }
        }
        return (opportunities, messages)
    }
}
