import Foundation
package import Market

/// Forecasts through history as they would have been made: every one from closed candles only, by models that were
/// fitted on outcomes known by then.
///
/// 1. Inputs of every candle, from candles up to it (`FeatureTable`).
/// 2. Week by week: outcomes that became known by Monday join the training rows; on the first Monday of a month (and
///    while rows are few, whenever a quarter more came) the models are refitted, pooled over the symbols.
/// 3. Every Monday the pool of moves, each divided by the scale that was forecast for it, gives the quantiles of the
///    bands (split conformal), the same on both sides because no trend is promised; each symbol's own misses correct their level slowly (`AdaptiveLevel`).
/// 4. Direction models are weighed by the trailing year against the naive forecasts, calibrated, and heard only while
///    the trailing year's intervals exclude chance.
package struct WalkForward: Sendable {
    package let horizon: Timeframe
    package let base: Timeframe
    package let models: ForecastModels
    var settings: WalkSettings
    /// A trained model that takes the place of the walk's own fits from the end of its training window on.
    package var given: TrainedModel?
    /// Changes the inputs before the walk; tests use it to show that a leak would be seen.
    var tamper: (@Sendable (inout FeatureTable) -> Void)?

    /// `base` is the length of the candles: an hour, four hours or a day, and not more than the horizon.
    package init(horizon: Timeframe, base: Timeframe = .h1, models: ForecastModels = .standard) {
        precondition(base >= .h1 && base <= horizon)
        self.horizon = horizon
        self.base = base
        self.models = models
        settings = WalkSettings(base: base, horizon: horizon)
    }

    /// Walks over the candles of one or several symbols, pooled. Steps before `from` are walked and left out.
    package func run(_ series: [SymbolCandles], from: Timestamp? = nil, progress: (Double) -> Void = { _ in })
        -> [SymbolWalk]
    {
        walk(series, from: from, progress: progress).walks
    }

    /// The walk, and what it had learned at its end; `nil` where there were no candles.
    func walk(_ series: [SymbolCandles], from: Timestamp?, progress: (Double) -> Void)
        -> (walks: [SymbolWalk], state: WalkState?)
    {
        var tables = series.map {
            FeatureTable(symbol: $0.symbol, candles: $0.candles, base: base, horizon: horizon)
        }
        if let tamper { for index in tables.indices { tamper(&tables[index]) } }
        let starts = tables.compactMap { $0.closeTimes.first }
        let ends = tables.compactMap { $0.closeTimes.last }
        guard let start = starts.min(), let end = ends.max() else {
            return (series.map { SymbolWalk(symbol: $0.symbol, steps: [], unfamiliar: nil) }, nil)
        }
        var state = WalkState(
            tables: tables, base: base, horizon: horizon, settings: settings, models: models, given: given)
        var steps = series.map { _ in [ForecastStep]() }
        var monday = Timeframe.w1.openTime(containing: start)
        while monday <= end {
            state.learn(by: monday)
            let nextMonday = monday + .days(7)
            for index in tables.indices {
                let made = state.forecast(symbol: index, before: nextMonday)
                steps[index] += from.map { from in made.filter { $0.at >= from } } ?? made
            }
            progress((nextMonday - start).seconds / max(1, (end - start).seconds))
            monday = nextMonday
        }
        let walks = zip(state.tracks, steps).map {
            SymbolWalk(symbol: $0.table.symbol, steps: $1, unfamiliar: $0.unfamiliar)
        }
        return (walks, state)
    }
}

/// Closed candles of one symbol, oldest first.
package struct SymbolCandles: Hashable, Sendable {
    package var symbol: Symbol
    package var candles: [Candle]
    package init(symbol: Symbol, candles: [Candle]) {
        self.symbol = symbol
        self.candles = candles
    }
}

/// The steps of one symbol.
package struct SymbolWalk: Hashable, Sendable {
    package var symbol: Symbol
    package var steps: [ForecastStep]
    /// Name of an input that at the last candle lay far outside what the models had seen, so that they stayed silent.
    package var unfamiliar: String?
}
