package import Logging
package import Market
import ServiceLifecycle
import Synchronization
package import Transport

/// Binance as a source: streams of the watched symbols with the gaps filled, the first back-fill, REST summaries while
/// the stream is down, and the state of it all.
///
/// Everything that came in is dealt with by one task, in order; fetching, streaming and saving run beside it and talk to
/// it through a bounded line. Closed candles are saved in batches after they were given out: what a crash leaves
/// unsaved is the newest end, which the next start fetches as a gap.
package final class BinanceCollector: Service {
    private let configuration: BinanceConfiguration
    private let client: BinanceClient
    private let webSockets: WebSocketTransport
    private let store: any CandleStore
    private let sink: any MarketSink
    private let watch: AsyncStream<[Symbol]>
    private let pair: @Sendable (Symbol) -> String
    private let onListings: @Sendable ([Listing]) async -> Void
    private let wallTime: any TimeSource
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let logger: Logger
    private let meter: SourceMeter
    private let intake = BoundedChannel<BinanceInput>(capacity: 4096)
    private let unsaved = BoundedChannel<ClosedCandle>(capacity: 65_536)
    /// Empty while the stream stands.
    private let pairsWithoutStream = Mutex<[String]>([])
    private let history: BinanceHistory
    private let catchUp: BinanceCatchUp
    private let elapsed: @Sendable () -> Duration

    /// - Parameters:
    ///   - watch: the symbols to watch, whole list each time it changes.
    ///   - pair: how the venue spells a symbol: `BTCUSDT`.
    ///   - onListings: called with the pairs the venue trades, at the start and every six hours.
    ///   - wallTime: stamps what arrives.
    ///   - clock: paces and backs off.
    ///   - jitter: random numbers from 0 to 1.
    package init(
        configuration: BinanceConfiguration = BinanceConfiguration(), http: any HTTPTransport,
        webSockets: WebSocketTransport, store: any CandleStore, sink: any MarketSink, watch: AsyncStream<[Symbol]>,
        pair: @escaping @Sendable (Symbol) -> String,
        onListings: @escaping @Sendable ([Listing]) async -> Void = { _ in },
        wallTime: any TimeSource = WallTime(), clock: any Clock<Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        logger: Logger = Logger(label: "vigia.binance")
    ) {
        let meter = SourceMeter(source: "binance")
        let client = BinanceClient(
            baseURL: configuration.apiURL, transport: http, apiKey: configuration.apiKey, clock: clock, meter: meter)
        self.configuration = configuration
        self.client = client
        self.webSockets = webSockets
        self.store = store
        self.sink = sink
        self.watch = watch
        self.pair = pair
        self.onListings = onListings
        self.wallTime = wallTime
        self.clock = clock
        self.jitter = jitter
        self.logger = logger
        self.meter = meter
        history = BinanceHistory(
            client: client, store: store, sink: sink, depth: configuration.history, clock: clock, jitter: jitter,
            meter: meter, logger: logger)
        catchUp = BinanceCatchUp(
            client: client, store: store, sink: sink, clock: clock, jitter: jitter, wallTime: wallTime, logger: logger)
        elapsed = Self.stopwatch(clock)
    }

    /// State of the source now.
    package var health: SourceHealth { meter.health }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await symbols in self.watch { await self.intake.send(.watch(symbols)) }
            }
            group.addTask { await self.history.run() }
            group.addTask { await self.pollTickers() }
            group.addTask { await self.save() }
            group.addTask { await self.tellHealth() }
            group.addTask { await self.tellListings() }
            await dealWithIntake(&group)
            group.cancelAll()
        }
    }

    private func dealWithIntake(_ group: inout DiscardingTaskGroup) async {
        var tracks = BinanceTracks()
        var venueClock = VenueClock()
        var streams: [BinanceStream] = []
        var live: Set<Int> = []
        for await input in intake {
            if Task.isCancelled { break }
            var outcomes: [BinanceTracks.Outcome] = []
            switch input {
            case .watch(let symbols):
                _ = tracks.watch(symbols, pair: pair)
                history.remove(allBut: Set(symbols))
                spread(tracks.pairs, over: &streams, &group)
            case .streaming(let stream, let pairs):
                live.insert(stream)
                pairsWithoutStream.withLock { $0 = [] }
                if live.count == streams.count { meter.become(.live) }
                for pair in pairs { outcomes += tracks.streaming(pair) }
            case .interrupted(let stream, let failure, let failures, let state):
                live.remove(stream)
                meter.become(state, detail: failure?.detail ?? "", failures: failures)
                if failure != nil { pairsWithoutStream.withLock { $0 = tracks.pairs } }
            case .frame(let frame, let receivedAt):
                outcomes = await frameOutcomes(frame, receivedAt, &tracks, &venueClock)
            case .caughtUp(let symbol, let end, let last):
                outcomes = tracks.caughtUp(symbol, end: end, last: last, receivedAt: wallTime.now)
                if let track = tracks.tracks[symbol] { history.add(symbol, pair: track.pair) }
            case .filled(let symbol, let candles, let end):
                outcomes = tracks.filled(symbol, candles: candles, end: end, receivedAt: wallTime.now)
            case .summaries(let tickers, let receivedAt):
                for day in tickers {
                    guard let symbol = tracks.symbol(day.pair) else { continue }
                    do throws(FrameFault) {
                        outcomes += tracks.summary(
                            try BinanceMapping.ticker(day, symbol: symbol, receivedAt: receivedAt))
                    } catch {
                        meter.malformed(error.reason)
                    }
                }
            }
            for outcome in outcomes { await carryOut(outcome, &group) }
        }
    }

    private func frameOutcomes(
        _ frame: BinanceFrame, _ receivedAt: Timestamp, _ tracks: inout BinanceTracks, _ venueClock: inout VenueClock
    ) async -> [BinanceTracks.Outcome] {
        meter.received(at: receivedAt)
        switch frame {
        case .kline(let kline):
            guard await isLive(kline.eventTime, &venueClock) else { return [.count("clock_skew")] }
            return tracks.kline(kline, receivedAt: receivedAt)
        case .miniTickers(let tickers):
            var outcomes: [BinanceTracks.Outcome] = []
            for ticker in tickers where tracks.symbol(ticker.pair) != nil {
                guard await isLive(ticker.eventTime, &venueClock) else {
                    outcomes.append(.count("clock_skew"))
                    continue
                }
                outcomes += tracks.miniTicker(ticker, receivedAt: receivedAt)
            }
            return outcomes
        case .bookTicker(let ticker): return tracks.bookTicker(ticker, receivedAt: receivedAt)
        case .serverShutdown, .reply, .other: return []
        }
    }

    private func isLive(_ eventTime: Int64, _ venueClock: inout VenueClock) async -> Bool {
        let time = Timestamp(milliseconds: eventTime)
        switch venueClock.judge(time, at: elapsed()) {
        case .live: return true
        case .outside: return false
        case .doubtful:
            let rest = venueClock.restBeforeAsking(at: elapsed())
            if rest > .zero { try? await clock.sleep(for: rest) }
            guard let now = try? await client.serverTime() else {
                // Without an answer the stream's own word has to do at first; afterwards the last answer stands.
                guard venueClock.time(at: elapsed()) == nil else { return false }
                venueClock.synchronise(time, at: elapsed())
                return true
            }
            venueClock.synchronise(now, at: elapsed())
            return venueClock.judgeFresh(time, at: elapsed())
        }
    }

    private func carryOut(_ outcome: BinanceTracks.Outcome, _ group: inout DiscardingTaskGroup) async {
        switch outcome {
        case .send(let event): await sink.send(event)
        case .close(let closed):
            await sink.send(.candleClosed(closed))
            await unsaved.send(closed)
        case .correct(let closed):
            await unsaved.send(closed)
            await sink.send(.candleCorrected(closed))
        case .fetch(let symbol, let pair, let from, let to):
            group.addTask {
                if let input = await self.catchUp.fill(symbol, pair: pair, from: from, to: to) {
                    await self.intake.send(input)
                }
            }
        case .catchUp(let symbol, let pair, let from):
            group.addTask {
                if let input = await self.catchUp.catchUp(symbol, pair: pair, from: from) {
                    await self.intake.send(input)
                }
            }
        case .count(let reason): meter.malformed(reason)
        }
    }

    /// Shares the pairs out among connections. A pair stays where it is while it is watched.
    private func spread(_ pairs: [String], over streams: inout [BinanceStream], _ group: inout DiscardingTaskGroup) {
        let size = configuration.pairsPerConnection
        let count = max(1, (pairs.count + size - 1) / size)
        while streams.count < count {
            let stream = BinanceStream(
                number: streams.count, carriesMarket: streams.isEmpty, url: configuration.streamURL,
                transport: webSockets, clock: clock, jitter: jitter, wallTime: wallTime, intake: intake, meter: meter,
                logger: logger)
            streams.append(stream)
            group.addTask { await stream.run() }
        }
        var shares = streams.map { $0.current.intersection(pairs) }
        var homeless = Set(pairs).subtracting(shares.reduce(into: Set()) { $0.formUnion($1) }).sorted()[...]
        for index in shares.indices {
            let room = max(0, size - shares[index].count)
            shares[index].formUnion(homeless.prefix(room))
            homeless = homeless.dropFirst(room)
        }
        for (stream, share) in zip(streams, shares) { stream.want(share) }
    }

    /// 24 h summaries by REST every five seconds, while the stream is down.
    private func pollTickers() async {
        var recovery = Recovery()
        var wait: Duration = .seconds(5)
        while !Task.isCancelled {
            try? await clock.sleep(for: wait)
            wait = .seconds(5)
            let pairs = pairsWithoutStream.withLock { $0 }
            if pairs.isEmpty { continue }
            do throws(SourceFailure) {
                let tickers = try await client.tickers(pairs: pairs)
                recovery.succeeded()
                await intake.send(.summaries(tickers, receivedAt: wallTime.now))
            } catch {
                if error == .cancelled { return }
                wait = max(wait, recovery.failed(error, jitter: jitter()))
            }
        }
    }

    private func save() async {
        for await first in unsaved {
            var batches: [CandleSeries: [Candle]] = [:]
            for closed in [first] + unsaved.drain(limit: 1000) {
                let series = CandleSeries(symbol: closed.symbol, timeframe: closed.timeframe, venue: closed.venue)
                batches[series, default: []].append(closed.candle)
            }
            var backoff = Backoff()
            for (series, candles) in batches {
                while !Task.isCancelled {
                    do {
                        try await store.save(candles, of: series)
                        break
                    } catch {
                        logger.error("candles cannot be saved", metadata: ["error": "\(error)"])
                        try? await clock.sleep(for: backoff.failed(jitter: jitter()))
                    }
                }
            }
        }
    }

    private func tellHealth() async {
        while !Task.isCancelled {
            if let health = meter.news() { await sink.send(.health(health)) }
            try? await clock.sleep(for: .seconds(1))
        }
    }

    private func tellListings() async {
        var recovery = Recovery()
        while !Task.isCancelled {
            var wait: Duration = .seconds(6 * 3600)
            do throws(SourceFailure) {
                let listings = try await client.listings()
                recovery.succeeded()
                await onListings(listings)
            } catch {
                if error == .cancelled { return }
                logger.warning("listings are not known yet", metadata: ["reason": "\(error.detail)"])
                wait = recovery.failed(error, jitter: jitter())
            }
            try? await clock.sleep(for: wait)
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
