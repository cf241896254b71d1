import Market
import Testing
import Turns

@testable import Decisions

@Suite("Mailbox of the watch", .oneAtATime)
struct MailboxTests {
    private func quote(_ number: Int) throws -> MarketEvent {
        .quote(
            Quote(
                symbol: try #require(Symbol("BTC")), venue: .binance, last: try #require(Price("\(number)")),
                venueTime: Timestamp(seconds: 0), receivedAt: Timestamp(seconds: 0)))
    }

    private func number(_ input: WatchInput?) -> Int? {
        if case .event(.quote(let quote), _) = input { Int(quote.last.description) } else { nil }
    }

    @Test("events come in order, rule changes and deadlines before events that wait")
    func order() async throws {
        let mailbox = Mailbox()
        for index in 1...3 { await mailbox.post(try quote(index)) }
        mailbox.tick()
        mailbox.tick()
        mailbox.post([.paused(RuleID(1))])
        mailbox.post([.resumed(RuleID(1))])
        mailbox.finish()
        guard case .changes(let changes) = await mailbox.next() else { throw Unexpected() }
        #expect(changes == [.paused(RuleID(1)), .resumed(RuleID(1))])
        guard case .tick = await mailbox.next() else { throw Unexpected() }
        for index in 1...3 { #expect(number(await mailbox.next()) == index) }
        #expect(await mailbox.next() == nil)
    }

    @Test("a full line makes the feed wait and loses nothing")
    func backPressure() async throws {
        let mailbox = Mailbox(capacity: 2)
        let events = try (1...50).map { try quote($0) }
        let received = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for event in events { await mailbox.post(event) }
                mailbox.finish()
            }
            var received: [Int] = []
            while let input = await mailbox.next() { received.append(number(input) ?? 0) }
            return received
        }
        #expect(received == Array(1...50))
    }

    @Test("stopping wakes whoever waits, and what waits in line is left to the next start")
    func stop() async throws {
        let mailbox = Mailbox(capacity: 1)
        await mailbox.post(try quote(1))
        let second = try quote(2)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await mailbox.post(second) }
            mailbox.stop()
        }
        #expect(await mailbox.next() == nil)
    }

    @Test("more changes than fit become one order to read the rules again")
    func reload() async throws {
        let mailbox = Mailbox(changesLimit: 3)
        mailbox.post((0..<4).map { .removed(RuleID(Int64($0))) })
        guard case .reload = await mailbox.next() else { throw Unexpected() }
        mailbox.post([.removed(RuleID(9))])
        mailbox.forgetChanges()
        mailbox.finish()
        #expect(await mailbox.next() == nil)
    }

    struct Unexpected: Error {}
}

@Suite("Ladder of candles", .oneAtATime)
struct CandleLadderTests {
    private func minutes(_ count: Int) -> [Candle] {
        var random = SplitMix(state: 5)
        var close = 100.0
        // A Sunday evening: a new week begins within.
        let start = Timestamp(milliseconds: 1_700_352_000_000 + 18 * 3_600_000)
        return (0..<count).map { index in
            let open = close
            close *= 1 + 0.01 * (random.unit() - 0.5)
            return Candle(
                openTime: start + .minutes(Int64(index)), open: open, high: max(open, close) + 0.5,
                low: min(open, close) - 0.5, close: close, volume: 1)
        }
    }

    @Test("every rung equals aggregation straight from the minutes", arguments: [0, 7])
    func rungs(hole: Int) {
        let candles = minutes(13_000).enumerated().filter { $0.offset % 1_000 >= hole }.map(\.element)
        var ladder = CandleLadder(base: .m1)
        var made: [Timeframe: [Candle]] = [:]
        for candle in candles {
            for (timeframe, longer) in ladder.add(candle) { made[timeframe, default: []].append(longer) }
        }
        for timeframe in Timeframe.allCases.dropFirst() {
            let direct = CandleAggregator.aggregate(candles, from: .m1, to: timeframe)
            #expect(made[timeframe] ?? [] == direct, "\(timeframe)")
            #expect(!direct.isEmpty)
        }
    }

    @Test("a ladder restored from stored candles goes on as the unbroken one", arguments: [300, 3_601, 7_777, 8_640])
    func restart(at cut: Int) async throws {
        let candles = minutes(13_000)
        let symbol = try #require(Symbol("BTC"))
        let store = MemoryCandleStore()
        var unbroken = CandleLadder(base: .m1)
        var expected: [String] = []
        for (index, candle) in candles.enumerated() {
            let longer = unbroken.add(candle)
            if index >= cut { expected += longer.map { "\($0.timeframe) \($0.candle)" } }
            if index < cut {
                try await store.save([candle], of: CandleSeries(symbol: symbol, timeframe: .m1, venue: .binance))
                for (timeframe, whole) in longer {
                    try await store.save(
                        [whole], of: CandleSeries(symbol: symbol, timeframe: timeframe, venue: .binance))
                }
            }
        }
        let history = CandleHistory(store: store, venue: .binance, base: .m1)
        var restored = try await history.ladder(symbol, after: candles[cut - 1])
        var got: [String] = restored.add(candles[cut - 1]).map { "\($0.timeframe) \($0.candle)" }
        #expect(got.isEmpty, "a candle that came again completes nothing")
        for candle in candles[cut...] { got += restored.add(candle).map { "\($0.timeframe) \($0.candle)" } }
        #expect(got == expected)
    }
}

@Suite("Notices of sources", .oneAtATime)
struct SourceNoticesTests {
    private let start = Timestamp(seconds: 1_700_000_000)

    private func keys(_ states: [(Int, SourceHealth.State, Int)], source: String = "coinbase") -> [String] {
        var notices = SourceNotices(primarySource: "binance")
        return states.compactMap { minute, state, failures in
            let health = SourceHealth(source: source, state: state, detail: "x", failures: failures)
            guard case .system(let notice) = notices.notice(health, now: start + .minutes(Int64(minute)))?.body else {
                return nil
            }
            return "\(notice.key) \(notice.severity.rawValue)"
        }
    }

    @Test("trouble is told once, and its end")
    func once() {
        #expect(
            keys([(0, .starting, 0), (1, .live, 0), (2, .circuitOpen, 10), (3, .circuitOpen, 11), (9, .live, 0)])
                == ["source_circuit_open warning", "source_recovered info"])
    }

    @Test("the primary venue's trouble is critical")
    func primary() {
        #expect(
            keys([(0, .refused, 1), (1, .circuitOpen, 10)], source: "binance")
                == ["source_refused critical", "source_circuit_open critical"])
    }

    @Test("one or two failures are not worth a word, a start is no recovery")
    func small() {
        #expect(keys([(0, .retrying, 1), (1, .retrying, 2), (2, .live, 0), (3, .off, 0)]).isEmpty)
        #expect(keys([(0, .retrying, 3)]) == ["source_stale warning"])
    }

    @Test("a source beside the venues is told of once until it is back, however long that takes, and not for a stutter")
    func besideTheVenues() {
        let days = (0..<600).map { ($0 * 5, SourceHealth.State.circuitOpen, 10 + $0) }
        #expect(
            keys([(0, .retrying, 3)] + days + [(4_000, .live, 0)], source: "reddit")
                == ["source_circuit_open warning", "source_recovered info"])
        // A venue's is told again and again.
        #expect(keys(days).count > 10)
    }

    @Test("a flapping source is told at most once an hour and state")
    func flapping() {
        let flaps = (0..<120).map { minute in
            (minute, minute % 2 == 0 ? SourceHealth.State.circuitOpen : .live, minute % 2 == 0 ? 10 : 0)
        }
        #expect(keys(flaps).count == 4)
    }
}

@Suite("Marks of progress", .oneAtATime)
struct ProgressMarksTests {
    @Test("with a decision every mark that moved is stored, alone only those an hour behind")
    func due() throws {
        let btc = try #require(Symbol("BTC"))
        let eth = try #require(Symbol("ETH"))
        let start = Timestamp(seconds: 1_700_000_000)
        var marks = ProgressMarks()
        #expect(marks.toStore([btc: start], withDecision: false) == [btc: start])
        marks.stored(btc, start)
        marks.stored(eth, start)
        let moved = [btc: start + .minutes(1), eth: start]
        #expect(marks.toStore(moved, withDecision: true) == [btc: start + .minutes(1)])
        #expect(marks.toStore(moved, withDecision: false).isEmpty)
        #expect(marks.toStore([btc: start + .hours(1)], withDecision: false).count == 1)
    }
}
