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
    /// The last frame that was judged against a fresh answer did not fit.
    private var isMistrusting = false

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

    /// How long to wait before the venue's time may be asked again.
    package func restBeforeAsking(at now: Duration) -> Duration {
        server == nil ? .zero : max(.zero, Self.restBetweenQuestions - (now - askedAt))
    }

    /// Judges a frame that the venue dated `eventTime`. A reader that lags sees old frames of a fast venue late, so what
    /// counts as old grows with its rate: five minutes of ours.
    ///
    /// A frame is only ever dropped against a fresh answer (`judgeFresh`), or, right after one that was, for as long as
    /// asking again has to rest: a stream of wrong times does not hold up the others.
    package func judge(_ eventTime: Timestamp, at now: Duration) -> Verdict {
        guard server != nil else { return .doubtful }
        if fits(eventTime, at: now) { return .live }
        return isMistrusting && now - askedAt < Self.restBetweenQuestions ? .outside : .doubtful
    }

    /// Judges the frame for whose sake the time was asked just now.
    package mutating func judgeFresh(_ eventTime: Timestamp, at now: Duration) -> Bool {
        isMistrusting = !fits(eventTime, at: now)
        return !isMistrusting
    }

    private func fits(_ eventTime: Timestamp, at now: Duration) -> Bool {
        guard let server else { return false }
        let passed = Self.milliseconds(now - askedAt)
        let oldest = server.milliseconds + Int64(passed * rate) - Self.tolerance.milliseconds * Int64(rate)
        let newest = server.milliseconds + Int64(passed) + Self.tolerance.milliseconds
        return eventTime.milliseconds >= oldest && eventTime.milliseconds <= newest
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15
    }
}
