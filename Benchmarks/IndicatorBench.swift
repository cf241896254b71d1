import Foundation
import Indicators
import Market

/// Twelve common indicators over one series: whole columns, and streamed; and all there are, streamed.
enum IndicatorBench {
    /// Every indicator once, with usual parameters.
    static let everything =
        "sma(20), ema(20), wma(20), dema(20), tema(20), kama(30), rsi(14), atr(14), natr(14), adx(14), adxr(14), "
        + "plus_di(14), minus_di(14), mfi(14), cci(20), williams(14), roc(10), mom(10), cmo(14), trix(9), stddev(20), "
        + "var(20), linearreg(14), linearreg_slope(14), midpoint(14), midprice(14), max(20), min(20), macd(12,26,9), "
        + "ppo(12,26), bollinger(20,2), stochastic(14,3,3), stochf(14,3), stochrsi(14,14,3), aroon(14), aroonosc(14), "
        + "sar(0.02,0.2), ultosc(7,14,28), adosc(3,10), obv, ad, bop, trange, typprice, vwap(24), ichimoku(9,26,52), "
        + "supertrend(10,3), donchian(20), keltner(20,2)"

    static func run() throws {
        let candles = try Series.given()
        let columns = CandleColumns(candles)
        report(
            "indicators12",
            Series.best(candles) {
                IndicatorSet.common.reduce(0) { $0 + (IndicatorBatch.columns(of: $1, over: columns)[0].last ?? 0) }
            }, "ns/candle")
        let all = try IndicatorSpec.parseList(everything)
        for (name, specs) in [("indicators12_stream", IndicatorSet.common), ("indicators_all_stream", all)] {
            report(
                name,
                Series.best(candles) {
                    var set = IndicatorSet(specs)
                    for candle in candles { set.update(candle) }
                    return set.values[0]
                }, "ns/candle")
        }
    }
}

/// The 61 candlestick patterns over one series, whole and streamed, and the chart patterns.
enum PatternBench {
    static func run() throws {
        let candles = try Series.given()
        report(
            "patterns61",
            Series.best(candles) {
                let table = CandlePatternTable(candles: candles)
                return Double(table.value(CandlePattern.all[0], at: table.count - 1) ?? 0)
            }, "ns/candle")
        report(
            "patterns61_stream",
            Series.best(candles) {
                var stream = CandlePatternStream()
                for candle in candles { stream.update(candle) }
                return Double(stream.value(CandlePattern.all[0]) ?? 0)
            }, "ns/candle")
        report(
            "chart_patterns_stream",
            Series.best(candles) {
                var stream = ChartPatternStream()
                return candles.reduce(0) { $0 + Double(stream.update($1).count) }
            }, "ns/candle")
    }
}

extension Duration {
    var nanoseconds: Double { Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9 }
    var milliseconds: Double { nanoseconds / 1e6 }
}

/// Candles for measurements.
enum Series {
    /// Those of the file that `VIGIA_BENCH_SERIES` names, so that others can be measured on the same; else made-up ones.
    static func given() throws -> [Candle] {
        guard let path = ProcessInfo.processInfo.environment["VIGIA_BENCH_SERIES"] else { return walk(count: 200_000) }
        return try CandleFile.read(path: path)
    }

    /// Nanoseconds of processor time a candle, of the fastest of seven runs: what others run meanwhile counts less.
    static func best(_ candles: [Candle], _ body: () -> Double) -> Double {
        var best = Double.infinity
        for _ in 0..<7 {
            var result = 0.0
            let began = clock()
            result = body()
            let took = Double(clock() - began) / Double(CLOCKS_PER_SEC) * 1e9
            // Looked at, so that the work is done.
            if result == .infinity { continue }
            best = min(best, took / Double(max(1, candles.count)))
        }
        return best
    }

    /// A random walk from a fixed seed.
    static func walk(count: Int, from begin: Timestamp = Timestamp(milliseconds: 1_700_000_040_000)) -> [Candle] {
        var seed: UInt64 = 88_172_645_463_325_252
        func next() -> Double {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Double(seed >> 11) / Double(1 << 53) - 0.5
        }
        var price = 30_000.0
        return (0..<count).map { index in
            let open = price
            price *= 1 + next() * 0.002
            let high = max(open, price) * (1 + abs(next()) * 0.0005)
            let low = min(open, price) * (1 - abs(next()) * 0.0005)
            return Candle(
                openTime: begin + .minutes(Int64(index)), open: open, high: high, low: low, close: price,
                volume: 10 + next() * 5)
        }
    }
}
