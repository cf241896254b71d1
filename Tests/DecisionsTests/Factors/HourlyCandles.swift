import Market

/// Made-up 1h candles for tests; the same seed gives the same series.
enum HourlyCandles {
    static let start = Timestamp(milliseconds: 1_600_002_000_000 / 3_600_000 * 3_600_000)

    /// A random walk with volatility that comes in waves, so that strong moves happen.
    static func walk(_ count: Int, seed: UInt64, price: Double = 1_000, volume: Double = 5_000) -> [Candle] {
        var random = SplitMix(state: seed)
        var close = price
        return (0..<count).map { hour in
            let open = close
            let wave = hour / 200 % 3 == 0 ? 0.02 : 0.006
            let drift = (hour / 60 % 5 == 0 ? 0.002 : hour / 60 % 5 == 2 ? -0.002 : 0)
            close = max(1, open * (1 + drift + wave * (random.unit() + random.unit() - 1)))
            let wick = 1 + 0.003 * random.unit()
            return Candle(
                openTime: start + .hours(Int64(hour)), open: open, high: max(open, close) * wick,
                low: min(open, close) / wick, close: close, volume: volume * (0.3 + 2 * random.unit() * random.unit()))
        }
    }

    /// Quiet, then a steep climb.
    static func climb(quiet: Int, rise: Int, step: Double = 0.006, volume: Double = 5_000) -> [Candle] {
        var close = 1_000.0
        return (0..<(quiet + rise)).map { hour in
            let open = close
            close =
                hour < quiet ? 1_000 + (hour % 2 == 0 ? 1.5 : -1.5) : close * (1 + step * (hour % 4 == 3 ? -0.5 : 1))
            return Candle(
                openTime: start + .hours(Int64(hour)), open: open, high: max(open, close) * 1.001,
                low: min(open, close) * 0.999, close: close, volume: volume * (hour < quiet ? 1 : 2))
        }
    }
}

/// A small generator with a state that tests can name.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In [0, 1).
    mutating func unit() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }
}
