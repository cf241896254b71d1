import Market

/// Keeps one sliding window such that a provider that counts arrivals never sees more than `rate` allows, however the
/// network shifts them.
///
/// A send arrives somewhere between its start and its completion. So it occupies a place from its start until one whole
/// window after its completion. Take any arrivals that fall into one window, and of them the send that started last: the
/// others had not been complete for a whole window when it started (or they would have arrived too early to share a
/// window with it), so they all held a place then, and were fewer than `rate.count`.
///
/// The margin covers what that argument leaves out: stamps are whole milliseconds, and two clocks never run at quite the
/// same speed.
struct SlidingWindow: Sendable {
    private let count: Int
    private let span: Span
    private var started = 0
    private var completed: [Timestamp] = []

    init(_ rate: Rate) {
        count = rate.count
        span = rate.span + .milliseconds(10 + rate.span.milliseconds / 200)
    }

    enum Readiness: Hashable {
        case now
        case at(Timestamp)
        /// All places are taken by sends in hand: one of them must complete first.
        case afterCompletion
    }

    /// When a send may start that leaves `reserve` places for others.
    mutating func readiness(at now: Timestamp, reserve: Int = 0) -> Readiness {
        expire(at: now)
        let places = max(1, count - reserve)
        let excess = started + completed.count - places + 1
        if excess <= 0 { return .now }
        if excess > completed.count { return .afterCompletion }
        return .at(completed[excess - 1] + span)
    }

    mutating func start() { started += 1 }

    mutating func complete(at now: Timestamp) {
        cancel()
        completed.append(max(now, completed.last ?? now))
        if completed.count > count { completed.removeFirst() }
    }

    /// The send that was started did not take place.
    mutating func cancel() { started = max(0, started - 1) }

    /// The clock was set back by `span`.
    mutating func shift(by span: Span) {
        for index in completed.indices { completed[index] = completed[index] - span }
    }

    /// Nothing in it can hold a send back.
    mutating func isIdle(at now: Timestamp) -> Bool {
        expire(at: now)
        return started == 0 && completed.isEmpty
    }

    private mutating func expire(at now: Timestamp) {
        let past = completed.prefix { $0 + span <= now }.count
        if past > 0 { completed.removeFirst(past) }
    }
}
