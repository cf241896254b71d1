import Synchronization

/// How receiving from Discord goes, for readiness and operators.
package final class DiscordHealth: Sendable {
    package enum State: Hashable, Sendable {
        case starting
        /// The gateway has a session, or the webhook's door is open.
        case receiving
        /// Between two connections.
        case reconnecting
        /// Refused for a reason that does not pass; nothing will come until it is changed.
        case refused(reason: String)
        case failing(kind: String)
        /// The day's sessions are used up to the reserve.
        case resting
    }

    private struct Now {
        var state = State.starting
        var wasUp = false
    }
    private let now = Mutex(Now())

    package init() {}
    package var state: State { now.withLock { $0.state } }

    /// Whether front end and platform have met since the start, and were not refused since.
    package var isReady: Bool {
        now.withLock { now in
            if case .refused = now.state { false } else { now.wasUp }
        }
    }

    /// Sets the state and tells whether it is another one.
    @discardableResult
    package func become(_ state: State) -> Bool {
        now.withLock { now in
            if state == .receiving { now.wasUp = true }
            defer { now.state = state }
            return now.state != state
        }
    }
}
