import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Storage
import Synchronization

/// The matcher over a real database: how long a million stored rules take at the start, and how long a tick takes until
/// its alert is committed.
enum MatcherStoreBench {
    private struct Scratch: ~Copyable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-bench-\(UUID().uuidString)")
        var path: String { folder.appending(path: "bench.sqlite").path }

        func open() async throws -> SQLiteDatabase {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let database = try SQLiteDatabase(path: path)
            try await database.migrate()
            return database
        }

        /// People with a chat each, who subscribe to one symbol, and their rules.
        func fill(_ world: MatcherWorld, people: Int, rulesEach: Int, in database: SQLiteDatabase) async throws {
            let now = WallTime().now
            for start in stride(from: 0, to: people, by: 1_000) {
                try await SQLChatStore(database).write { session in
                    for number in start..<min(start + 1_000, people) {
                        let person = try session.addRecipient(
                            kind: .person, role: .user, preferences: Preferences(),
                            identity: Identity(platform: .telegram, externalID: "\(number)"),
                            address: Address(channel: .telegram, value: "\(number)"), at: now)
                        try session.subscribe(
                            person.id, to: Subscription(symbol: world.symbols[0], minimumStrength: 0), at: now)
                        for index in 0..<rulesEach {
                            let text = world.rule(number * rulesEach + index).text
                            _ = try session.addRule(text: text, owner: person.id, at: now)
                        }
                    }
                }
            }
        }

        deinit { try? FileManager.default.removeItem(at: folder) }
    }

    /// From the first page read to the last rule watched, with states as they are after a first evaluation.
    static func load(count: Int) async throws {
        let world = MatcherWorld()
        let scratch = Scratch()
        let filled = try await scratch.open()
        try await scratch.fill(world, people: count / 100, rulesEach: 100, in: filled)
        var engine = RuleEngine(defaultSymbols: [], symbols: world)
        try await RulePages(store: SQLRuleStore(filled)).forEach { engine.apply(.added($0)) }
        let publishing = ContinuousClock.now
        for index in world.symbols.indices {
            let quote = world.quote(index, world.prices[index], at: MatcherWorld.begin)
            _ = try await SQLAlertStore(filled).publish(engine.handle(quote: quote), now: WallTime().now)
        }
        report("matcher_first_states", (.now - publishing).milliseconds * 1000 / Double(count), "us/rule")
        try filled.close()

        let database = try await scratch.open()
        var (times, processor): ([Double], [Double]) = ([], [])
        for _ in 0..<3 {
            let (began, before) = (ContinuousClock.now, clock())
            engine = RuleEngine(defaultSymbols: [], symbols: world)
            try await RulePages(store: SQLRuleStore(database)).forEach { engine.apply(.added($0)) }
            times.append((.now - began).milliseconds / 1000)
            processor.append(Double(clock() - before) / Double(CLOCKS_PER_SEC))
        }
        guard engine.ruleCount == count else { throw Failure(description: "\(engine.ruleCount) of \(count) rules") }
        report("matcher_load_1000000", times.percentile(0.5), "s")
        report("matcher_load_1000000_processor", processor.percentile(0.5), "s")
        let began = ContinuousClock.now
        var demand = RuleDemand(symbols: world)
        try await RulePages(store: SQLRuleStore(database)).forEach { demand.add($0.text) }
        report("matcher_demand_1000000", (.now - began).milliseconds / 1000, "s")
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// Stores through the publisher and notes when each alert was committed.
    private final class TimedSink: AlertSink {
        private let publisher: AlertPublisher
        private struct Noted {
            var sent: [Timestamp: ContinuousClock.Instant] = [:]
            var took: [Double] = []
            var commits = 0
        }
        private let noted = Mutex(Noted())

        init(_ publisher: AlertPublisher) { self.publisher = publisher }

        var times: [Double] { noted.withLock { $0.took } }
        var commits: Int { noted.withLock { $0.commits } }
        func forget() { noted.withLock { $0.took = [] } }

        func sending(at time: Timestamp) { noted.withLock { $0.sent[time] = .now } }

        func publish(_ batch: DecisionBatch) async throws {
            try await publisher.publish(batch)
            let now = ContinuousClock.now
            noted.withLock { noted in
                noted.commits += 1
                for alert in batch.alerts {
                    if let sent = noted.sent[alert.issuedAt] { noted.took.append((now - sent).milliseconds) }
                }
            }
        }
    }

    /// From an event's way into the watch to its alert's commit, fifty ticks a second; then the same while
    /// an opportunity is on its way to everybody.
    static func tick(people: Int) async throws {
        let world = MatcherWorld()
        let scratch = Scratch()
        let database = try await scratch.open()
        try await scratch.fill(world, people: people, rulesEach: 1, in: database)
        let (events, feed) = AsyncStream.makeStream(of: MarketEvent.self)
        let wakeup = Wakeup()
        let alerts = SQLAlertStore(database)
        let sink = TimedSink(AlertPublisher(store: alerts, fanOut: wakeup))
        let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        let watch = MarketWatch(
            events: events, settings: .init(primaryVenue: .binance, defaultSymbols: []),
            stores: .init(
                candles: SQLCandleStore(database), rules: SQLRuleStore(database), progress: SQLWatchProgress(database),
                sink: sink),
            board: MarketBoard(primaryVenue: .binance), symbols: world, ruleClock: .venue(VenueTime()), logger: quiet)
        let fanOut = FanOut(store: alerts, wakeup: wakeup, channels: ChannelWakeups(channels: [ChannelKind.telegram]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fanOut.run() }
            group.addTask { try await watch.run() }
            var time = MatcherWorld.begin
            func send(_ symbol: Int, _ price: Double) async throws {
                time += .milliseconds(10)
                sink.sending(at: time)
                feed.yield(.quote(world.quote(symbol, price, at: time)))
                try await Task.sleep(for: .milliseconds(20))
            }
            for symbol in world.symbols.indices { try await send(symbol, world.prices[symbol]) }
            // Each stores the first states of two hundred rules; what is measured begins when all have.
            while sink.commits < world.symbols.count { try await Task.sleep(for: .milliseconds(20)) }
            // Each round passes a few more levels of every symbol.
            for round in 1...2 {
                for symbol in world.symbols.indices {
                    try await send(symbol, world.prices[symbol] * (1 + 0.005 + 0.01 * Double(round)))
                }
            }
            tell(sink, "")
            _ = try await alerts.publish(DecisionBatch(alerts: [opportunity(world.symbols[0])]), now: WallTime().now)
            wakeup.signal()
            for round in 3...4 {
                for symbol in world.symbols.indices {
                    try await send(symbol, world.prices[symbol] * (1 + 0.005 + 0.01 * Double(round)))
                }
            }
            tell(sink, "_during_fan_out")
            feed.finish()
            fanOut.stop()
            try await group.waitForAll()
        }
    }

    private static func tell(_ sink: TimedSink, _ suffix: String) {
        let times = sink.times
        report("matcher_tick_to_commit\(suffix)_p50", times.percentile(0.5), "ms")
        report("matcher_tick_to_commit\(suffix)_p99", times.percentile(0.99), "ms")
        report("matcher_tick_alerts\(suffix)", Double(times.count), "alerts")
        sink.forget()
    }

    private static func opportunity(_ symbol: Symbol) -> Alert {
        let at = MatcherWorld.begin
        return Alert(
            naturalKey: "bench:1", symbol: symbol, priority: .medium, issuedAt: at,
            audience: .subscribers(symbol, strength: 0.9),
            body: .opportunity(
                Opportunity(
                    symbol: symbol, kind: .trend, side: .buy, score: 0.7, strength: 0.9,
                    strengthIsProvisional: false, price: 100, at: at, outlook: .hours1to4, factors: [],
                    reasons: [], riskLevel: nil, expectedMove: nil, moveRatio: nil, measured: nil)))
    }
}
