import Forecasts
import Logging
import Market
import Metrics
import Synchronization

/// Makes the forecasts that rules read, beside the watch's own line: one for each symbol and horizon at a closed hour,
/// whoever asked. What comes of it reaches the watch as readings.
///
/// Bounds: an order that waits already is not taken twice; at most `capacity` wait, then new ones are let go until the
/// next hour. A forecast that cannot be made leaves what was known, which grows old.
final class RuleForecasts: Sendable {
    struct Order: Hashable, Sendable {
        var symbol: Symbol
        var horizon: Timeframe
    }

    private static let capacity = 2_000

    private let forecaster: any Forecaster
    private let candles: any CandleStore
    private let venue: Venue
    private let journal: (any ForecastJournal)?
    private let orders: AsyncStream<Order>
    private let line: AsyncStream<Order>.Continuation
    private let waiting = Mutex<Set<Order>>([])
    private let logger: Logger

    init(
        forecaster: any Forecaster, candles: any CandleStore, venue: Venue, journal: (any ForecastJournal)? = nil,
        logger: Logger
    ) {
        self.forecaster = forecaster
        self.candles = candles
        self.venue = venue
        self.journal = journal
        self.logger = logger
        (orders, line) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(RuleForecasts.capacity))
    }

    func order(_ symbol: Symbol, _ horizons: Set<Timeframe>) {
        for horizon in horizons.sorted() {
            let order = Order(symbol: symbol, horizon: horizon)
            guard waiting.withLock({ $0.insert(order).inserted }) else { continue }
            if case .dropped = line.yield(order) {
                waiting.withLock { _ = $0.remove(order) }
                Counter(label: "vigia_rule_forecasts_total", dimensions: [("outcome", "dropped")]).increment()
            }
        }
    }

    /// Until it is cancelled. `now` is the rule clock, by which candles are stale or not.
    func run(now: @Sendable () -> Timestamp, tell: @Sendable (MarketReading) async -> Void) async {
        for await order in orders {
            waiting.withLock { _ = $0.remove(order) }
            let outcome: String
            do {
                for reading in try await readings(order, now: now()) { await tell(reading) }
                outcome = "made"
            } catch let refusal as ForecastRefusal {
                logger.debug(
                    "no forecast for rules",
                    metadata: [
                        "symbol": "\(order.symbol)", "horizon": "\(order.horizon.rawValue)", "reason": "\(refusal)",
                    ])
                outcome = "refused"
            } catch {
                logger.warning(
                    "forecast for rules failed",
                    metadata: ["symbol": "\(order.symbol)", "reason": "\(error)"])
                outcome = "failed"
            }
            Counter(label: "vigia_rule_forecasts_total", dimensions: [("outcome", outcome)]).increment()
        }
    }

    private func readings(_ order: Order, now: Timestamp) async throws -> [MarketReading] {
        let (timeframe, count) = forecaster.input(for: order.horizon)
        let series = CandleSeries(symbol: order.symbol, timeframe: timeframe, venue: venue)
        let stored = try await candles.candles(of: series, from: nil, to: nil, limit: count)
        let forecast = try forecaster.forecast(
            symbol: order.symbol, horizon: order.horizon, candles: stored, now: now)
        try await journal?.enter(forecast)
        return CandleReadings.of(forecast)
    }
}
