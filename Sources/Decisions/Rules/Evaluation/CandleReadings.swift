import Forecasts
import Market

/// Figures that candles alone tell, as they would have been known at each close: what a replay is fed beside candles.
enum CandleReadings {
    /// Those that `rule` reads of `symbol`, in order of time. Each is known at its time, and made of candles up to it.
    static func of(_ rule: RuleDefinition, candles: [Candle], timeframe: Timeframe, symbol: Symbol, subject: Symbol)
        -> [MarketReading]
    {
        var kinds: Set<MarketReading.Kind> = []
        for operand in rule.condition.operands {
            guard case .reading(let kind) = operand.kind else { continue }
            let owner: Symbol = if case .named(let named) = operand.symbol { named } else { subject }
            if owner == symbol { kinds.insert(kind) }
        }
        var readings: [MarketReading] = []
        if kinds.contains(.strength) { readings += strengths(candles, timeframe, symbol) }
        for horizon in Timeframe.allCases where kinds.contains(where: { $0.horizon == horizon }) {
            readings += forecasts(candles, timeframe, symbol, horizon).filter { kinds.contains($0.kind) }
        }
        return readings.sorted { $0.time < $1.time }
    }

    private static func strengths(_ candles: [Candle], _ timeframe: Timeframe, _ symbol: Symbol) -> [MarketReading] {
        guard timeframe <= .h1 else { return [] }
        var engine = DecisionEngine(symbol: symbol)
        return CandleAggregator.aggregate(candles, from: timeframe, to: .h1).compactMap { hour in
            engine.assess(hour).map {
                MarketReading(symbol: symbol, kind: .strength, value: $0.strength, time: hour.closeTime(.h1))
            }
        }
    }

    private static func forecasts(
        _ candles: [Candle], _ timeframe: Timeframe, _ symbol: Symbol, _ horizon: Timeframe
    ) -> [MarketReading] {
        guard let (candles, base) = CandleBase.prepare(candles, timeframe: timeframe, horizon: horizon) else {
            return []
        }
        let walk = WalkForward(horizon: horizon, base: base).run([SymbolCandles(symbol: symbol, candles: candles)])
        return walk.flatMap(\.steps).flatMap { step in
            of(symbol, horizon, median: step.price, up: step.probabilityUp, sigma: step.sigma, at: step.at)
        }
    }

    /// What one forecast tells.
    static func of(_ forecast: Forecast) -> [MarketReading] {
        of(
            forecast.symbol, forecast.horizon, median: forecast.median, up: forecast.probabilityUp,
            sigma: forecast.sigma, at: forecast.at)
    }

    private static func of(
        _ symbol: Symbol, _ horizon: Timeframe, median: Double, up: Double?, sigma: Double, at time: Timestamp
    ) -> [MarketReading] {
        [
            MarketReading(symbol: symbol, kind: .forecast(horizon), value: median, time: time),
            MarketReading(symbol: symbol, kind: .probability(horizon), value: up, time: time),
            MarketReading(symbol: symbol, kind: .expectedMove(horizon), value: sigma, time: time),
        ]
    }
}
