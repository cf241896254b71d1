import Collectors
import Market
import Support
import Testing
import Transport
import Turns

@Suite("Coinbase and simulated collectors", .oneAtATime, .timeLimit(.minutes(1)))
struct OtherCollectorTests {
    private func run(
        _ exchange: FakeExchange, log: EventLog, symbols: [Symbol], speed: Double = 50,
        body: @escaping @Sendable (CoinbaseCollector) async -> Void
    ) async throws {
        try await exchange.start()
        let http = try AsyncHTTPTransport()
        let (stream, continuation) = AsyncStream.makeStream(of: [Symbol].self)
        continuation.yield(symbols)
        let collector = CoinbaseCollector(
            apiURL: exchange.url, http: http, sink: log, watch: stream, product: { $0.base + "-USD" },
            clock: FastClock(speed: speed), jitter: { 0.5 })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await collector.run() }
            await body(collector)
            group.cancelAll()
        }
        await exchange.stop()
        await http.shutdown()
    }

    @Test(
        "a second opinion comes with bid, ask and the venue's name, each time the price moved; unlisted ones are not asked"
    )
    func quotes() async throws {
        let candles = TestMarket.minutes(200)
        let log = EventLog()
        let exchange = FakeExchange(candles: [TestMarket.btc: candles], now: TestMarket.start + .minutes(100))
        try await run(exchange, log: log, symbols: [TestMarket.btc, TestMarket.eth]) { _ in
            await log.wait { !$0.quotes(TestMarket.btc).isEmpty }
            await exchange.advance(by: .minutes(2))
            await log.wait { $0.quotes(TestMarket.btc).count >= 2 }
            let quotes = log.events.quotes(TestMarket.btc)
            #expect(quotes.allSatisfy { $0.venue == .coinbase && $0.bid != nil && $0.ask != nil })
            #expect(quotes[1].venueTime == TestMarket.start + .minutes(102))
            #expect(exchange.requests("ETH-USD") == 0)
        }
    }

    @Test("a refusal of the country is said", arguments: [451, 403])
    func refused(_ status: Int) async throws {
        let log = EventLog()
        let exchange = FakeExchange(candles: [TestMarket.btc: TestMarket.minutes(9)], now: TestMarket.start)
        exchange.fault { $0.restStatus = status }
        try await run(exchange, log: log, symbols: [TestMarket.btc]) { _ in
            await log.wait { $0.health.contains { $0.state == .refused && $0.source == "coinbase" } }
        }
    }

    @Test("the simulated history is the same for the same seed, sound, whole and moving")
    func simulatedHistory() {
        let symbols = ["BTC", "ETH", "SOL"].compactMap { Symbol($0) }
        func make(_ seed: UInt64) -> SimulatedExchange.History {
            SimulatedExchange.history(
                seed: seed, symbols: symbols, start: TestMarket.start, hourDays: 120, minuteDays: 3)
        }
        let history = make(1)
        #expect(history.hours == make(1).hours && history.minutes == make(1).minutes)
        #expect(history.hours != make(2).hours)
        for symbol in symbols {
            let hours = history.hours[symbol] ?? []
            let minutes = history.minutes[symbol] ?? []
            #expect(hours.count == 120 * 24 && minutes.count == 3 * 1440)
            #expect((hours + minutes).allSatisfy { $0.defect == nil })
            #expect(zip(hours, hours.dropFirst()).allSatisfy { $1.openTime - $0.openTime == .hours(1) })
            #expect(minutes.last?.closeTime(.m1) == TestMarket.start)
            let returns = zip(hours, hours.dropFirst()).map { $1.close / $0.close - 1 }
            let deviation = (returns.map { $0 * $0 }.reduce(0, +) / Double(returns.count)).squareRoot()
            #expect(deviation > 0.001 && deviation < 0.05)
            #expect((hours.map(\.high).max() ?? 0) < 20 * (hours.map(\.low).min() ?? 1))
        }
    }

    @Test("the simulated exchange gives its history first, then candles in order and quotes between them")
    func simulatedLive() async throws {
        let log = EventLog()
        let store = MemoryCandleStore()
        let exchange = SimulatedExchange(
            seed: 3, symbols: [TestMarket.btc, TestMarket.eth], start: TestMarket.start, hourDays: 5, minuteDays: 1,
            pace: 60, store: store, sink: log, clock: FastClock(speed: 1000))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await exchange.run() }
            await log.wait { $0.closed(TestMarket.btc).count >= 20 }
            group.cancelAll()
        }
        let events = log.events
        let closed = events.closed(TestMarket.btc)
        #expect(closed.first?.openTime == TestMarket.start)
        #expect(
            zip(closed, closed.dropFirst()).allSatisfy {
                $1.openTime - $0.openTime == .minutes(1) && $1.open == $0.close
            })
        #expect(events.backfills(TestMarket.btc).flatMap(\.candles).count == 1440)
        #expect(events.backfills(TestMarket.btc, .h1).flatMap(\.candles).count == 120)
        #expect(events.quotes(TestMarket.btc).count >= 60)
        #expect(events.quotes(TestMarket.btc).allSatisfy { $0.venue == .simulated })
        #expect(store.all(CandleSeries(symbol: TestMarket.btc, timeframe: .m1, venue: .simulated)).count >= 1459)
    }
}
