package import Market

/// The clocks of delivery: `wall` for leases, pacing, retries and expiry; `rule` (`VIGIA_CLOCK`) for quiet hours, mutes
/// and budgets; `waiting` for sleeping.
package struct DeliveryTime: Sendable {
    package var wall: any TimeSource
    package var rule: any TimeSource
    package var waiting: any Clock<Duration>

    package init(
        wall: any TimeSource = WallTime(), rule: any TimeSource = WallTime(),
        waiting: any Clock<Duration> = ContinuousClock()
    ) {
        self.wall = wall
        self.rule = rule
        self.waiting = waiting
    }
}

/// How long to leave something alone that keeps failing: doubles from `first` up to `most`, and starts anew after a
/// success.
struct BackOff: Sendable {
    let first: Span
    let most: Span
    private(set) var failures = 0

    init(first: Span = .milliseconds(100), most: Span = .seconds(5)) {
        self.first = first
        self.most = most
    }

    mutating func failed() -> Span {
        failures += 1
        return BackOff.span(first: first, most: most, failures: failures)
    }

    mutating func succeeded() { failures = 0 }

    static func span(first: Span, most: Span, failures: Int) -> Span {
        // Past 40 doublings every first span is beyond every sensible bound, and the shift would overflow.
        min(most, first * (1 << Int64(min(max(failures - 1, 0), 40))))
    }
}
