import Foundation
import Market

/// Inputs of the volatility model at the close of a candle: how much the latest hours, days and weeks moved against the
/// trailing year (a heterogeneous autoregression, HAR, with exponential windows), falls, volume, hour and weekday.
struct VolatilityInputs: Sendable {
    let names: [String]
    private(set) var row: [Double]
    private let steps: Int
    private let base: Timeframe
    /// Hour of day matters where the horizon is a part of a day.
    private let isSeasonal: Bool
    private let day: Int
    private var windows: [RunningMean]
    private var dayWindow: RunningMean
    private var changes: [Double] = []
    private var shortVolume: RunningMean
    private var longVolume: RunningMean
    private var season = HourSeason()

    /// Variance of one candle over about a day.
    var dayVariance: Double { max(dayWindow.value, 1e-12) }

    init(base: Timeframe, steps: Int) {
        self.steps = steps
        self.base = base
        let hours = Double(base.span.milliseconds) / 3_600_000
        // Lengths in hours; those shorter than a candle fall together and are left out.
        let spans = [1.0, 4, 12, 24, 96, 336, 1_440].map { $0 / hours }.filter { $0 >= 1 }
        day = max(1, Int((24 / hours).rounded()))
        isSeasonal = base == .h1 && steps < 24
        windows = spans.map { RunningMean(span: $0) }
        dayWindow = RunningMean(span: max(1, 24 / hours))
        shortVolume = RunningMean(span: max(1, 3 / hours))
        longVolume = RunningMean(span: max(7, 168 / hours))
        var names = ["constant"] + spans.map { "variance of \(Int($0 * hours)) h" }
        names += ["fall of a day", "move of a day", "fall of the last candle", "volume"]
        if isSeasonal {
            names += ["hours to come", "hour before", "hours before", "weekend to come", "weekend before"]
            names += ["sine", "cosine", "second sine", "second cosine"]
        }
        self.names = names
        row = Array(repeating: 0, count: names.count)
    }

    /// Inputs that carry the level of variance, and what each of them is worth before anything is known.
    var centre: [Double] {
        names.map { $0.hasPrefix("variance") ? 0.9 / Double(windows.count) : 0 }
    }

    mutating func add(_ candle: Candle, variance: Double, change: Double, level: Double) {
        dayWindow.add(variance)
        changes.append(change)
        shortVolume.add(candle.volume)
        longVolume.add(candle.volume)
        row[0] = 1
        var column = 1
        for index in windows.indices {
            windows[index].add(variance)
            // A quiet minute must not look infinitely quiet.
            row[column] = log(max(windows[index].value / level, 1e-4))
            column += 1
        }
        let deviation = dayVariance.squareRoot()
        let fall = changes.suffix(day).reduce(0, +) / (deviation * Double(day).squareRoot())
        row[column] = max(-6, min(0, fall))
        row[column + 1] = min(6, abs(fall))
        row[column + 2] = max(-6, min(0, change / deviation))
        row[column + 3] =
            longVolume.value > 0 ? log(max(shortVolume.value, longVolume.value * 0.01) / longVolume.value) : 0
        column += 4
        guard isSeasonal else { return }
        season.add(variance / dayVariance, openTime: candle.openTime)
        let next = candle.closeTime(base)
        row[column] = season.logRatio(from: next, hours: steps)
        row[column + 1] = season.logRatio(from: candle.openTime, hours: -1)
        row[column + 2] = season.logRatio(from: candle.openTime, hours: -4)
        row[column + 3] = Self.weekend(from: next, hours: steps)
        row[column + 4] = Self.weekend(from: candle.openTime, hours: -12)
        let angle = 2 * Double.pi * Double(next.milliseconds % 86_400_000) / 86_400_000
        row[column + 5] = sin(angle)
        row[column + 6] = cos(angle)
        row[column + 7] = sin(2 * angle)
        row[column + 8] = cos(2 * angle)
    }

    /// Share of the hours that lie in Saturday or Sunday, UTC.
    private static func weekend(from time: Timestamp, hours: Int) -> Double {
        var inside = 0
        for step in 0..<abs(hours) {
            let hour = (time.milliseconds / 3_600_000) + Int64(hours < 0 ? -step : step)
            // Unix time began on a Thursday.
            if [0, 6].contains((hour / 24 + 4) % 7) { inside += 1 }
        }
        return Double(inside) / Double(abs(hours))
    }
}
