import Foundation
package import Market

/// Made-up prices that behave somewhat as real ones do, the same for the same seed: spells of trend and of rest, calm
/// and wild hours that cluster, sudden jumps, a common pull of the whole market, and more volume by day than by night.
/// They are for demonstration only and are always marked as venue `simulated`.
package struct SimulatedMarket: Sendable {
    /// A spell that the market is in.
    private enum Regime: CaseIterable {
        case rest, rise, fall, storm

        /// Drift of the log price per minute.
        var drift: Double {
            switch self {
            case .rest: 0
            case .rise: 0.000_06
            case .fall: -0.000_06
            case .storm: -0.000_03
            }
        }
        /// Usual size of a minute's move.
        var deviation: Double {
            switch self {
            case .rest: 0.000_5
            case .rise, .fall: 0.000_8
            case .storm: 0.002
            }
        }
    }

    private struct Asset {
        var symbol: Symbol
        let anchor: Double
        var logPrice: Double
        var variance: Double
        let usualVolume: Double
        let wildness: Double
    }

    /// Price that each symbol starts near, for those people know; others start at 10.
    package static let usualPrices: [String: Double] = [
        "BTC": 60_000, "ETH": 3_000, "SOL": 150, "ADA": 0.45, "AVAX": 30, "BNB": 550, "XRP": 0.55, "DOGE": 0.12,
    ]

    package private(set) var now: Timestamp
    private var assets: [Asset]
    private var regime = Regime.rest
    private var random: SplitMix64

    /// `start` is rounded down to a whole hour.
    package init(seed: UInt64, symbols: [Symbol], start: Timestamp) {
        random = SplitMix64(state: seed)
        now = Timeframe.h1.openTime(containing: start)
        assets = symbols.sorted().map { symbol in
            let price = Self.usualPrices[symbol.base] ?? 10
            let wildness = symbol.base == "BTC" ? 1 : 1.3
            return Asset(
                symbol: symbol, anchor: log(price), logPrice: log(price), variance: 0.000_000_25,
                usualVolume: 2_000_000 / price, wildness: wildness)
        }
    }

    package var symbols: [Symbol] { assets.map(\.symbol) }

    /// The next candle of every symbol; `length` must be 1m or 1h. `path` holds the prices passed on the way, last one
    /// the close.
    package mutating func next(_ length: Timeframe) -> [(symbol: Symbol, candle: Candle, path: [Double])] {
        let steps = length == .m1 ? 4 : 12
        let minutes = length.span.seconds / 60 / Double(steps)
        var paths = assets.map { [Self.rounded(exp($0.logPrice))] }
        for _ in 0..<steps { move(minutes: minutes, &paths) }
        let openTime = now
        now += length.span
        return assets.indices.map { index in
            let path = paths[index]
            let asset = assets[index]
            let open = path[0]
            let close = path[path.count - 1]
            let high = path.max() ?? open
            let low = path.min() ?? open
            let move = abs(close / open - 1) / (0.000_7 * (length.span.seconds / 60).squareRoot())
            let volume =
                asset.usualVolume * length.span.seconds / 60 * daylight(openTime) * (0.5 + move)
                * (0.6 + 0.8 * random.unit())
            let candle = Candle(
                openTime: openTime, open: open, high: high, low: low, close: close,
                volume: (volume * 1000).rounded() / 1000)
            return (asset.symbol, candle, Array(path.dropFirst()))
        }
    }

    private mutating func move(minutes: Double, _ paths: inout [[Double]]) {
        // A spell lasts about ten hours.
        if random.unit() < minutes / 600 { regime = Regime.allCases[Int(random.next() % 4)] }
        let common = random.normal()
        // The whole market jumps about once in four days.
        let marketJump = random.unit() < minutes / 5760 ? random.normal() * 0.02 : 0
        for index in assets.indices {
            let own = random.normal()
            let base = regime.deviation * assets[index].wildness
            // Variance of a minute goes back to the spell's own and remembers the last move.
            let shock = 0.6 * common + 0.8 * own
            var variance = assets[index].variance
            let deviation = variance.squareRoot()
            let ownJump = random.unit() < minutes / 11_520 ? random.normal() * 0.03 : 0
            let pull = (assets[index].anchor - assets[index].logPrice) * 0.000_02 * minutes
            let change = regime.drift * minutes + deviation * minutes.squareRoot() * shock + marketJump + ownJump + pull
            variance = 0.1 * base * base + 0.1 * deviation * deviation * shock * shock + 0.8 * variance
            assets[index].variance = min(max(variance, 1e-8), 2.5e-5)
            assets[index].logPrice += change
            paths[index].append(Self.rounded(exp(assets[index].logPrice)))
        }
    }

    /// More trade while Europe and America are awake.
    private func daylight(_ time: Timestamp) -> Double {
        let hour = Double(time.milliseconds % 86_400_000) / 3_600_000
        return 1 + 0.5 * sin((hour - 9) / 24 * 2 * .pi)
    }

    /// Prices step as a venue's would: about six significant digits.
    private static func rounded(_ price: Double) -> Double {
        let scale = price >= 1000 ? 100.0 : price >= 1 ? 10_000.0 : 1_000_000.0
        return max(1, (price * scale).rounded()) / scale
    }
}

/// A small generator with a state of 64 bits. Steele, Lea and Flood: Fast splittable pseudorandom number generators
/// (2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 to 1, without 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
