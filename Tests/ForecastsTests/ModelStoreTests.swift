import Foundation
import Market
import Support
import Testing
import Turns

@testable import Forecasts

@Suite(.oneAtATime) struct ModelStoreTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)")

    private func trained(_ count: Int, horizon: Timeframe = .h1) throws -> TrainedModel {
        let symbol = try #require(Symbol("BTC"))
        let candles = WalkForwardTests.turning(count)
        return try #require(
            WalkForward(horizon: horizon).train([SymbolCandles(symbol: symbol, candles: candles)]))
    }

    @Test("a model is kept whole, put to use and rolled back; a worse one is kept aside")
    func versions() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = ModelStore(folder: folder)
        #expect(store.current(.h1) == nil && store.versions(.h1).isEmpty)
        var model = try trained(1_500)
        #expect(model.rows > 1_000 && model.to <= WalkForwardTests.turning(1_500)[1_499].closeTime(.h1))
        #expect(model.scores.judged > 300 && model.scores.loss < model.scores.constantLoss)
        let one = try store.offer(model)
        #expect(one.version == 1 && one.isAdopted)
        #expect(store.current(.h1)?.model == model)
        let first = model
        model.scores.skill += 0.01
        let two = try store.offer(model)
        #expect(two.version == 2 && two.isAdopted)
        model.scores.skill -= 0.05
        let three = try store.offer(model)
        #expect(three.version == 3 && !three.isAdopted)
        #expect(store.current(.h1)?.version == 2 && store.versions(.h1) == [1, 2, 3])
        #expect(try store.rollBack(.h1) == 1)
        #expect(store.current(.h1)?.model == first)
        #expect(try store.rollBack(.h1) == nil)
        #expect(throws: ModelStore.Failure.noSuchVersion(9)) { try store.adopt(9, .h1) }
        #expect(store.current(.h4) == nil)
    }

    @Test("a file that was cut short is no model, and does not stop the next version")
    func damaged() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = ModelStore(folder: folder)
        let model = try trained(1_200)
        _ = try store.offer(model)
        try Data("{\"horizon\":".utf8).write(to: folder.appending(path: "1h/000001.json"))
        #expect(store.current(.h1) == nil)
        let next = try store.offer(model)
        #expect(next.version == 2 && next.isAdopted)
    }

    @Test("the forecaster uses the store's model from the end of its training on, and says when that was")
    func used() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let symbol = try #require(Symbol("BTC"))
        let candles = WalkForwardTests.turning(2_000)
        let store = ModelStore(folder: folder)
        var model = try trained(1_800)
        // Ten times the variance: what comes of it cannot be missed.
        model.variances.coefficients[0] += log(10)
        _ = try store.offer(model)
        let now = candles[1_999].closeTime(.h1)
        func answer(_ forecaster: EnsembleForecaster) throws -> Forecast {
            try forecaster.forecast(symbol: symbol, horizon: .h1, candles: candles, now: now)
        }
        let own = try answer(EnsembleForecaster())
        let given = try answer(EnsembleForecaster(store: store))
        #expect(given.trainedAt == model.to && own.trainedAt != nil)
        #expect(given.band90 != own.band90)
        // Bands are quantiles of past moves in the same model's units: a model that is off by a constant makes none wider.
        func width(_ forecast: Forecast) -> Double { forecast.band90.high / forecast.band90.low - 1 }
        #expect(abs(width(given) / width(own) - 1) < 0.25)
        #expect(own.record90.count == 500 && own.skill != nil && own.voters["har"] == 1)
        #expect(try answer(EnsembleForecaster()) == own)
    }

    @Test("with little history the simple forecaster answers, over a week nobody does")
    func young() throws {
        let symbol = try #require(Symbol("BTC"))
        let candles = WalkForwardTests.turning(400)
        let now = candles[399].closeTime(.h1)
        let forecaster = EnsembleForecaster()
        let hour = try forecaster.forecast(symbol: symbol, horizon: .h1, candles: candles, now: now)
        #expect(hour.voters == ["ewma": 1] && hour.trainedAt == nil)
        #expect(throws: ForecastRefusal.historyTooShort(have: 400, need: 1_032)) {
            try forecaster.forecast(symbol: symbol, horizon: .w1, candles: candles, now: now)
        }
        #expect(throws: ForecastRefusal.stale(since: now)) {
            try forecaster.forecast(symbol: symbol, horizon: .h1, candles: candles, now: now + .hours(4))
        }
    }
}
