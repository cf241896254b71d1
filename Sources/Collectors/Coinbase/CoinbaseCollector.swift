package import Logging
package import Market
import ServiceLifecycle
import Synchronization
package import Transport

/// Coinbase as a second opinion: the ticker of each watched symbol that it lists, every ten seconds.
///
/// Requests are spaced to stay under the venue's 10 a second, so beyond 60 symbols a round takes longer.
package final class CoinbaseCollector: Service {
    private static let interval: Duration = .seconds(10)
    private static let restBetweenRequests: Duration = .milliseconds(150)

    private let client: CoinbaseClient
    private let sink: any MarketSink
    private let watch: AsyncStream<[Symbol]>
    private let product: @Sendable (Symbol) -> String?
    private let wallTime: any TimeSource
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let logger: Logger
    private let meter = SourceMeter(source: "coinbase")
    private let watched = Mutex<[Symbol]>([])
    private let elapsed: @Sendable () -> Duration

    /// - Parameters:
    ///   - watch: the symbols to watch, whole list each time it changes.
    ///   - product: how the venue spells a symbol (`BTC-USD`), `nil` for one it cannot have.
    package init(
        apiURL: String = "https://api.exchange.coinbase.com", http: any HTTPTransport, sink: any MarketSink,
        watch: AsyncStream<[Symbol]>, product: @escaping @Sendable (Symbol) -> String?,
        wallTime: any TimeSource = WallTime(), clock: any Clock<Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        logger: Logger = Logger(label: "vigia.coinbase")
    ) {
        client = CoinbaseClient(baseURL: apiURL, transport: http)
        self.sink = sink
        self.watch = watch
        self.product = product
        self.wallTime = wallTime
        self.clock = clock
        self.jitter = jitter
        self.logger = logger
        elapsed = Self.stopwatch(clock)
    }

    package var health: SourceHealth { meter.health }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { for await symbols in self.watch { self.watched.withLock { $0 = symbols } } }
                await self.poll()
                group.cancelAll()
            }
        }
    }

    private func poll() async {
        var recovery = Recovery()
        var listed: Set<String>?
        var venueClock = VenueClock()
        var seen: [Symbol: Timestamp] = [:]
        while !Task.isCancelled {
            var wait = Self.interval
            do throws(SourceFailure) {
                if listed == nil { listed = Set(try await client.listings().map(\.pair)) }
                for symbol in watched.withLock({ $0 }) {
                    guard let product = product(symbol), listed?.contains(product) ?? false else { continue }
                    try await ask(symbol, product, &venueClock, &seen)
                    try? await clock.sleep(for: Self.restBetweenRequests)
                    if Task.isCancelled { return }
                }
                recovery.succeeded()
                meter.become(.live)
            } catch {
                if error == .cancelled { return }
                wait = max(wait, recovery.failed(error, jitter: jitter()))
                meter.become(recovery.state, detail: error.detail, failures: recovery.failures)
                logger.warning("no second opinion", metadata: ["reason": "\(error.detail)"])
            }
            if let health = meter.news() { await sink.send(.health(health)) }
            try? await clock.sleep(for: wait)
        }
    }

    private func ask(
        _ symbol: Symbol, _ product: String, _ venueClock: inout VenueClock, _ seen: inout [Symbol: Timestamp]
    ) async throws(SourceFailure) {
        let ticker: CoinbaseTicker
        do throws(SourceFailure) { ticker = try await client.ticker(product: product) } catch {
            // One product's odd answer is counted and says nothing of the others; a silent venue does.
            switch error {
            case .malformed(let fault): return meter.malformed(fault.reason)
            case .rejected(404): return meter.malformed("unknown_product")
            default: throw error
            }
        }
        let receivedAt = wallTime.now
        let quote: Quote
        do throws(FrameFault) {
            quote = try CoinbaseMapping.quote(ticker, symbol: symbol, receivedAt: receivedAt)
        } catch {
            return meter.malformed(error.reason)
        }
        meter.received(at: receivedAt)
        // The time is that of the last trade: the same one again is no news, and one long past no opinion.
        guard seen[symbol].map({ $0 < quote.venueTime }) ?? true else { return }
        switch venueClock.judge(quote.venueTime, at: elapsed()) {
        case .live: break
        case .outside: return meter.malformed("clock_skew")
        case .doubtful:
            venueClock.synchronise(try await client.serverTime(), at: elapsed())
            guard venueClock.judgeFresh(quote.venueTime, at: elapsed()) else { return meter.malformed("clock_skew") }
        }
        seen[symbol] = quote.venueTime
        await sink.send(.quote(quote))
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
