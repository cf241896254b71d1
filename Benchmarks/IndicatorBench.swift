import Indicators
import Market

/// Twelve common indicators over one series, streamed.
enum IndicatorBench {
    static let twelve =
        "rsi(14), macd(12,26,9), bollinger(20,2), sma(20), sma(50), ema(50), atr(14), adx(14), stochastic(14,3,3), obv, mfi(14), cci(20)"

    static func run() {
        guard let specs = try? IndicatorSpec.parseList(twelve) else { return }
        let candles = Series.walk(count: 200_000)
        var best = Double.infinity
        for _ in 0..<5 {
            var streams = specs.map { IndicatorStream($0) }
            var sum = 0.0
            let took = ContinuousClock().measure {
                for candle in candles {
                    for index in streams.indices {
                        streams[index].update(candle)
                        sum += streams[index].value ?? 0
                    }
                }
            }
            if sum.isNaN { return }
            best = min(best, took.nanoseconds / Double(candles.count))
        }
        report("indicators12", best, "ns/candle")
    }
}

extension Duration {
    var nanoseconds: Double { Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9 }
    var milliseconds: Double { nanoseconds / 1e6 }
}

/// Made-up candles for measurements: a random walk from a fixed seed.
enum Series {
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
