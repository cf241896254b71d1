import Market

/// When data is too old to be believed: older than max(60 s, three intervals).
enum Staleness {
    /// In milliseconds.
    static func limit(_ timeframe: Timeframe) -> Int64 { max(60_000, 3 * timeframe.span.milliseconds) }
}

extension Timeframe {
    /// Place among all timeframes, shortest first.
    var ordinal: Int {
        switch self {
        case .m1: 0
        case .m5: 1
        case .m15: 2
        case .h1: 3
        case .h4: 4
        case .d1: 5
        case .w1: 6
        }
    }
}
