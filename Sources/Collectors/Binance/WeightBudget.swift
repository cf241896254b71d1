/// Decides when a request may go out under Binance's weight limit, from what its answers say was used
/// (`X-MBX-USED-WEIGHT-1M`). Back-fill stays within half of it; the rest keeps a tenth in reserve.
///
/// Times are spans since some start, on a clock that never goes back.
package struct WeightBudget: Hashable, Sendable {
    package enum Priority: Sendable {
        /// Gaps, tickers, the venue's time.
        case live
        /// First back-fill.
        case backfill
    }
    /// Weight allowed in a minute.
    package var limit: Int
    private var used = 0
    private var windowStart: Duration?
    private var closedUntil: Duration?
    private static let window: Duration = .seconds(60)

    package init(limit: Int = 6000) { self.limit = limit }

    /// How long a request has to wait; `nil` when it may go now, and then its weight is taken as used.
    package mutating func admit(weight: Int, priority: Priority, at now: Duration) -> Duration? {
        if let closedUntil {
            if now < closedUntil { return closedUntil - now }
            self.closedUntil = nil
        }
        if let start = windowStart, now - start >= Self.window { used = 0 }
        if used == 0 { windowStart = now }
        let share = priority == .backfill ? limit / 2 : limit - limit / 10
        guard used + weight <= share || used == 0 else { return Self.window - (now - (windowStart ?? now)) }
        used += weight
        return nil
    }

    /// Takes the venue's own count. A smaller one than before means that its minute began anew.
    package mutating func observe(used venueUsed: Int, at now: Duration) {
        if venueUsed < used / 2 { windowStart = now }
        used = max(venueUsed, 0)
        if windowStart == nil { windowStart = now }
    }

    /// The venue asked to wait (429, 418).
    package mutating func close(for wait: Duration, at now: Duration) {
        closedUntil = max(closedUntil ?? .zero, now + wait)
    }
}
