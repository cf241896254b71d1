/// Length of a candle. `1m` is the base; the others are aggregated from it. Weeks start on Monday, UTC.
package enum Timeframe: String, CaseIterable, Sendable, Codable, Comparable {
    case m1 = "1m"
    case m5 = "5m"
    case m15 = "15m"
    case h1 = "1h"
    case h4 = "4h"
    case d1 = "1d"
    case w1 = "1w"

    package var span: Span {
        switch self {
        case .m1: .minutes(1)
        case .m5: .minutes(5)
        case .m15: .minutes(15)
        case .h1: .hours(1)
        case .h4: .hours(4)
        case .d1: .days(1)
        case .w1: .days(7)
        }
    }

    /// Start of the candle that contains `time`.
    package func openTime(containing time: Timestamp) -> Timestamp {
        // Unix time began on a Thursday: the first Monday is four days later.
        let shift: Int64 = self == .w1 ? 4 * 86_400_000 : 0
        let length = span.milliseconds
        let offset = (time.milliseconds - shift) % length
        return Timestamp(milliseconds: time.milliseconds - (offset < 0 ? offset + length : offset))
    }

    package func isAligned(_ time: Timestamp) -> Bool { openTime(containing: time) == time }

    package static func < (a: Timeframe, b: Timeframe) -> Bool { a.span < b.span }
}
