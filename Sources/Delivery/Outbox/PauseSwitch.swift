import Synchronization

/// Operators' brake (`/ops pause`): stops alerts, not replies. The durable setting is `delivery.paused`; this is its
/// state in the running process.
package final class PauseSwitch: Sendable {
    private let paused: Mutex<Bool>
    private let channels: ChannelWakeups

    /// `channels` are woken when the brake is released.
    package init(isPaused: Bool = false, channels: ChannelWakeups) {
        paused = Mutex(isPaused)
        self.channels = channels
    }

    package var isPaused: Bool { paused.withLock { $0 } }

    package func set(paused isPaused: Bool) {
        let changed = paused.withLock { paused in
            defer { paused = isPaused }
            return paused != isPaused
        }
        if changed { channels.wakeAll() }
    }
}
