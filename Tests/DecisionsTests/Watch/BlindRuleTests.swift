import Market
import People
import Synchronization
import Testing
import Turns

@testable import Decisions

extension MemoryDecisions: CriticalRules {
    func criticalRules() async throws -> [Rule] { held.withLock { $0.rules.values.sorted { $0.id < $1.id } } }
}

/// A sleep ends when the test steps.
final class SteppedClock: Clock {
    typealias Instant = ImmediateClock.Instant
    private let steps: AsyncStream<Void>
    private let stepper: AsyncStream<Void>.Continuation
    private let sleeps = Mutex(0)

    init() { (steps, stepper) = AsyncStream.makeStream() }

    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        sleeps.withLock { $0 += 1 }
        var steps = steps.makeAsyncIterator()
        _ = await steps.next()
        try Task.checkCancellation()
    }

    /// Ends the sleep; returns when the sleeper, having done what it woke for, sleeps again.
    func step() async {
        while sleeps.withLock({ $0 }) == 0 { await Task.yield() }
        let before = sleeps.withLock { $0 }
        stepper.yield()
        while sleeps.withLock({ $0 }) == before { await Task.yield() }
    }
}

@Suite("Blind rules", .oneAtATime, .timeLimit(.minutes(2)))
struct BlindRuleTests {
    private let start = HourlyCandles.start

    private func candle(_ minute: Int, _ price: Double) -> Candle {
        flat(price, opens: start + .minutes(Int64(minute)))
    }

    private func closed(_ minute: Int, _ price: Double, _ symbol: Symbol = btc) -> MarketEvent {
        .candleClosed(
            ClosedCandle(
                symbol: symbol, venue: .binance, timeframe: .m1, candle: candle(minute, price),
                receivedAt: start + .minutes(Int64(minute + 1))))
    }

    private func rule(_ id: Int64, _ text: String, owner: Int64 = 1) -> Rule {
        Rule(id: RuleID(id), owner: RecipientID(owner), number: Int(id), text: text, createdAt: start)
    }

    /// A watch on the wall clock, running, whose ticks the test makes.
    private final class Running {
        let board = MarketBoard(primaryVenue: .binance)
        let line: AsyncStream<MarketEvent>.Continuation
        private let clock = SteppedClock()
        private let time: ManualTime
        private let task: Task<Void, any Error>
        private var probes = 0

        init(_ store: MemoryCandleStore, _ decisions: MemoryDecisions, _ time: ManualTime) {
            self.time = time
            let (feed, line) = AsyncStream<MarketEvent>.makeStream()
            self.line = line
            let watch = MarketWatch(
                events: feed, settings: .init(primaryVenue: .binance, defaultSymbols: [btc], base: .m1),
                stores: .init(
                    candles: store, rules: decisions, progress: decisions, sink: decisions, criticalRules: decisions),
                board: board, symbols: SpelledSymbols(known: [btc, eth]), ruleClock: .wall(time), clock: clock)
            task = Task { try await watch.run() }
        }

        /// Returns when everything sent before has been dealt with.
        func settle() async {
            probes += 1
            let name = "probe \(probes)"
            line.yield(.health(SourceHealth(source: name, state: .starting)))
            while !board.sources().contains(where: { $0.source == name }) { await Task.yield() }
        }

        /// A tick at this time.
        func tick(at now: Timestamp) async {
            await settle()
            time.set(now)
            await clock.step()
            await settle()
        }

        func stop() async throws {
            task.cancel()
            try await task.value
        }
    }

    @Test(
        "a silent feed is marked and its critical owner told once, even over a restart; the gap is reported late, once",
        arguments: [false, true])
    func silence(quoteComesFirst: Bool) async throws {
        let store = MemoryCandleStore()
        let decisions = MemoryDecisions(rules: [
            rule(1, "BTC > 1005 as critical"), rule(2, "BTC > 1005 every 1h", owner: 2),
            rule(3, "BTC > 9000 as critical", owner: 3), rule(4, "ETH > 1 as critical", owner: 4),
        ])
        let time = ManualTime(start)
        var watch = Running(store, decisions, time)
        for minute in 0..<10 { watch.line.yield(closed(minute, 1_000)) }
        watch.line.yield(closed(9, 5, eth))
        let lastClose = start + .minutes(10)
        await watch.tick(at: lastClose + .minutes(3))
        #expect(watch.board.silences().isEmpty)
        await watch.tick(at: lastClose + .minutes(4))
        #expect(watch.board.silences() == [btc: lastClose, eth: lastClose])
        func notices(_ symbol: Symbol) -> [Alert] {
            decisions.held.withLock { $0.alerts }.filter { $0.symbol == symbol && $0.naturalKey.hasPrefix("system") }
        }
        let blind = "system:rule_blind:1:BTC:\(lastClose.milliseconds)"
        #expect(notices(btc).map(\.audience) == [1, 3].map { Alert.Audience.owner(RecipientID($0), via: []) })
        #expect(notices(btc).first?.naturalKey == blind && notices(btc).first?.priority == .high)
        #expect(notices(eth).map(\.audience) == [.owner(RecipientID(4), via: [])])
        await watch.tick(at: lastClose + .minutes(5))
        #expect(notices(btc).count == 2)

        // A restart in the middle: at first nothing was heard yet, which is no silence, then it is the same one.
        try await watch.stop()
        time.set(lastClose + .minutes(6))
        watch = Running(store, decisions, time)
        await watch.tick(at: lastClose + .minutes(6))
        #expect(watch.board.silences().isEmpty)
        await watch.tick(at: lastClose + .minutes(10))
        #expect(watch.board.silences()[btc] == lastClose)
        #expect(notices(btc).count == 2 && notices(eth).count == 1)

        // The feed is back: what was missed lies in the gap, over and gone.
        let prices = [1_000.0, 1_010, 1_012, 1_011, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]
        let now = lastClose + .minutes(11)
        await watch.tick(at: now)
        if quoteComesFirst {
            let last = try #require(Price(1_000))
            watch.line.yield(
                .quote(Quote(symbol: btc, venue: .binance, last: last, venueTime: now, receivedAt: now)))
        }
        watch.line.yield(
            .backfilled(
                Backfill(
                    symbol: btc, venue: .binance, timeframe: .m1,
                    candles: prices.enumerated().map { candle(10 + $0.offset, $0.element) }, reason: .gap)))
        await watch.tick(at: now + .seconds(6))
        #expect(watch.board.silences()[btc] == nil && watch.board.silences()[eth] != nil)
        let fired = decisions.held.withLock { $0.alerts }.compactMap { alert -> RuleFiring? in
            if case .ruleFired(let firing) = alert.body, firing.symbol == btc { firing } else { nil }
        }
        #expect(fired.map(\.rule.rawValue).sorted() == [1, 2])
        #expect(fired.allSatisfy { $0.late && $0.at == start + .minutes(12) && $0.sequence == 1 })
        #expect(notices(btc).count == 4 && notices(btc).last?.naturalKey.contains("rule_sees_again") == true)
        // The same gap again, and what follows it, fire nothing twice.
        watch.line.yield(
            .backfilled(
                Backfill(
                    symbol: btc, venue: .binance, timeframe: .m1,
                    candles: prices.enumerated().map { candle(10 + $0.offset, $0.element) }, reason: .gap)))
        watch.line.yield(closed(20, 1_000))
        await watch.settle()
        try await watch.stop()
        #expect(decisions.keys.filter { $0.hasPrefix("rule:") }.sorted() == ["rule:1:1", "rule:2:1", "rule:4:1"])
        #expect(decisions.keys.count == Set(decisions.keys).count)
    }

    @Test("silence begins after three minutes without data, of a watched symbol only, and ends with fresh data")
    func states() {
        var silence = FeedSilence(base: .m1)
        silence.hear(btc, at: start)
        #expect(silence.look([btc], at: start + .minutes(3)) { _ in nil }.isEmpty)
        #expect(!silence.isDue(at: start + .minutes(3) + .seconds(4)))
        #expect(silence.isDue(at: start + .minutes(3) + .seconds(5)))
        let began = silence.look([btc, eth], at: start + .minutes(4)) { _ in start - .seconds(20) }
        #expect(began == .init(began: [btc: start - .seconds(20)]))
        #expect(silence.look([btc, eth], at: start + .minutes(5)) { _ in nil }.isEmpty)
        // Old data of a back-fill does not end it.
        silence.hear(btc, at: start + .minutes(1))
        #expect(silence.look([btc, eth], at: start + .minutes(6)) { _ in nil }.isEmpty)
        silence.hear(btc, at: start + .minutes(6))
        let ended = silence.look([btc, eth], at: start + .minutes(7)) { _ in nil }
        #expect(ended.ended == [btc: start - .seconds(20)] && ended.began.isEmpty)
        // ETH was never heard: its silence is counted from the first look at it.
        #expect(silence.look([btc, eth], at: start + .minutes(8)) { _ in nil }.began == [eth: start + .minutes(4)])
        #expect(silence.look([btc], at: start + .minutes(9)) { _ in nil }.ended == [eth: start + .minutes(4)])
        #expect(silence.silent.isEmpty)
    }

    @Test("a notice names the rules of one owner together, over lists and subscriptions")
    func notices() throws {
        let notices = BlindNotices(
            rules: [
                rule(1, "BTC,ETH > 5 as critical"), rule(2, "BTC > 5 as critical"), rule(3, "BTC > 5 as high"),
                rule(4, "* > 5 as critical", owner: 2), rule(5, "* > 5 as critical", owner: 3),
                rule(6, "this is no rule as critical"),
            ],
            symbols: someSymbols, subscriptions: [RecipientID(3): [eth]], defaultSymbols: [btc])
        let alerts = notices.alerts([btc: start], isOver: false, now: start + .minutes(4))
        #expect(alerts.map(\.audience) == [.owner(RecipientID(1), via: []), .owner(RecipientID(2), via: [])])
        guard case .system(let notice) = alerts[0].body else {
            Issue.record("not a notice")
            return
        }
        #expect(notice.values == ["symbol": "BTC", "rules": "#1, #2", "minutes": "4"])
    }
}
