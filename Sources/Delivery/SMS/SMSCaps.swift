package import Market
import Foundation

/// How many SMS the bot sends at most (`SMS_DAILY_CAP`, `SMS_MONTHLY_CAP`): each costs money, whatever goes wrong.
/// Days and months are those of UTC.
package struct SMSCaps: Hashable, Sendable {
    package var daily: Int
    package var monthly: Int

    package init(daily: Int = 20, monthly: Int = 200) {
        self.daily = daily
        self.monthly = monthly
    }

    /// What was sent of this day's and this month's.
    package struct Usage: Hashable, Sendable {
        package var day: Int
        package var month: Int
        package init(day: Int, month: Int) {
            self.day = day
            self.month = month
        }
    }

    package enum Verdict: Hashable, Sendable {
        case allowed
        case dayUsedUp(cap: Int)
        case monthUsedUp(cap: Int)
    }

    /// Whether one more may go.
    package func verdict(_ usage: Usage) -> Verdict {
        if usage.month >= monthly { return .monthUsedUp(cap: monthly) }
        if usage.day >= daily { return .dayUsedUp(cap: daily) }
        return .allowed
    }

    /// Start of the day, UTC.
    package static func day(of time: Timestamp) -> Timestamp { Timeframe.d1.openTime(containing: time) }

    /// Start of the month, UTC.
    package static func month(of time: Timestamp) -> Timestamp {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month], from: time.date)
        return calendar.date(from: parts).map { Timestamp($0) } ?? day(of: time)
    }
}
