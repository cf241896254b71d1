import Foundation
package import Market
import Synchronization

/// The forecaster behind `/predict`: for horizons of an hour and longer a walk over the symbol's own history up to now
/// (`WalkForward`), whose last step is the answer and whose latest 500 judged steps are its record. With too little
/// history for that, and under an hour, `EWMAForecaster` answers.
///
/// An answer is kept until the next candle closes.
package final class EnsembleForecaster: Forecaster {
    private static let judged = 500
    /// Two and a quarter years of hours.
    private static let candles = 20_000
    private static let kept = 256
    /// A stored model older than this is left aside: the walk's own monthly fits are fresher.
    private static let oldest = Span.days(62)

    private struct Key: Hashable {
        var symbol: Symbol
        var horizon: Timeframe
    }
    private struct Answer: Sendable {
        var last: Candle
        var count: Int
        var forecast: Forecast
    }

    private let simple = EWMAForecaster()
    private let models: ForecastModels
    private let store: ModelStore?
    private let answers = Mutex<[Key: Answer]>([:])

    /// With a store its models in use take the place of fits on the symbol's own history, from the end of their
    /// training on.
    package init(models: ForecastModels = .standard, store: ModelStore? = nil) {
        self.models = models
        self.store = store
    }

    package func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int) {
        horizon >= .h1 ? (.h1, Self.candles) : simple.input(for: horizon)
    }

    package func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp)
        throws(ForecastRefusal) -> Forecast
    {
        guard horizon >= .h1 else {
            return try simple.forecast(symbol: symbol, horizon: horizon, candles: candles, now: now)
        }
        guard let last = candles.last else {
            throw .historyTooShort(have: 0, need: EWMAForecaster.needed)
        }
        let at = last.closeTime(.h1)
        guard now - at <= Timeframe.h1.span * 3 else { throw .stale(since: at) }
        let key = Key(symbol: symbol, horizon: horizon)
        if let held = answers.withLock({ $0[key] }), held.last == last, held.count == candles.count {
            return held.forecast
        }
        var method = WalkForward(horizon: horizon, models: models)
        if let model = store?.current(horizon)?.model, model.base == .h1,
            at - model.to <= Self.oldest
        {
            method.given = model
        }
        let walk = method.run([SymbolCandles(symbol: symbol, candles: candles)]).first
        if let input = walk?.unfamiliar { throw .unfamiliar(input: input) }
        guard let walk, let step = walk.steps.last, step.at == at else {
            return try young(symbol: symbol, horizon: horizon, candles: candles, now: now)
        }
        let forecast = answer(symbol, horizon, walk.steps, step)
        answers.withLock {
            if $0.count >= Self.kept { $0.removeAll() }
            $0[key] = Answer(last: last, count: candles.count, forecast: forecast)
        }
        return forecast
    }

    /// What there is before the models have enough to learn from. A week is left out: the simple way wants years of days.
    private func young(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp)
        throws(ForecastRefusal) -> Forecast
    {
        guard horizon < .w1 else {
            throw .historyTooShort(
                have: candles.count,
                need: WalkSettings(base: .h1, horizon: horizon).neededRows + 24 * 15)
        }
        return try simple.forecast(symbol: symbol, horizon: horizon, candles: candles, now: now)
    }

    private func answer(_ symbol: Symbol, _ horizon: Timeframe, _ steps: [ForecastStep], _ step: ForecastStep)
        -> Forecast
    {
        var score = BandScore()
        var (held50, held90) = (BandRecord(held: 0, count: 0), BandRecord(held: 0, count: 0))
        for past in steps.filter({ $0.outcome != nil }).suffix(Self.judged) {
            guard let outcome = past.outcome else { continue }
            score.add(past, outcome: outcome)
            held50.count += 1
            held90.count += 1
            if past.band50.contains(outcome) { held50.held += 1 }
            if past.band90.contains(outcome) { held90.held += 1 }
        }
        func prices(_ band: PriceBand) -> PriceBand {
            PriceBand(low: step.price(band.low), high: step.price(band.high))
        }
        var voters: [String: Double] = [models.volatility.rawValue: 1]
        if step.probabilityUp != nil { voters.merge(step.weights) { $1 } }
        return Forecast(
            symbol: symbol, horizon: horizon, at: step.at, price: step.price, median: step.price,
            band50: prices(step.band50), band90: prices(step.band90), sigma: step.sigma, record90: held90,
            record50: held50,
            moveChances: zip(WalkState.moves, step.chances).map { MoveChance(move: $0, chance: $1) },
            probabilityUp: step.probabilityUp, voters: voters, skill: held90.count >= 100 ? score.skill : nil,
            trainedAt: step.trainedAt)
    }
}
