import Collectors
import Market
import Support
import Synchronization
import Testing
import Transport

/// A clock that runs `speed` times as fast as the machine's, so that seconds of back-off take moments.
struct FastClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }
    let speed: Double
    private let origin = ContinuousClock.now

    init(speed: Double) { self.speed = speed }

    var now: Instant { Instant(offset: (ContinuousClock.now - origin) * speed) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await Task.sleep(until: origin + deadline.offset / speed, clock: .continuous)
    }
}

/// Keeps candles in memory.
final class MemoryCandleStore: CandleStore {
    private let held = Mutex<[CandleSeries: [Timestamp: Candle]]>([:])

    func save(_ candles: [Candle], of series: CandleSeries) async throws -> Int {
        held.withLock { held in
            var changed = 0
            for candle in candles where held[series]?[candle.openTime] != candle {
                held[series, default: [:]][candle.openTime] = candle
                changed += 1
            }
            return changed
        }
    }

    func candles(
        of series: CandleSeries, from: Timestamp?, to: Timestamp?, limit: Int?
    ) async throws -> [Candle] {
        all(series).filter { candle in
            (from.map { candle.openTime >= $0 } ?? true) && (to.map { candle.openTime < $0 } ?? true)
        }.suffix(limit ?? .max)
    }

    func extent(of series: CandleSeries) async throws -> ClosedRange<Timestamp>? {
        let list = all(series)
        guard let first = list.first, let last = list.last else { return nil }
        return first.openTime...last.openTime
    }

    func series() async throws -> [CandleSeries] { held.withLock { Array($0.keys) } }
    func prune(_ timeframe: Timeframe, before: Timestamp, limit: Int) async throws -> Int { 0 }

    func all(_ series: CandleSeries) -> [Candle] {
        held.withLock { ($0[series] ?? [:]).values.sorted { $0.openTime < $1.openTime } }
    }
}

/// Keeps every event and lets a test wait until what came so far satisfies it.
final class EventLog: MarketSink {
    private struct State {
        var events: [MarketEvent] = []
        var waiters:
            [Int: (condition: @Sendable ([MarketEvent]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextID = 0
    }
    private let state = Mutex(State())

    var events: [MarketEvent] { state.withLock { $0.events } }

    func send(_ event: MarketEvent) async {
        let ready = state.withLock { state in
            state.events.append(event)
            var ready: [CheckedContinuation<Void, Never>] = []
            for (id, waiter) in state.waiters where waiter.condition(state.events) {
                ready.append(waiter.continuation)
                state.waiters[id] = nil
            }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when the events satisfy the condition, or when the test's time is up.
    func wait(_ condition: @escaping @Sendable ([MarketEvent]) -> Bool) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if condition(state.events) || Task.isCancelled { return true }
                    state.waiters[id] = (condition, continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id)?.continuation }?.resume()
        }
    }
}

extension [MarketEvent] {
    func closed(_ symbol: Symbol) -> [Candle] {
        compactMap { event in
            guard case .candleClosed(let closed) = event, closed.symbol == symbol else { return nil }
            return closed.candle
        }
    }

    func backfills(_ symbol: Symbol, _ timeframe: Timeframe = .m1) -> [Backfill] {
        compactMap { event in
            guard case .backfilled(let backfill) = event, backfill.symbol == symbol, backfill.timeframe == timeframe
            else { return nil }
            return backfill
        }
    }

    func quotes(_ symbol: Symbol) -> [Quote] {
        compactMap { event in
            guard case .quote(let quote) = event, quote.symbol == symbol else { return nil }
            return quote
        }
    }

    var health: [SourceHealth] {
        compactMap { event in
            guard case .health(let health) = event else { return nil }
            return health
        }
    }
}

enum TestMarket {
    static let btc = Symbol("BTC")!
    static let eth = Symbol("ETH")!
    /// 2024-03-01 00:00 UTC.
    static let start = Timestamp(milliseconds: 1_709_251_200_000)

    /// A walk of 1m candles, the same for the same seed.
    static func minutes(_ count: Int, from start: Timestamp = start, price: Double = 100, seed: UInt64 = 7) -> [Candle]
    {
        var state = seed
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(UInt64(1) << 31)
        }
        var close = price
        return (0..<count).map { index in
            let open = close
            close = ((open * (1 + (random() - 0.5) * 0.01)) * 100).rounded() / 100
            let high = ((max(open, close) * (1 + random() * 0.002)) * 100).rounded(.up) / 100
            let low = ((min(open, close) * (1 - random() * 0.002)) * 100).rounded(.down) / 100
            return Candle(
                openTime: start + .minutes(Int64(index)), open: open, high: high, low: low, close: close,
                volume: (random() * 1000).rounded() / 10)
        }
    }
}

/// A Binance collector against a fake exchange over real sockets.
struct BinanceRig {
    let exchange: FakeExchange
    let store: MemoryCandleStore
    let log: EventLog
    let collector: BinanceCollector
    let watch: AsyncStream<[Symbol]>.Continuation

    /// Runs the collector while `body` does.
    static func run(
        candles: [Symbol: [Candle]], now: Timestamp, hours: [Symbol: [Candle]] = [:],
        store: MemoryCandleStore = MemoryCandleStore(), history: [Timeframe: Span] = [:], speed: Double = 20,
        pairsPerConnection: Int = 500, faults: @Sendable (inout FakeExchangeFaults) -> Void = { _ in },
        onListings: @escaping @Sendable ([Listing]) async -> Void = { _ in },
        body: @escaping @Sendable (BinanceRig) async throws -> Void
    ) async throws {
        let exchange = FakeExchange(candles: candles, now: now, hours: hours)
        exchange.fault(faults)
        try await exchange.start()
        let http = try AsyncHTTPTransport()
        let (stream, continuation) = AsyncStream.makeStream(of: [Symbol].self)
        let log = EventLog()
        let collector = BinanceCollector(
            configuration: BinanceConfiguration(
                apiURL: exchange.url, streamURL: exchange.streamURL, history: history,
                pairsPerConnection: pairsPerConnection),
            http: http, webSockets: try WebSocketTransport(), store: store, sink: log, watch: stream,
            pair: { $0.base + "USDT" }, onListings: onListings, clock: FastClock(speed: speed), jitter: { 0.5 })
        continuation.yield(candles.keys.sorted())
        let rig = BinanceRig(
            exchange: exchange, store: store, log: log, collector: collector, watch: continuation)
        let result: Result<Void, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await collector.run() }
            do {
                try await body(rig)
                group.cancelAll()
                return .success(())
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        await exchange.stop()
        await http.shutdown()
        try result.get()
    }
}
