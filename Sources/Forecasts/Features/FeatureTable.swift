import Foundation
import Market

/// What is known of one symbol at the close of each candle, and what came of it one horizon later.
///
/// A row of inputs is computed in one pass from candles up to its own, so that no later candle can change it. Outcomes
/// are apart from inputs: `moves` and `realized` of a row are of candles after it.
struct FeatureTable: Sendable {
    let symbol: Symbol
    let base: Timeframe
    /// Candles a horizon.
    let steps: Int
    let closes: [Double]
    let closeTimes: [Timestamp]
    /// Inputs of the volatility model, row by row. All are logarithms of ratios, so that symbols can be pooled.
    var volatility: [Double]
    let volatilityNames: [String]
    /// Inputs of the direction models, row by row, in deviations.
    var direction: [Double]
    let directionNames: [String]
    /// Variance of one candle over the trailing year: its geometric mean, which a crash hardly moves.
    let levels: [Double]
    /// Variance over the horizon by plain recipes: of the trailing year, and exponentially weighted squared returns.
    let constantVariances: [Double]
    let ewmaVariances: [Double]
    /// Log return over the horizon; not a number where it has not ended or a candle is missing on the way.
    let moves: [Double]
    /// Sum of the candles' variances over the horizon; not a number where `moves` is not.
    let realized: [Double]

    var count: Int { closes.count }
    func volatilityRow(_ index: Int) -> ArraySlice<Double> {
        volatility[(index * volatilityNames.count)..<((index + 1) * volatilityNames.count)]
    }
    func directionRow(_ index: Int) -> ArraySlice<Double> {
        direction[(index * directionNames.count)..<((index + 1) * directionNames.count)]
    }
    /// The instant at which the outcome of a row is known.
    func endTime(_ index: Int) -> Timestamp {
        closeTimes[index] + Span(milliseconds: base.span.milliseconds * Int64(steps))
    }

    init(symbol: Symbol, candles: [Candle], base: Timeframe, horizon: Timeframe) {
        let steps = max(1, Int(horizon.span.milliseconds / base.span.milliseconds))
        let count = candles.count
        let variances = CandleVariance.series(candles, base: base)
        let logs = candles.map { log($0.close) }
        var volatilityInputs = VolatilityInputs(base: base, steps: steps)
        var directionInputs = DirectionInputs()
        var year = TrailingYear(base: base)
        var ewma = RunningMean(span: Self.ewmaSpan(base, steps))
        self.symbol = symbol
        self.base = base
        self.steps = steps
        volatilityNames = volatilityInputs.names
        directionNames = directionInputs.names
        closes = candles.map(\.close)
        closeTimes = candles.map { $0.closeTime(base) }
        var volatility: [Double] = []
        var direction: [Double] = []
        volatility.reserveCapacity(count * volatilityInputs.names.count)
        direction.reserveCapacity(count * directionInputs.names.count)
        var (levels, constants, ewmas): ([Double], [Double], [Double]) = ([], [], [])
        for index in 0..<count {
            let change = index > 0 ? logs[index] - logs[index - 1] : 0
            year.add(variances[index])
            ewma.add(change * change)
            volatilityInputs.add(candles[index], variance: variances[index], change: change, level: year.level)
            directionInputs.add(candles[index], logs: logs, index: index, variance: volatilityInputs.dayVariance)
            volatility += volatilityInputs.row
            direction += directionInputs.row
            levels.append(year.level)
            constants.append(year.mean * Double(steps))
            ewmas.append(max(ewma.value, 1e-12) * Double(steps))
        }
        self.volatility = volatility
        self.direction = direction
        self.levels = levels
        constantVariances = constants
        ewmaVariances = ewmas
        let span = base.span.milliseconds * Int64(steps)
        var sums = [0.0]
        for variance in variances { sums.append((sums.last ?? 0) + variance) }
        var (moves, realized): ([Double], [Double]) = ([], [])
        for index in 0..<count {
            let end = index + steps
            guard end < count, candles[end].openTime.milliseconds - candles[index].openTime.milliseconds == span else {
                moves.append(.nan)
                realized.append(.nan)
                continue
            }
            moves.append(logs[end] - logs[index])
            realized.append(max(sums[end + 1] - sums[index + 1], 1e-12))
        }
        self.moves = moves
        self.realized = realized
    }

    /// Spans that were best for squared returns: 12, 96, 168 and 336 hours for the four horizons.
    private static func ewmaSpan(_ base: Timeframe, _ steps: Int) -> Double {
        let hours = Double(base.span.milliseconds) / 3_600_000
        let horizon = hours * Double(steps)
        let span = horizon <= 1 ? 12.0 : horizon <= 4 ? 96 : horizon <= 24 ? 168 : 336
        return max(3, span / hours)
    }
}

/// Variance of one candle from its range.
enum CandleVariance {
    /// Garman and Klass (1980): ½ ln²(H/L) − (2 ln 2 − 1) ln²(C/O), plus the squared leap from the close before, of log
    /// prices. Where nothing traded it is held above 1e-12.
    static func series(_ candles: [Candle], base: Timeframe) -> [Double] {
        var before: Candle?
        return candles.map { candle in
            let range = log(candle.high / candle.low)
            let body = log(candle.close / candle.open)
            var variance = 0.5 * range * range - (2 * log(2) - 1) * body * body
            if let before, before.openTime + base.span == candle.openTime {
                let leap = log(candle.open / before.close)
                variance += leap * leap
            }
            before = candle
            return max(variance, 1e-12)
        }
    }
}

/// Variance of a candle over the trailing year.
struct TrailingYear: Sendable {
    private let length: Int
    private var values: [Double] = []
    private var logs: [Double] = []
    private var sum = 0.0
    private var sumOfLogs = 0.0

    init(base: Timeframe) { length = Int(Span.days(365).milliseconds / base.span.milliseconds) }

    mutating func add(_ variance: Double) {
        values.append(variance)
        logs.append(log(variance))
        sum += variance
        sumOfLogs += log(variance)
        if values.count > length {
            sum -= values[values.count - 1 - length]
            sumOfLogs -= logs[logs.count - 1 - length]
        }
    }

    var mean: Double { max(sum / Double(min(values.count, length)), 1e-12) }
    var level: Double { exp(sumOfLogs / Double(min(logs.count, length))) }
}
