import Forecasts
import Foundation
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct EWMAForecasterTests {
    private let forecaster = EWMAForecaster()
    private let symbol = Symbol(base: "BTC", quote: String?.none)

    private func answer(_ candles: [Candle], _ horizon: Timeframe, late: Span = .zero) throws -> Forecast {
        let base = forecaster.input(for: horizon).timeframe
        let now = try #require(candles.last).closeTime(base) + late
        return try forecaster.forecast(symbol: try #require(symbol), horizon: horizon, candles: candles, now: now)
    }

    @Test(
        "the median is no change, the bands lie in each other, and direction is left open",
        arguments: Timeframe.allCases)
    func shape(horizon: Timeframe) throws {
        let input = forecaster.input(for: horizon)
        #expect(horizon.span.milliseconds % input.timeframe.span.milliseconds == 0)
        let candles = [Candle].walk(1_500, timeframe: input.timeframe)
        let forecast = try answer(candles, horizon)
        let price = try #require(candles.last).close
        #expect(forecast.at == candles.last?.closeTime(input.timeframe))
        #expect(forecast.price == price && forecast.median == price)
        #expect(forecast.band90.low < forecast.band50.low && forecast.band50.low < price)
        #expect(price < forecast.band50.high && forecast.band50.high < forecast.band90.high)
        #expect(forecast.probabilityUp == nil)
        #expect(forecast.voters == ["ewma": 1])
        #expect(forecast.record90.count == 500 && forecast.record50.count == 500)
        #expect(forecast.moveChances.map(\.move) == [0.01, 0.02, 0.05])
        #expect(zip(forecast.moveChances, forecast.moveChances.dropFirst()).allSatisfy { $0.chance >= $1.chance })
    }

    @Test("on moves of one known size the bands, the deviation and the chances are that size")
    func knownSize() throws {
        // Up and down by 1% in a random order.
        var random = SteadyRandom(seed: 4)
        var close = 100.0
        let candles = (0..<3_000).map { index -> Candle in
            let open = close
            close *= exp(Bool.random(using: &random) ? 0.01 : -0.01)
            return Candle(
                openTime: Timestamp(seconds: Int64(index) * 3600), open: open, high: max(open, close),
                low: min(open, close), close: close, volume: 1)
        }
        let hour = try answer(candles, .h1)
        #expect(abs(hour.sigma - 0.01) < 1e-9)
        #expect(abs(hour.band90.high / hour.price - exp(0.01)) < 1e-9)
        #expect(abs(hour.band50.low / hour.price - exp(-0.01)) < 1e-9)
        let day = try answer(candles, .d1)
        #expect(abs(day.sigma / (0.01 * 24.0.squareRoot()) - 1) < 0.15)
        // 24 steps of a coin: 12 ± 2.45; five percent up needs five more ups than downs: 6 or more of an even number.
        let five = try #require(day.moveChances.last)
        #expect(abs(five.chance - 0.307) < 0.06)
    }

    @Test("too little history is refused with the numbers, an old one with its time")
    func refusals() throws {
        let candles = [Candle].walk(400)
        #expect(throws: ForecastRefusal.historyTooShort(have: 0, need: 200)) {
            try forecaster.forecast(
                symbol: try #require(symbol), horizon: .h1, candles: [], now: Timestamp(seconds: 0))
        }
        // The first 30 candles only warm up; the move must have ended.
        #expect(throws: ForecastRefusal.historyTooShort(have: 199, need: 200)) {
            try answer(Array(candles.prefix(30 + 199 + 1)), .h1)
        }
        #expect(throws: Never.self) { try answer(Array(candles.prefix(30 + 200 + 1)), .h1) }
        #expect(throws: ForecastRefusal.historyTooShort(have: 199, need: 200)) {
            try answer(Array(candles.prefix(30 + 199 + 24)), .d1)
        }
        #expect(throws: Never.self) { try answer(candles, .h1, late: .hours(3)) }
        let closed = try #require(candles.last).closeTime(.h1)
        #expect(throws: ForecastRefusal.stale(since: closed)) {
            try answer(candles, .h1, late: .hours(3) + .milliseconds(1))
        }
    }

    @Test("a price that never moved gives no forecast, and one that stopped a narrow one")
    func flat() throws {
        let still = (0..<600).map {
            Candle(openTime: Timestamp(seconds: Int64($0) * 3600), open: 1, high: 1, low: 1, close: 1, volume: 0)
        }
        #expect(throws: ForecastRefusal.historyTooShort(have: 0, need: 200)) { try answer(still, .h1) }
        var stopped = [Candle].walk(1_500)
        for index in 1_000..<1_500 {
            let close = stopped[999].close
            (stopped[index].open, stopped[index].high) = (close, close)
            (stopped[index].low, stopped[index].close) = (close, close)
        }
        let forecast = try answer(stopped, .h1)
        #expect(forecast.band90.low <= forecast.price && forecast.price <= forecast.band90.high)
        #expect(forecast.moveChances.allSatisfy { $0.chance < 0.01 })
    }

    @Test("a hole in the candles makes no move of the wrong length")
    func hole() throws {
        // Every second candle is missing in part of the series, and the price leaps over the hole.
        var candles = [Candle].walk(3_000)
        candles = candles.enumerated().filter { !(1_000..<1_400).contains($0.offset) }.map(\.element)
        let steps = forecaster.walkForward(candles: candles, horizon: .h4)
        let before = try #require(candles[safe: 999]).closeTime(.h1)
        for step in steps where step.at > before - .hours(4) && step.at <= before { #expect(step.outcome == nil) }
        #expect(steps.filter { $0.outcome == nil }.count == 4 + 4)
    }

    @Test("candles after an instant change nothing that was forecast before", arguments: [Timeframe.h1, .h4, .d1])
    func noLookAhead(horizon: Timeframe) throws {
        let candles = [Candle].walk(1_600, seed: 6)
        let cut = 1_200
        var changed = candles
        for index in (cut + 1)..<changed.count {
            changed[index].close *= index.isMultiple(of: 2) ? 3 : 0.2
            changed[index].high = max(changed[index].high, changed[index].close)
            changed[index].low = min(changed[index].low, changed[index].close)
        }
        let at = candles[cut].closeTime(.h1)
        func known(_ steps: [WalkForwardStep]) -> [WalkForwardStep] {
            steps.filter { $0.at <= at }.map {
                var step = $0
                step.outcome = nil
                return step
            }
        }
        let original = known(forecaster.walkForward(candles: candles, horizon: horizon))
        #expect(original.count > 900)
        #expect(known(forecaster.walkForward(candles: changed, horizon: horizon)) == original)
        // And the forecast made at that instant is the one that the walk shows there.
        let forecast = try answer(Array(candles.prefix(cut + 1)), horizon)
        let last = try #require(original.last)
        #expect(forecast.band90 == last.band90 && forecast.band50 == last.band50)
        #expect(abs(forecast.sigma / last.sigma - 1) < 1e-9)
    }

    @Test("the record counts what the walk before it would have counted")
    func record() throws {
        let candles = [Candle].walk(1_500, seed: 8)
        let steps = forecaster.walkForward(candles: candles, horizon: .h4).filter { $0.outcome != nil }.suffix(500)
        let forecast = try answer(candles, .h4)
        func held(_ band: KeyPath<WalkForwardStep, PriceBand>) -> Int {
            steps.filter { step in
                guard let outcome = step.outcome else { return false }
                return step[keyPath: band].low <= outcome && outcome <= step[keyPath: band].high
            }.count
        }
        #expect(forecast.record90 == BandRecord(held: held(\.band90), count: 500))
        #expect(forecast.record50 == BandRecord(held: held(\.band50), count: 500))
    }

    @Test(
        "on real hours the 90% band holds 86 to 94% of the time, the 50% band 45 to 55%",
        .enabled(if: SharedData.has("candles/binance_usdm_perp_BTCUSDT_1h_20200101_20241231.csv.gz")),
        arguments: ["BTCUSDT", "ETHUSDT"], [Timeframe.h1, .h4, .d1])
    func coverage(pair: String, horizon: Timeframe) throws {
        let candles = try SharedData.candles("candles/binance_usdm_perp_\(pair)_1h_20200101_20241231.csv.gz")
        var (held50, held90, count) = (0.0, 0.0, 0.0)
        for step in forecaster.walkForward(candles: candles, horizon: horizon) {
            guard let outcome = step.outcome else { continue }
            count += 1
            if step.band50.low <= outcome, outcome <= step.band50.high { held50 += 1 }
            if step.band90.low <= outcome, outcome <= step.band90.high { held90 += 1 }
        }
        #expect(count > 40_000)
        #expect((0.86...0.94).contains(held90 / count), "\(held90 / count)")
        #expect((0.45...0.55).contains(held50 / count), "\(held50 / count)")
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
