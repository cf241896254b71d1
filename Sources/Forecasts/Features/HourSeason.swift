import Foundation
import Market

/// How much more or less an hour of the day moves than the day around it, learned day by day (about four weeks count).
struct HourSeason: Sendable {
    private static let hour: Int64 = 3_600_000
    private var means = Array(repeating: RunningMean(span: 28), count: 24)
    private var isKnown = Array(repeating: false, count: 24)

    /// Variance of the hour that begins at `openTime` over the mean of the day that ends with it.
    mutating func add(_ ratio: Double, openTime: Timestamp) {
        let index = Self.index(openTime)
        // One wild hour says little about the hour of the day.
        means[index].add(min(6, ratio))
        isKnown[index] = true
    }

    /// Log of the mean ratio of so many hours from the one that begins at `openTime`; negative `hours` go back from it.
    func logRatio(from openTime: Timestamp, hours: Int) -> Double {
        var sum = 0.0
        for step in 0..<abs(hours) {
            let index = Self.index(openTime + .hours(Int64(hours < 0 ? -step : step)))
            sum += isKnown[index] ? means[index].value : 1
        }
        return log(max(0.05, sum / Double(abs(hours))))
    }

    private static func index(_ time: Timestamp) -> Int { Int(((time.milliseconds / hour) % 24 + 24) % 24) }
}
