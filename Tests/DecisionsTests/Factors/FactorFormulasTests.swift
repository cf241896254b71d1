import Decisions
import Market
import Testing
import Turns

@testable import Decisions

@Suite("Factors", .oneAtATime)
struct FactorFormulasTests {
    @Test("trend is the weighted mean of the readings that are known")
    func trend() throws {
        let all = try #require(
            FactorFormulas.trend(
                close: 110, macdHistogram: 1, atr: 2, sma20: 105, sma50: 100, bollingerMiddle: 105))
        #expect(abs(all - (0.25 * 0.5 + 0.25 * 0.8 + 0.2 * 0.3) / 0.7) < 1e-12)
        let early = try #require(
            FactorFormulas.trend(
                close: 110, macdHistogram: nil, atr: 2, sma20: 105, sma50: nil, bollingerMiddle: 105))
        #expect(abs(early - 0.3) < 1e-12)
        #expect(
            FactorFormulas.trend(
                close: 1, macdHistogram: nil, atr: nil, sma20: nil, sma50: nil, bollingerMiddle: nil) == nil)
    }

    @Test(
        "the order of price and averages counts as the contract says",
        arguments: [
            (110.0, 105.0, 100.0, 0.8), (110, 100, 105, 0.4), (90, 95, 100, -0.8), (90, 100, 95, -0.4),
            (102, 105, 100, 0), (102, 100, 105, 0),
        ])
    func averages(close: Double, sma20: Double, sma50: Double, expected: Double) {
        #expect(FactorFormulas.averages(close: close, sma20: sma20, sma50: sma50) == expected)
    }

    @Test(
        "reversal speaks only outside 30 to 70 and outside the bands",
        arguments: [
            (15.0, 94.0, 0.6 * 0.5 + 0.4 * 0.8), (50, 100, 0), (85, 106, -0.6 * 0.5 - 0.4 * 0.8), (29, 100, 0.02),
        ])
    func reversal(rsi: Double, close: Double, expected: Double) throws {
        let value = try #require(
            FactorFormulas.reversal(close: close, rsi: rsi, bollingerUpper: 105, bollingerLower: 95))
        #expect(abs(value - expected) < 1e-12)
    }

    @Test("momentum joins both parts, each on its own scale, and carries on without volume")
    func momentum() throws {
        let price = FactorFormulas.pricePart(change1h: 0.01, change24h: 0.02, change7d: -0.01)
        #expect(abs(price - 0.009) < 1e-12)
        #expect(FactorFormulas.volumePart(volumeRatio: 1.5, pricePart: -0.01) == -0.5)
        let both = FactorFormulas.momentum(pricePart: 0.009, priceScale: 0.018, volumePart: 2, volumeScale: 1)
        #expect(abs(try #require(both) - (0.7 * 0.5 + 0.3)) < 1e-12)
        let alone = FactorFormulas.momentum(pricePart: 0.009, priceScale: 0.018, volumePart: nil, volumeScale: nil)
        #expect(try #require(alone) == 0.5)
        #expect(FactorFormulas.momentum(pricePart: 1, priceScale: nil, volumePart: 1, volumeScale: 1) == nil)
    }

    @Test("volume has four steps", arguments: [(2.5, 0.8), (2, 0.5), (1.6, 0.5), (1, 0.2), (0.8, -0.3), (0.1, -0.3)])
    func volume(ratio: Double, expected: Double) {
        #expect(FactorFormulas.volume(ratio: ratio) == expected)
    }

    @Test("risk is one less the mean of volatility, liquidity and size risk")
    func risk() throws {
        let big = try #require(Fundamentals(marketCap: 5e11, volume24h: 2.5e10))
        #expect(abs(FactorFormulas.risk(volatility24h: 0.05, fundamentals: big) - (1 - (0.1 + 0 + 0.1) / 3)) < 1e-12)
        let tiny = try #require(Fundamentals(marketCap: 5e7, volume24h: 0))
        #expect(abs(FactorFormulas.risk(volatility24h: 2, fundamentals: tiny) - (1 - (1 + 1 + 0.8) / 3)) < 1e-12)
        #expect(Fundamentals(marketCap: 0, volume24h: 1) == nil)
    }

    @Test("risk and volume change the size of a conviction, never its side, and sells are judged as buys are")
    func score() throws {
        let up = try #require(FactorFormulas.score(trend: 0.4, momentum: 0.2, risk: 0.9, volume: 0.5, k: 1.4))
        #expect(abs(up - (1.4 * (0.25 * 0.4 + 0.15 * 0.2) / 0.4 + 0.08 + 0.05)) < 1e-12)
        let down = try #require(FactorFormulas.score(trend: -0.4, momentum: -0.2, risk: 0.9, volume: 0.5, k: 1.4))
        #expect(abs(up + down) < 1e-12)
        let level = try #require(FactorFormulas.score(trend: 0, momentum: nil, risk: 0.9, volume: 0.8, k: 1.4))
        #expect(level == 0)
        let bare = try #require(FactorFormulas.score(trend: 0.4, momentum: nil, risk: nil, volume: nil, k: 1.4))
        #expect(abs(bare - 0.56) < 1e-12)
        #expect(FactorFormulas.score(trend: nil, momentum: nil, risk: 1, volume: 1, k: 1.4) == nil)
    }

    @Test("a trailing quantile equals sorting the window, at every step", arguments: [0.5, 0.9])
    func quantile(probability: Double) throws {
        var random = SplitMix(state: 7)
        var quantile = TrailingQuantile(window: 50, minimum: 10, probability: probability)
        var values: [Double] = []
        for _ in 0..<400 {
            // Few distinct values, so that equal ones leave and enter.
            let value = (random.unit() * 20).rounded() / 4
            values.append(value)
            quantile.add(value)
            let window = values.suffix(50).sorted()
            guard window.count >= 10 else {
                #expect(quantile.value == nil)
                continue
            }
            let rank = probability * Double(window.count - 1)
            let low = Int(rank)
            let high = min(low + 1, window.count - 1)
            let expected = window[low] + (window[high] - window[low]) * (rank - Double(low))
            #expect(abs(try #require(quantile.value) - expected) < 1e-12)
        }
    }

    @Test("hours in which nothing traded keep the price and count as no volume")
    func holes() throws {
        var window = HourlyWindow()
        let candles = HourlyCandles.walk(200, seed: 3)
        for (hour, candle) in candles.enumerated() where !(150..<153).contains(hour) { window.add(candle) }
        #expect(try #require(window.change(hours: 1)) == candles[199].close / candles[198].close - 1)
        #expect(try #require(window.close(hoursAgo: 47)) == candles[149].close)
        #expect(try #require(window.close(hoursAgo: 168)) == candles[31].close)
        let day = candles[176...199].reduce(0) { $0 + $1.volume }
        let week = candles[32...199].reduce(0) { $0 + $1.volume } - candles[150..<153].reduce(0) { $0 + $1.volume }
        #expect(abs(try #require(window.volumeRatio) - day / (week / 7)) < 1e-9)
    }

    @Test("without any volume the volume factor is absent, not zero")
    func noVolume() throws {
        let silent = HourlyCandles.walk(1_000, seed: 4, volume: 0)
        let snapshot = try #require(FactorStream.latest(of: silent))
        #expect(snapshot.volume == nil && snapshot.volumeRatio == nil && snapshot.turnover24h == nil)
        #expect(snapshot.momentum != nil)
        #expect(snapshot.readings.map(\.name) == ["trend", "reversal", "momentum"])
    }

    @Test("momentum waits for thirty days of its own scale, the trend only for its averages")
    func leadIn() throws {
        let candles = HourlyCandles.walk(900, seed: 5)
        var stream = FactorStream()
        let momenta = candles.map { stream.update($0) }
        #expect(momenta[25].trend != nil && momenta[17].trend == nil)
        // 168 hours for the week's change, then 720 values of it.
        #expect(momenta[168 + 718].momentum == nil)
        #expect(momenta[168 + 719].momentum != nil)
    }
}
