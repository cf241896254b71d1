import Foundation
import Market
import Support
import Testing
import Turns

@testable import Forecasts

@Suite(.oneAtATime) struct WalkForwardTests {
    /// Hours whose size of move comes in spells and whose direction tends to turn, so that every model has a say.
    static func turning(_ count: Int, seed: UInt64 = 3) -> [Candle] {
        var random = SteadyRandom(seed: seed)
        var (close, last, size) = (100.0, 0.0, 0.005)
        return (0..<count).map { index in
            size = 0.005 * 0.05 + size * 0.95 * (1 + Double.random(in: -0.15...0.15, using: &random))
            let open = close
            last = -0.35 * last + Double.random(in: -1...1, using: &random) * size
            close *= exp(last)
            let reach = size * Double.random(in: 0.1...0.6, using: &random)
            return Candle(
                openTime: Timestamp(seconds: 1_672_531_200 + Int64(index) * 3_600), open: open,
                high: max(open, close) * (1 + reach), low: min(open, close) * (1 - reach), close: close,
                volume: Double.random(in: 1...100, using: &random))
        }
    }

    /// Whether anything that was said at or before the close of candle `cut` changes when every later candle does.
    private func futureChangesThePast(_ walk: WalkForward, cut: Int = 3_100) throws -> Bool {
        let symbol = try #require(Symbol("BTC"))
        let candles = Self.turning(3_400)
        var changed = candles
        for index in (cut + 1)..<changed.count {
            let factor = index.isMultiple(of: 2) ? 1.7 : 0.6
            changed[index].close *= factor
            changed[index].high = max(changed[index].high, changed[index].close)
            changed[index].low = min(changed[index].low, changed[index].close)
            changed[index].volume *= 9
        }
        let at = candles[cut].closeTime(.h1)
        func said(_ candles: [Candle]) -> [ForecastStep] {
            walk.run([SymbolCandles(symbol: symbol, candles: candles)])[0].steps.filter { $0.at <= at }.map {
                var step = $0
                step.outcome = nil
                step.realized = nil
                return step
            }
        }
        let before = said(candles)
        #expect(before.count > 1_000 && before.last?.at == at)
        return said(changed) != before
    }

    @Test("candles after an instant change nothing that was said before", arguments: [Timeframe.h1, .h4, .d1])
    func noLookAhead(horizon: Timeframe) throws {
        #expect(try !futureChangesThePast(WalkForward(horizon: horizon)))
    }

    @Test("one input of a model taken one candle too early turns that red", arguments: [true, false])
    func leak(isVolatility: Bool) throws {
        var walk = WalkForward(horizon: .h1)
        walk.tamper = { table in
            if isVolatility {
                let (width, column) = (table.volatilityNames.count, 1)
                for row in 0..<(table.count - 1) {
                    table.volatility[row * width + column] = table.volatility[(row + 1) * width + column]
                }
            } else {
                let (width, column) = (table.directionNames.count, 1)
                for row in 0..<(table.count - 1) {
                    table.direction[row * width + column] = table.direction[(row + 1) * width + column]
                }
            }
        }
        #expect(try futureChangesThePast(walk))
    }

    @Test("inputs of a row come from candles up to it", arguments: [Timeframe.h1, .h4, .w1])
    func inputs(horizon: Timeframe) throws {
        let symbol = try #require(Symbol("BTC"))
        let candles = Self.turning(600)
        let whole = FeatureTable(symbol: symbol, candles: candles, base: .h1, horizon: horizon)
        let part = FeatureTable(symbol: symbol, candles: Array(candles.prefix(401)), base: .h1, horizon: horizon)
        #expect(part.volatilityRow(400) == whole.volatilityRow(400))
        #expect(part.directionRow(400) == whole.directionRow(400))
        #expect(part.levels[400] == whole.levels[400] && part.ewmaVariances[400] == whole.ewmaVariances[400])
        #expect(part.moves[400].isNaN && !whole.moves[400].isNaN)
    }

    @Test("where direction turns by nature the models find it, and tell it only after a year's test")
    func direction() throws {
        let symbol = try #require(Symbol("BTC"))
        let candles = Self.turning(12_500)
        let steps = WalkForward(horizon: .h1).run([SymbolCandles(symbol: symbol, candles: candles)])[0].steps
        let told = steps.filter { $0.probabilityUp != nil }
        let first = try #require(told.first)
        #expect(first.at - candles[0].openTime > .days(350))
        let hits = told.filter { step in
            guard let up = step.probabilityUp, let outcome = step.outcome else { return false }
            return (up > 0.5) == (outcome > 0)
        }
        #expect(Double(hits.count) / Double(told.count) > 0.55)
        #expect(told.allSatisfy { $0.weights.values.allSatisfy { $0 > 0 } })
    }

    @Test("on a walk without memory direction is never told, and the bands hold as often as they say")
    func coinToss() throws {
        let symbol = try #require(Symbol("BTC"))
        let candles = [Candle].walk(6_000, seed: 12)
        let walk = WalkForward(horizon: .h1).run([SymbolCandles(symbol: symbol, candles: candles)])
        #expect(walk[0].steps.allSatisfy { $0.probabilityUp == nil })
        let report = WalkReport(walk, horizon: .h1, base: .h1, models: .standard)
        #expect((0.885...0.915).contains(report.all.coverage90))
        #expect((0.47...0.53).contains(report.all.coverage50))
        #expect(abs(report.all.skill) < 0.01)
    }

    @Test("a coin that only grows a hundredfold wilder overnight is outside what the models have seen")
    func unfamiliar() throws {
        let symbol = try #require(Symbol("BTC"))
        var candles = Self.turning(2_000)
        candles[1_999].high = candles[1_999].close * 1e6
        let walk = WalkForward(horizon: .h1).run([SymbolCandles(symbol: symbol, candles: candles)])[0]
        #expect(walk.unfamiliar == "variance of 1 h")
        #expect(walk.steps.last?.at == candles[1_998].closeTime(.h1))
        let forecaster = EnsembleForecaster()
        let now = candles[1_999].closeTime(.h1)
        #expect(throws: ForecastRefusal.unfamiliar(input: "variance of 1 h")) {
            try forecaster.forecast(symbol: symbol, horizon: .h1, candles: candles, now: now)
        }
    }

    @Test("several symbols are pooled: one model, each with its own bands")
    func pooled() throws {
        let (a, b) = (try #require(Symbol("BTC")), try #require(Symbol("ETH")))
        let series = [
            SymbolCandles(symbol: a, candles: Self.turning(1_800)),
            SymbolCandles(symbol: b, candles: Self.turning(1_800, seed: 9)),
        ]
        let walks = WalkForward(horizon: .h4).run(series)
        #expect(walks.map(\.symbol) == [a, b])
        #expect(walks[0].steps.count == walks[1].steps.count && walks[0].steps.count > 900)
        #expect(walks[0].steps.last?.band90 != walks[1].steps.last?.band90)
        #expect(walks[0].steps.last?.trainedAt == walks[1].steps.last?.trainedAt)
    }

    @Test(
        "on real hours every gate of the hour and of four hours is met",
        .enabled(if: SharedData.has("candles/binance_usdm_perp_ETHUSDT_1h_20200101_20241231.csv.gz")),
        arguments: [Timeframe.h1, .h4])
    func realGates(horizon: Timeframe) throws {
        let symbol = try #require(Symbol("ETH"))
        let all = try SharedData.candles("candles/binance_usdm_perp_ETHUSDT_1h_20200101_20241231.csv.gz")
        let candles = Array(all[8_000..<21_000])
        let walk = WalkForward(horizon: horizon).run(
            [SymbolCandles(symbol: symbol, candles: candles)], from: candles[8_760].openTime)
        let report = WalkReport(walk, horizon: horizon, base: .h1, models: .standard)
        #expect(report.all.count > 4_000)
        for gate in try #require(ForecastGate.all(of: report)) {
            // Direction is told too seldom to be judged where it is no better than a coin.
            if gate.figure == nil, gate.name.hasPrefix("P(up)") { continue }
            #expect(gate.isMet == true, "\(gate.name) \(gate.figure ?? .nan) \(gate.whose ?? "")")
        }
    }
}
