import Market
import People
import Synchronization
import Testing
import Turns

@testable import Decisions

/// Sleeps for no time: back-offs are there, waiting is not.
struct ImmediateClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }
    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        await Task.yield()
    }
}

final class ManualTime: TimeSource {
    private let time: Mutex<Timestamp>
    init(_ time: Timestamp) { self.time = Mutex(time) }
    var now: Timestamp { time.withLock { $0 } }
    func set(_ now: Timestamp) { time.withLock { $0 = now } }
}

@Suite("Market watch", .oneAtATime, .timeLimit(.minutes(2)))
struct MarketWatchTests {
    private let btc = Symbol("BTC")!

    private func watch(
        _ events: some AsyncSequence<MarketEvent, Never> & Sendable, candles: MemoryCandleStore,
        decisions: MemoryDecisions, board: MarketBoard = MarketBoard(primaryVenue: .binance), base: Timeframe = .h1,
        clock: MarketWatch.RuleClock = .venue(VenueTime()), sleeper: any Clock<Duration> = ImmediateClock()
    ) -> MarketWatch {
        MarketWatch(
            events: events, settings: .init(primaryVenue: .binance, defaultSymbols: [btc], base: base),
            stores: .init(candles: candles, rules: decisions, progress: decisions, sink: decisions), board: board,
            symbols: SpelledSymbols(known: [btc]), ruleClock: clock, clock: sleeper)
    }

    private func events(_ candles: some Sequence<Candle>, timeframe: Timeframe = .h1) -> [MarketEvent] {
        candles.map { candle in
            .candleClosed(
                ClosedCandle(
                    symbol: btc, venue: .binance, timeframe: timeframe, candle: candle,
                    receivedAt: candle.closeTime(timeframe)))
        }
    }

    private func stream(_ events: [MarketEvent]) -> AsyncStream<MarketEvent> {
        AsyncStream { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
    }

    private func rule(_ id: Int64, _ text: String) -> Rule {
        Rule(
            id: RuleID(id), owner: RecipientID(1), number: Int(id), text: text,
            createdAt: Timestamp(milliseconds: 1_500_000_000_000))
    }

    /// Minutes of a lively walk that crosses the rules' levels often.
    private func minutes(_ count: Int, seed: UInt64 = 9) -> [Candle] {
        var random = SplitMix(state: seed)
        var close = 1_000.0
        return (0..<count).map { index in
            let open = close
            close *= 1 + 0.004 * (random.unit() - 0.5) + (1_000 - close) * 0.00001
            return Candle(
                openTime: HourlyCandles.start + .minutes(Int64(index)), open: open, high: max(open, close) + 0.1,
                low: min(open, close) - 0.1, close: close, volume: 10 + 20 * random.unit())
        }
    }

    private var rules: [Rule] {
        [
            rule(1, "BTC > 1005 every 10m"), rule(2, "BTC crosses below 998 every 5m"),
            rule(3, "BTC rsi(14, 5m) < 40"), rule(4, "BTC change(15m) >= 0.2% every 1h"),
        ]
    }

    @Test("a closed candle is stored before what it leads to, and every decision reaches the sink and the board")
    func order() async throws {
        let journal = Journal()
        let candles = HourlyCandles.climb(quiet: 100, rise: 60)
        let decisions = MemoryDecisions(journal: journal)
        let board = MarketBoard(primaryVenue: .binance)
        try await watch(
            stream(events(candles)), candles: MemoryCandleStore(journal: journal), decisions: decisions, board: board
        ).run()
        let key = try #require(decisions.keys.first)
        let closed = try #require(Int64(key.split(separator: ":").last ?? ""))
        let saved = try #require(journal.entries.firstIndex(of: "save BTC 1h \(closed - 3_600_000)"))
        let published = try #require(journal.entries.firstIndex(of: "publish \(key)"))
        let next = try #require(journal.entries.firstIndex(of: "save BTC 1h \(closed)"))
        #expect(saved < published && published < next)
        #expect(
            journal.entries.contains { $0.hasPrefix("save BTC 4h") }
                && journal.entries.contains { $0.hasPrefix("save BTC 1d") })
        #expect(board.view(of: btc)?.quote.last.double == candles.last?.close)
        #expect(decisions.keys.count == Set(decisions.keys).count)
    }

    @Test("a sink that refuses is asked again, and nothing is skipped or repeated", arguments: [1, 4])
    func refusals(count: Int) async throws {
        let candles = HourlyCandles.walk(1_200, seed: 14)
        let calm = MemoryDecisions()
        try await watch(stream(events(candles)), candles: MemoryCandleStore(), decisions: calm).run()
        let journal = Journal()
        let moody = MemoryDecisions(failures: count, journal: journal)
        try await watch(stream(events(candles)), candles: MemoryCandleStore(), decisions: moody).run()
        #expect(journal.entries.filter { $0 == "refuse" }.count == count)
        #expect(!calm.keys.isEmpty && moody.keys == calm.keys)
    }

    @Test("a restart anywhere decides as the unbroken watch does", arguments: [150, 640, 901, 1_437])
    func restart(at cut: Int) async throws {
        let candles = minutes(2_000)
        let unbroken = MemoryDecisions(rules: rules)
        try await watch(
            stream(events(candles, timeframe: .m1)), candles: MemoryCandleStore(), decisions: unbroken, base: .m1
        ).run()
        let store = MemoryCandleStore()
        let broken = MemoryDecisions(rules: rules)
        for part in [candles[..<cut], candles[cut...]] {
            try await watch(
                stream(events(part, timeframe: .m1)), candles: store, decisions: broken, base: .m1
            ).run()
        }
        #expect(unbroken.keys.count > 20)
        #expect(broken.keys == unbroken.keys)
    }

    @Test("candles that were stored and not decided before a crash are decided at the start", arguments: [640, 901])
    func crash(at cut: Int) async throws {
        let candles = minutes(2_000)
        let unbroken = MemoryDecisions(rules: rules)
        try await watch(
            stream(events(candles, timeframe: .m1)), candles: MemoryCandleStore(), decisions: unbroken, base: .m1
        ).run()
        let store = MemoryCandleStore()
        let broken = MemoryDecisions(rules: rules)
        try await watch(
            stream(events(candles[..<cut], timeframe: .m1)), candles: store, decisions: broken, base: .m1
        ).run()
        try await store.save(
            Array(candles[cut..<(cut + 300)]), of: CandleSeries(symbol: btc, timeframe: .m1, venue: .binance))
        try await watch(
            stream(events(candles[(cut + 300)...], timeframe: .m1)), candles: store, decisions: broken, base: .m1
        ).run()
        #expect(broken.keys == unbroken.keys)
        let late = broken.held.withLock { held in
            held.alerts.compactMap { alert -> RuleFiring? in
                if case .ruleFired(let firing) = alert.body, firing.late { firing } else { nil }
            }
        }
        let gap = candles[cut].closeTime(.m1)...candles[cut + 299].closeTime(.m1)
        #expect(!late.isEmpty && late.allSatisfy { gap.contains($0.at) })
    }

    @Test("what happened in a gap is told late")
    func gap() async throws {
        let candles = minutes(600)
        var feed = events(candles[..<300], timeframe: .m1)
        feed.append(
            .backfilled(
                Backfill(
                    symbol: btc, venue: .binance, timeframe: .m1, candles: Array(candles[300..<500]), reason: .gap)))
        feed += events(candles[500...], timeframe: .m1)
        let decisions = MemoryDecisions(rules: rules)
        try await watch(stream(feed), candles: MemoryCandleStore(), decisions: decisions, base: .m1).run()
        let firings = decisions.held.withLock { held in
            held.alerts.compactMap { alert in if case .ruleFired(let firing) = alert.body { firing } else { nil } }
        }
        let gap = candles[300].closeTime(.m1)...candles[499].closeTime(.m1)
        #expect(firings.filter(\.late).count > 2)
        for firing in firings { #expect(firing.late == gap.contains(firing.at), "\(firing.at)") }
        let plain = MemoryDecisions(rules: rules)
        try await watch(
            stream(events(candles, timeframe: .m1)), candles: MemoryCandleStore(), decisions: plain, base: .m1
        ).run()
        #expect(decisions.keys == plain.keys)
    }

    @Test("a symbol that is first seen while running starts from its stored history")
    func firstSight() async throws {
        let eth = try #require(Symbol("ETH"))
        let candles = HourlyCandles.climb(quiet: 100, rise: 60)
        let store = MemoryCandleStore()
        try await store.save(Array(candles[..<100]), of: CandleSeries(symbol: eth, timeframe: .h1, venue: .binance))
        let feed: [MarketEvent] = candles[100...].map { candle in
            .candleClosed(
                ClosedCandle(
                    symbol: eth, venue: .binance, timeframe: .h1, candle: candle, receivedAt: candle.closeTime(.h1)))
        }
        let decisions = MemoryDecisions()
        try await watch(stream(feed), candles: store, decisions: decisions).run()
        var engine = DecisionEngine(symbol: eth)
        let expected = candles.compactMap { engine.assess($0) }.flatMap(\.opportunities).map(\.alert.naturalKey)
        #expect(!expected.isEmpty && decisions.keys == expected)
    }

    @Test("other venues' candles are stored and decide nothing")
    func otherVenue() async throws {
        let candles = HourlyCandles.climb(quiet: 100, rise: 60)
        let feed: [MarketEvent] = candles.map { candle in
            .candleClosed(
                ClosedCandle(
                    symbol: btc, venue: .coinbase, timeframe: .h1, candle: candle, receivedAt: candle.closeTime(.h1)))
        }
        let store = MemoryCandleStore()
        let decisions = MemoryDecisions()
        try await watch(stream(feed), candles: store, decisions: decisions).run()
        #expect(decisions.keys.isEmpty)
        #expect(try await store.series() == [CandleSeries(symbol: btc, timeframe: .h1, venue: .coinbase)])
    }

    @Test("a corrected candle is stored, corrects the longer ones that hold it, and fires nothing")
    func correction() async throws {
        let candles = HourlyCandles.walk(60, seed: 2)
        var corrected = candles[30]
        corrected.high *= 2
        let feed =
            events(candles) + [
                .candleCorrected(
                    ClosedCandle(
                        symbol: btc, venue: .binance, timeframe: .h1, candle: corrected,
                        receivedAt: corrected.closeTime(.h1)))
            ]
        let store = MemoryCandleStore()
        let decisions = MemoryDecisions()
        try await watch(stream(feed), candles: store, decisions: decisions).run()
        var truth = candles
        truth[30] = corrected
        // Rung by rung, as the watch makes them: sums of volume round the same way.
        var wholes = truth
        for step in CandleLadder.steps(from: .h1).prefix(2) {
            wholes = CandleAggregator.aggregate(wholes, from: step.part, to: step.whole)
            let stored = try await store.candles(
                of: CandleSeries(symbol: btc, timeframe: step.whole, venue: .binance), from: nil, to: nil, limit: nil)
            #expect(stored == wholes && !stored.isEmpty)
        }
    }

    @Test("a rule that is confirmed while running is watched from the next event on; a removed one no longer")
    func ruleChanges() async throws {
        let (feed, line) = AsyncStream<MarketEvent>.makeStream()
        let decisions = MemoryDecisions()
        let first = rule(1, "BTC > 1000 every 1m")
        decisions.held.withLock { $0.rules[first.id] = first }
        let watch = watch(feed, candles: MemoryCandleStore(), decisions: decisions, base: .m1)
        let running = Task { try await watch.run() }
        var alerts = decisions.alerts.makeAsyncIterator()
        func quote(_ price: String, _ second: Int64) throws {
            let time = HourlyCandles.start + .seconds(second)
            line.yield(
                .quote(
                    Quote(
                        symbol: btc, venue: .binance, last: try #require(Price(price)), venueTime: time,
                        receivedAt: time)))
        }
        try quote("999", 1)
        try quote("1001", 2)
        #expect(await alerts.next()?.naturalKey == "rule:1:1")
        let second = rule(2, "BTC > 1010")
        decisions.held.withLock { $0.rules[second.id] = second }
        await watch.apply([.added(second), .removed(first.id)])
        try quote("999", 100)
        try quote("1011", 200)
        #expect(await alerts.next()?.naturalKey == "rule:2:1")
        line.finish()
        try await running.value
        #expect(decisions.keys == ["rule:1:1", "rule:2:1"])
    }

    @Test("on the wall clock a hold that ends between two events fires by itself")
    func deadline() async throws {
        let (feed, line) = AsyncStream<MarketEvent>.makeStream()
        let decisions = MemoryDecisions(rules: [rule(1, "BTC > 1000 for 10m")])
        let time = ManualTime(HourlyCandles.start)
        let watch = watch(
            feed, candles: MemoryCandleStore(), decisions: decisions, base: .m1, clock: .wall(time),
            sleeper: ContinuousClock())
        let running = Task { try await watch.run() }
        for (price, second) in [("999", 1), ("1001", 2)] {
            let at = HourlyCandles.start + .seconds(Int64(second))
            line.yield(
                .quote(
                    Quote(symbol: btc, venue: .binance, last: try #require(Price(price)), venueTime: at, receivedAt: at)
                ))
        }
        // The hold is a change of state, so it is stored before anything fires.
        for await commit in decisions.commits {
            if commit.ruleStates[RuleID(1)]?.symbols["BTC"]?.heldSince != nil { break }
        }
        // A quote of the last moment keeps the price fresh.
        let end = HourlyCandles.start + .minutes(10) + .seconds(2)
        line.yield(
            .quote(
                Quote(
                    symbol: btc, venue: .binance, last: try #require(Price("1002")), venueTime: end - .seconds(1),
                    receivedAt: end - .seconds(1))))
        time.set(end)
        var alerts = decisions.alerts.makeAsyncIterator()
        #expect(await alerts.next()?.naturalKey == "rule:1:1")
        running.cancel()
        try await running.value
    }

    @Test("a source in trouble is told to operators and shown on the board")
    func health() async throws {
        let decisions = MemoryDecisions()
        let board = MarketBoard(primaryVenue: .binance)
        let feed: [MarketEvent] = [
            .health(SourceHealth(source: "coinbase", state: .circuitOpen, detail: "timeout", failures: 10))
        ]
        try await watch(stream(feed), candles: MemoryCandleStore(), decisions: decisions, board: board).run()
        let alert = try #require(decisions.held.withLock { $0.alerts.first })
        #expect(alert.audience == .operators)
        guard case .system(let notice) = alert.body else {
            Issue.record("not a notice")
            return
        }
        #expect(notice.key == "source_circuit_open" && notice.values["source"] == "coinbase")
        #expect(board.sources().map(\.state) == [.circuitOpen])
    }

    @Test("a stop ends the watch although its feed never ends, even while a store refuses")
    func stop() async throws {
        let (feed, line) = AsyncStream<MarketEvent>.makeStream()
        let decisions = MemoryDecisions(failures: .max)
        let watch = watch(feed, candles: MemoryCandleStore(), decisions: decisions)
        let running = Task { try await watch.run() }
        line.yield(.health(SourceHealth(source: "coinbase", state: .circuitOpen, failures: 10)))
        for await _ in decisions.refusals { break }
        running.cancel()
        try await running.value
        #expect(decisions.keys.isEmpty)
    }
}
