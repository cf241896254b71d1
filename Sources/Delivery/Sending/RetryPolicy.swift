package import Market
package import People

/// What follows from a failed send. It is the one place where the consequences of a `DeliveryError` are written down.
///
/// Retries back off from 1 s, doubling up to 15 min, with jitter of up to a half, so that what failed together does not
/// come back together. An entry that is older than its channel's patience (24 h, SMS 1 h) is dead, once it had its fair
/// number of tries: one that waited long in a mute or an outage is not given up at its first failure.
package struct RetryPolicy: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// `mayHaveArrived`: the repeat is marked, or de-duplicated by the provider.
        case retry(at: Timestamp, reason: String, mayHaveArrived: Bool)
        case dead(reason: String)
        /// Dead, and nothing more to this address.
        case addressGone(reason: String)
        case moved(to: String)
        /// Nothing of this sender can go; the entry stays pending.
        case senderRefused(retryAt: Timestamp, reason: String)
    }

    static let outcomeUnknown = "outcome unknown"
    private static let first = Span.seconds(1)
    private static let most = Span.minutes(15)
    /// Looks into the provider's record, the first send not counted: over the first two minutes or so.
    private static let mostLooks = 6
    private static let firstLook = Span.seconds(5)

    /// The channel has a record of what it was given, which settles an unknown outcome.
    let looksUp: Bool

    package init(looksUp: Bool = false) { self.looksUp = looksUp }

    /// - Parameters:
    ///   - attempts: sends begun, this one included.
    ///   - jitter: a number in 0..<1, drawn by the caller.
    package func verdict(
        for error: DeliveryError, channel: ChannelKind, attempts: Int, createdAt: Timestamp, now: Timestamp,
        jitter: Double
    ) -> Verdict {
        func retry(at time: Timestamp, _ reason: String, mayHaveArrived: Bool = false) -> Verdict {
            if isExhausted(channel: channel, attempts: attempts, createdAt: createdAt, now: now) {
                return .dead(reason: reason)
            }
            return .retry(at: time, reason: reason, mayHaveArrived: mayHaveArrived)
        }
        switch error {
        case .rateLimited(let span, _):
            // Exactly what the provider asked for: neither sooner nor, with jitter, later.
            return retry(at: now + span, "rate limited")
        case .recipientGone(let reason):
            return .addressGone(reason: reason)
        case .moved(let address):
            return .moved(to: address)
        case .rejected(let reason):
            return .dead(reason: reason)
        case .unavailable(let reason):
            return retry(at: now + pause(after: attempts, jitter: jitter), reason)
        case .outcomeUnknown(let reason):
            guard repeatsUnknown(channel) else {
                // Tried again means here: looked up again. Nothing is ever sent a second time.
                guard looksUp, attempts <= RetryPolicy.mostLooks else {
                    return .dead(reason: RetryPolicy.outcomeUnknown)
                }
                let pause = max(RetryPolicy.firstLook, pause(after: attempts + 2, jitter: jitter))
                return .retry(at: now + pause, reason: reason, mayHaveArrived: true)
            }
            return retry(at: now + pause(after: attempts, jitter: jitter), reason, mayHaveArrived: true)
        case .unauthorized(let reason):
            return .senderRefused(retryAt: now + SenderHealth.refusalRest, reason: reason)
        }
    }

    /// Whether a send with an unknown outcome is repeated. An SMS costs money and can be neither marked nor
    /// de-duplicated.
    package func repeatsUnknown(_ channel: ChannelKind) -> Bool { channel != .sms }

    /// How long after its making an entry is still tried.
    package func patience(_ channel: ChannelKind) -> Span { channel == .sms ? .hours(1) : .hours(24) }

    private func isExhausted(channel: ChannelKind, attempts: Int, createdAt: Timestamp, now: Timestamp) -> Bool {
        let fairTries = channel == .sms ? 4 : 8
        return now - createdAt >= patience(channel) && attempts >= fairTries
    }

    private func pause(after attempts: Int, jitter: Double) -> Span {
        let full = BackOff.span(first: RetryPolicy.first, most: RetryPolicy.most, failures: attempts)
        let share = 0.5 + 0.5 * min(max(jitter, 0), 1)
        return .milliseconds(max(1, Int64(Double(full.milliseconds) * share)))
    }
}
