package import Market

/// A forecast from volatility alone: the median is no change, the bands are as wide as such moves were.
///
/// 1. The variance of a step is the exponentially weighted mean of squared log returns (half-life 36 steps, 15 for daily
///    candles).
/// 2. Every past move over the horizon is divided by the deviation that was known when it began, times the square root
///    of the number of steps. Of these the latest 5,000 that had ended make the pool.
/// 3. The bands are the pool's quantiles (5% and 95%, 25% and 75%) times the deviation now; the chance of a move is the
///    share of the pool that, so scaled, is at least as large.
/// 4. The record repeats this at each of the latest 500 candles whose horizon has passed, each with its own past only.
///    Horizons of several candles overlap, so the 500 are not independent.
///
/// Horizons up to an hour use candles of that length; 4 hours and a day use 1 h candles; a week uses daily ones.
package struct EWMAForecaster: Forecaster {
    /// Moves over the horizon that must be in the pool.
    package static let needed = 200
    private static let judged = 500
    private static let moves = [0.01, 0.02, 0.05]

    package init() {}

    package func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int) {
        switch horizon {
        case .m1, .m5, .m15: (horizon, 5_000)
        case .h1, .h4, .d1: (.h1, 10_000)
        case .w1: (.d1, 1_500)
        }
    }

    package func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp)
        throws(ForecastRefusal) -> Forecast
    {
        let base = input(for: horizon).timeframe
        let moves = StandardizedMoves(candles: candles, base: base, horizon: horizon)
        guard let last = candles.indices.last, moves.usable(at: last) >= Self.needed else {
            throw .historyTooShort(
                have: candles.last == nil ? 0 : moves.usable(at: candles.count - 1), need: Self.needed)
        }
        let at = candles[last].closeTime(base)
        guard now - at <= base.span * 3 else { throw .stale(since: at) }

        var held50 = BandRecord(held: 0, count: 0)
        var held90 = held50
        var walk = BandWalk(moves: moves, from: last - moves.steps - Self.judged + 1)
        while walk.index < last {
            if moves.hasEnded(walk.index, by: last), let bands = walk.bands, bands.poolSize >= Self.needed {
                let outcome = candles[walk.index + moves.steps].close
                held50.count += 1
                held90.count += 1
                if bands.band50.low <= outcome, outcome <= bands.band50.high { held50.held += 1 }
                if bands.band90.low <= outcome, outcome <= bands.band90.high { held90.held += 1 }
            }
            walk.advance()
        }
        guard let bands = walk.bands else {
            throw .historyTooShort(have: moves.usable(at: last), need: Self.needed)
        }
        return Forecast(
            symbol: symbol, horizon: horizon, at: at, price: candles[last].close, median: candles[last].close,
            band50: bands.band50, band90: bands.band90, sigma: bands.sigma, record90: held90, record50: held50,
            moveChances: Self.moves.map { MoveChance(move: $0, chance: walk.chance(ofMove: $0)) }, probabilityUp: nil,
            voters: ["ewma": 1])
    }

    /// The bands at every candle from `first` on at which there is enough history, each from its own past only.
    package func walkForward(candles: [Candle], horizon: Timeframe, from first: Int = 0) -> [WalkForwardStep] {
        let base = input(for: horizon).timeframe
        let moves = StandardizedMoves(candles: candles, base: base, horizon: horizon)
        var walk = BandWalk(moves: moves, from: first)
        var steps: [WalkForwardStep] = []
        while walk.index < candles.count {
            let index = walk.index
            if let bands = walk.bands, bands.poolSize >= Self.needed {
                let outcome = moves.hasEnded(index, by: candles.count - 1) ? candles[index + moves.steps].close : nil
                steps.append(
                    WalkForwardStep(
                        at: candles[index].closeTime(base), price: candles[index].close, band50: bands.band50,
                        band90: bands.band90, sigma: bands.sigma, outcome: outcome))
            }
            walk.advance()
        }
        return steps
    }
}

/// One forecast of a walk through history.
package struct WalkForwardStep: Hashable, Sendable {
    /// Close time of the last candle used.
    package var at: Timestamp
    /// Its close, and the median.
    package var price: Double
    package var band50: PriceBand
    package var band90: PriceBand
    package var sigma: Double
    /// Close one horizon later; `nil` where it has not come, or lies beyond a hole in the candles.
    package var outcome: Double?
}
