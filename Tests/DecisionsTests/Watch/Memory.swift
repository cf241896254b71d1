import Market
import People
import Synchronization

@testable import Decisions

/// Stores of the watch in memory, which tell what was done in which order.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])
    var entries: [String] { lines.withLock { $0 } }
    func note(_ line: String) { lines.withLock { $0.append(line) } }
}

struct Refused: Error {}

final class MemoryCandleStore: CandleStore {
    private let rows = Mutex<[CandleSeries: [Timestamp: Candle]]>([:])
    private let journal: Journal?

    init(journal: Journal? = nil) { self.journal = journal }

    @discardableResult
    func save(_ candles: [Candle], of series: CandleSeries) async throws -> Int {
        for candle in candles {
            journal?.note("save \(series.symbol) \(series.timeframe.rawValue) \(candle.openTime.milliseconds)")
        }
        return rows.withLock { rows in
            var changed = 0
            for candle in candles
            where rows[series, default: [:]].updateValue(candle, forKey: candle.openTime) != candle {
                changed += 1
            }
            return changed
        }
    }

    func candles(of series: CandleSeries, from: Timestamp?, to: Timestamp?, limit: Int?) async throws -> [Candle] {
        let all = rows.withLock { $0[series] ?? [:] }.values.sorted { $0.openTime < $1.openTime }
        let within = all.filter {
            (from.map { $0 } ?? $0.openTime) <= $0.openTime && $0.openTime < (to ?? $0.openTime + .days(1))
        }
        return Array(limit.map { within.suffix($0) } ?? within[...])
    }

    func extent(of series: CandleSeries) async throws -> ClosedRange<Timestamp>? {
        let times = rows.withLock { Array(($0[series] ?? [:]).keys) }.sorted()
        guard let first = times.first, let last = times.last else { return nil }
        return first...last
    }

    func series() async throws -> [CandleSeries] { rows.withLock { Array($0.keys) } }

    func prune(_ timeframe: Timeframe, before: Timestamp, limit: Int) async throws -> Int { 0 }
}

/// Rules, decisions and progress in one place, as the database is: a batch is stored whole or not at all.
final class MemoryDecisions: AlertSink, RuleStore, WatchProgress {
    struct Held: Sendable {
        var rules: [RuleID: Rule] = [:]
        var alerts: [Alert] = []
        var marks: [Symbol: Timestamp] = [:]
        var failuresLeft = 0
    }

    let held: Mutex<Held>
    private let journal: Journal?
    private let stored: AsyncStream<Alert>.Continuation
    /// Each new alert once it is stored.
    let alerts: AsyncStream<Alert>
    private let committed: AsyncStream<DecisionBatch>.Continuation
    /// Each batch once it is stored.
    let commits: AsyncStream<DecisionBatch>
    private let refused: AsyncStream<Void>.Continuation
    let refusals: AsyncStream<Void>

    init(rules: [Rule] = [], failures: Int = 0, journal: Journal? = nil) {
        var held = Held()
        for rule in rules { held.rules[rule.id] = rule }
        held.failuresLeft = failures
        self.held = Mutex(held)
        self.journal = journal
        (alerts, stored) = AsyncStream.makeStream()
        (commits, committed) = AsyncStream.makeStream()
        (refusals, refused) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    var keys: [String] { held.withLock { $0.alerts.map(\.naturalKey) } }

    func publish(_ batch: DecisionBatch) async throws {
        let fresh = try held.withLock { held -> [Alert] in
            if held.failuresLeft > 0 {
                held.failuresLeft -= 1
                journal?.note("refuse")
                refused.yield()
                throw Refused()
            }
            let known = Set(held.alerts.map(\.naturalKey))
            let fresh = batch.alerts.filter { !known.contains($0.naturalKey) }
            held.alerts += fresh
            for (id, state) in batch.ruleStates { held.rules[id]?.state = state }
            for id in batch.endedRules { held.rules[id] = nil }
            held.marks.merge(batch.decidedUpTo) { _, new in new }
            return fresh
        }
        for alert in fresh {
            journal?.note("publish \(alert.naturalKey)")
            stored.yield(alert)
        }
        committed.yield(batch)
    }

    func rules(after id: RuleID?, limit: Int) async throws -> [Rule] {
        let all = held.withLock { $0.rules.values.sorted { $0.id < $1.id } }
        return Array(all.drop { rule in id.map { rule.id <= $0 } ?? false }.prefix(limit))
    }

    func subscribedSymbols() async throws -> [RecipientID: [Symbol]] { [:] }

    func decidedUpTo() async throws -> [Symbol: Timestamp] { held.withLock { $0.marks } }

    func unconfirmedSirens(since: Timestamp) async throws -> [Alert] {
        held.withLock { held in
            let keys = Set(held.alerts.map(\.naturalKey))
            return held.alerts.filter {
                $0.venues == .one && $0.issuedAt >= since && !keys.contains($0.naturalKey + VenueAgreement.suffix)
            }
        }
    }
}
