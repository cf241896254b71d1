package import Forecasts
package import Logging
package import Market
import Synchronization

/// Where forecasts are entered. The same one entered again is the same entry.
package protocol ForecastJournal: Sendable {
    func enter(_ forecast: Forecast) async throws
    func holds(symbol: Symbol, horizon: Timeframe, at time: Timestamp) async throws -> Bool
}

/// Makes one forecast of each default symbol at each step of each horizon, so that the record does not depend on who
/// asks: over an hour at each closed hour, over four at each closed four, over a day at midnight and over a week on
/// Monday (UTC). One that was missed for longer than a quarter of its horizon is not made up for.
package final class StandingForecasts: Sendable {
    private struct Step: Hashable {
        var symbol: Symbol
        var horizon: Timeframe
        var at: Timestamp
    }

    private let journal: any ForecastJournal
    private let forecaster: any Forecaster
    private let candles: any CandleStore
    private let venue: Venue
    private let symbols: [Symbol]
    private let horizons: [Timeframe]
    private let logger: Logger
    /// Steps that are entered or cannot be forecast: looked at no more.
    private let done = Mutex<Set<Step>>([])

    package init(
        journal: any ForecastJournal, forecaster: any Forecaster, candles: any CandleStore, venue: Venue,
        symbols: [Symbol], horizons: [Timeframe], logger: Logger
    ) {
        self.journal = journal
        self.forecaster = forecaster
        self.candles = candles
        self.venue = venue
        self.symbols = symbols
        self.horizons = horizons
        self.logger = logger
    }

    /// One turn. `now` is the rule clock.
    package func run(now: Timestamp) async throws {
        done.withLock { $0 = $0.filter { now - $0.at < $0.horizon.span } }
        for horizon in horizons {
            let at = horizon.openTime(containing: now)
            guard (now - at).milliseconds * 4 <= horizon.span.milliseconds else { continue }
            for symbol in symbols {
                try Task.checkCancellation()
                let step = Step(symbol: symbol, horizon: horizon, at: at)
                if done.withLock({ $0.contains(step) }) { continue }
                if try await make(step, now) { done.withLock { _ = $0.insert(step) } }
            }
        }
    }

    /// False when its last candle is not stored yet.
    private func make(_ step: Step, _ now: Timestamp) async throws -> Bool {
        if try await journal.holds(symbol: step.symbol, horizon: step.horizon, at: step.at) { return true }
        let (timeframe, count) = forecaster.input(for: step.horizon)
        let series = CandleSeries(symbol: step.symbol, timeframe: timeframe, venue: venue)
        let last = try await candles.candles(
            of: series, from: step.at - timeframe.span, to: step.at, limit: 1)
        guard last.first?.closeTime(timeframe) == step.at else { return false }
        let stored = try await candles.candles(of: series, from: nil, to: step.at, limit: count)
        do {
            let forecast = try forecaster.forecast(
                symbol: step.symbol, horizon: step.horizon, candles: stored, now: now)
            try await journal.enter(forecast)
        } catch let refusal as ForecastRefusal {
            logger.debug(
                "no standing forecast",
                metadata: [
                    "symbol": "\(step.symbol)", "horizon": "\(step.horizon.rawValue)", "reason": "\(refusal)",
                ])
        }
        return true
    }
}
