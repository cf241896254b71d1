import Foundation
import Market

/// The last 169 hours of a symbol on an unbroken hourly grid: price changes, volume ratio and volatility.
///
/// An hour in which nothing traded (the venue was down) has the close before it and no volume, which is what somebody
/// who looked at the market then saw.
struct HourlyWindow: Sendable {
    /// A week and the hour before it.
    static let length = 169

    private var closes: [Double] = []
    private var volumes: [Double] = []
    /// Where the next hour goes.
    private var next = 0
    private(set) var lastCloseTime: Timestamp?

    mutating func add(_ candle: Candle) {
        if let last = lastCloseTime, let close = self.close(hoursAgo: 0) {
            let missing = (candle.openTime - last).milliseconds / 3_600_000
            for _ in 0..<max(0, min(missing, Int64(HourlyWindow.length))) { put(close, 0) }
        }
        put(candle.close, candle.volume)
        lastCloseTime = candle.closeTime(.h1)
    }

    private mutating func put(_ close: Double, _ volume: Double) {
        if closes.count < HourlyWindow.length {
            closes.append(close)
            volumes.append(volume)
        } else {
            closes[next] = close
            volumes[next] = volume
        }
        next = (next + 1) % HourlyWindow.length
    }

    private func place(_ hoursAgo: Int) -> Int? {
        guard hoursAgo < closes.count else { return nil }
        let place = next - 1 - hoursAgo
        return place < 0 ? place + closes.count : place
    }

    /// Close `hoursAgo` hours before the newest one; `nil` before the window reaches that far.
    func close(hoursAgo: Int) -> Double? { place(hoursAgo).map { closes[$0] } }

    /// Fraction by which the newest close differs from the one so many hours before.
    func change(hours: Int) -> Double? {
        guard let now = close(hoursAgo: 0), let past = close(hoursAgo: hours) else { return nil }
        return now / past - 1
    }

    private func volume(hours: Int) -> Double? {
        guard hours <= volumes.count else { return nil }
        var sum = 0.0
        for hour in 0..<hours { if let place = place(hour) { sum += volumes[place] } }
        return sum
    }

    /// Volume of the last 24 hours over the mean of the last seven such days; `nil` where no volume is known.
    var volumeRatio: Double? {
        guard let day = volume(hours: 24), let week = volume(hours: 168), week > 0 else { return nil }
        return day / (week / 7)
    }

    /// What changed hands in the last 24 hours, in the quote asset, each hour at its close; `nil` where no volume is
    /// known.
    var turnover24h: Double? {
        guard let week = volume(hours: min(168, volumes.count)), week > 0, volumes.count >= 24 else { return nil }
        var sum = 0.0
        for hour in 0..<24 { if let place = place(hour) { sum += volumes[place] * closes[place] } }
        return sum
    }

    /// Sample standard deviation of the last 24 hourly log returns, scaled to a day by √24: a fraction.
    var volatility24h: Double? {
        guard closes.count > 24 else { return nil }
        var returns: [Double] = []
        returns.reserveCapacity(24)
        for hour in 0..<24 {
            guard let now = close(hoursAgo: hour), let past = close(hoursAgo: hour + 1) else { return nil }
            returns.append(log(now / past))
        }
        let mean = returns.reduce(0, +) / 24
        let squares = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / 23 * 24).squareRoot()
    }
}
