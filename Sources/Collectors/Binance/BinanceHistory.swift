import Logging
import Market
import Synchronization

/// The first back-fill: for each symbol its history, newest first, a page at a time and one page in flight, within the
/// back-fill's share of the weight limit. Everything else goes on meanwhile.
final class BinanceHistory: Sendable {
    private struct Job {
        var symbol: Symbol
        var pair: String
        var timeframe: Timeframe
        var plan: BackfillPlan?
    }
    private struct State {
        /// Round robin over symbols; long candles before short ones.
        var jobs: [Job] = []
        var watched: Set<Symbol> = []
        var done: Int64 = 0
    }
    private let client: BinanceClient
    private let store: any CandleStore
    private let sink: any MarketSink
    private let depth: [Timeframe: Span]
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let meter: SourceMeter
    private let logger: Logger
    private let state = Mutex(State())
    private let signal = Signal()

    init(
        client: BinanceClient, store: any CandleStore, sink: any MarketSink, depth: [Timeframe: Span],
        clock: any Clock<Duration>, jitter: @escaping @Sendable () -> Double, meter: SourceMeter, logger: Logger
    ) {
        self.client = client
        self.store = store
        self.sink = sink
        self.depth = depth
        self.clock = clock
        self.jitter = jitter
        self.meter = meter
        self.logger = logger
    }

    /// Adds a symbol, once; its newest minutes are there already.
    func add(_ symbol: Symbol, pair: String) {
        let isNew = state.withLock { state in
            guard state.watched.insert(symbol).inserted else { return false }
            for timeframe in depth.keys.sorted(by: >) {
                state.jobs.append(Job(symbol: symbol, pair: pair, timeframe: timeframe))
            }
            state.jobs.sort { $0.timeframe > $1.timeframe }
            return true
        }
        if isNew { signal.set() }
    }

    func remove(allBut symbols: Set<Symbol>) {
        state.withLock { state in
            state.watched.formIntersection(symbols)
            state.jobs.removeAll { !symbols.contains($0.symbol) }
        }
    }

    func run() async {
        var recovery = Recovery()
        while !Task.isCancelled {
            await signal.wait()
            while !Task.isCancelled, let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
                do throws(SourceFailure) {
                    let rest = try await step(job)
                    recovery.succeeded()
                    state.withLock { state in
                        guard let rest, state.watched.contains(rest.symbol) else { return }
                        // Behind the others of its timeframe, before the shorter ones.
                        let place = state.jobs.firstIndex { $0.timeframe < rest.timeframe } ?? state.jobs.endIndex
                        state.jobs.insert(rest, at: place)
                    }
                } catch {
                    if error == .cancelled { return }
                    state.withLock { if $0.watched.contains(job.symbol) { $0.jobs.insert(job, at: 0) } }
                    logger.info("back-fill waits", metadata: ["reason": "\(error.detail)"])
                    try? await clock.sleep(for: recovery.failed(error, jitter: jitter()))
                }
                tellProgress()
            }
        }
    }

    /// Fetches one page; `nil` when the job is done.
    private func step(_ job: Job) async throws(SourceFailure) -> Job? {
        var job = job
        let series = CandleSeries(symbol: job.symbol, timeframe: job.timeframe, venue: .binance)
        var plan: BackfillPlan
        if let known = job.plan {
            plan = known
        } else {
            guard let new = try await self.plan(job, series) else { return nil }
            plan = new
        }
        guard let page = plan.next else { return nil }
        let candles = try await client.candles(
            pair: job.pair, timeframe: job.timeframe, from: page.lowerBound, to: page.upperBound, priority: .backfill)
        if !candles.isEmpty {
            do { try await store.save(candles, of: series) } catch { throw .unreachable("the store refused: \(error)") }
            await sink.send(
                .backfilled(
                    Backfill(
                        symbol: job.symbol, venue: .binance, timeframe: job.timeframe, candles: candles,
                        reason: .history)))
        }
        let before = plan.candles.left
        plan.advance()
        state.withLock { $0.done += before - plan.candles.left }
        job.plan = plan
        return plan.isDone ? nil : job
    }

    private func plan(_ job: Job, _ series: CandleSeries) async throws(SourceFailure) -> BackfillPlan? {
        guard let depth = depth[job.timeframe] else { return nil }
        let now = try await client.serverTime()
        let end = job.timeframe.openTime(containing: now)
        // The venue's oldest candle within the depth: what was not listed then need not be asked for.
        let oldest = try await client.candles(
            pair: job.pair, timeframe: job.timeframe, from: now - depth, to: end, limit: 1, priority: .backfill)
        guard let floor = oldest.first?.openTime else { return nil }
        let stored: ClosedRange<Timestamp>?
        do { stored = try await store.extent(of: series) } catch { throw .unreachable("the store refused: \(error)") }
        return BackfillPlan(timeframe: job.timeframe, floor: floor, end: end, stored: stored)
    }

    private func tellProgress() {
        let share = state.withLock { state -> Double in
            guard !state.jobs.isEmpty else { return 1 }
            let left = state.jobs.reduce(Int64(0)) { sum, job in
                sum
                    + (job.plan?.candles.left ?? (depth[job.timeframe] ?? .zero).milliseconds
                        / job.timeframe.span.milliseconds)
            }
            return Double(state.done) / Double(max(1, state.done + left))
        }
        // Whole percents are news enough.
        meter.progress((share * 100).rounded(.down) / 100)
    }
}
