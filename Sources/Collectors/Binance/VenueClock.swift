package import Market

/// What time it is at the venue, and whether a live frame belongs to it.
///
/// The venue's clock is its own: it may be off from ours, and a replayed venue may run hundreds of times faster. It is
/// known from answers to a request for its time, and carried on by the time that passed here in between, at the rate
/// the last two answers showed. A frame is taken when its event time lies within five minutes of the venue's time;
/// when in doubt the time is asked anew first, so a frame is only dropped against a fresh answer.
package struct VenueClock: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case live
        /// Ask the venue's time (`synchronise`), then judge again.
        case doubtful
        case outside
    }
    /// How far a live frame may lie from the venue's time.
    package static let tolerance: Span = .minutes(5)
    /// No more than four requests for the time a second.
    private static let restBetweenQuestions: Duration = .milliseconds(250)

    private var server: Timestamp?
    private var askedAt: Duration = .zero
    /// Venue time that passed per time here; at least 1.
    private var rate = 1.0

    package init() {}

    /// Takes the venue's answer, which came at `now` on a clock of ours that never goes back.
    package mutating func synchronise(_ time: Timestamp, at now: Duration) {
        if let server, now > askedAt, time > server {
            rate = min(max(1, Double(time.milliseconds - server.milliseconds) / Self.milliseconds(now - askedAt)), 3600)
        }
        server = time
        askedAt = now
    }

    /// The venue's time now, `nil` before the first answer.
    package func time(at now: Duration) -> Timestamp? {
        server.map { $0 + Span(milliseconds: Int64(Self.milliseconds(now - askedAt) * rate)) }
    }

    /// Judges a frame that the venue dated `eventTime`. A reader that lags sees old frames of a fast venue late, so what
    /// counts as old grows with its rate: five minutes of ours.
    package func judge(_ eventTime: Timestamp, at now: Duration) -> Verdict {
        guard let server else { return .doubtful }
        let sinceAsked = now - askedAt
        let mayAsk = sinceAsked >= Self.restBetweenQuestions
        let passed = Self.milliseconds(sinceAsked)
        let oldest = Self.tolerance.milliseconds * Int64(rate)
        let soonest = server.milliseconds + Int64(passed) + Self.tolerance.milliseconds
        let latest = server.milliseconds + Int64(passed * rate)
        if eventTime.milliseconds < latest - oldest { return mayAsk ? .doubtful : .outside }
        if eventTime.milliseconds <= soonest { return .live }
        if mayAsk { return .doubtful }
        return eventTime.milliseconds <= latest + Self.tolerance.milliseconds ? .live : .outside
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15
    }
}
