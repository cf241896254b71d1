package import Market
package import People
import Synchronization

/// Tells a waiting loop that there is something to do. Any number of signals before the loop looks are one; a signal
/// that comes while nobody waits is kept.
package final class Wakeup: Sendable {
    private struct State {
        var signalled = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func signal() {
        let waiters = state.withLock { state in
            if state.waiters.isEmpty { state.signalled = true }
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns at the next signal, at once when one is kept, or when the task is cancelled.
    package func wait() async {
        let key = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.signalled || Task.isCancelled {
                        state.signalled = false
                        return true
                    }
                    state.waiters[key] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: key) }?.resume()
        }
    }

    /// Returns at the next signal, after `span` on `clock`, or when the task is cancelled.
    package func wait(atMost span: Span, on clock: any Clock<Duration>) async {
        if takeSignal() { return }
        guard span > .zero else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: span.duration) }
            await group.next()
            group.cancelAll()
        }
    }

    private func takeSignal() -> Bool {
        state.withLock { state in
            defer { state.signalled = false }
            return state.signalled
        }
    }
}

/// The dispatchers' wake-ups, one a channel. A channel without a dispatcher is left alone.
package struct ChannelWakeups: Sendable {
    private let wakeups: [ChannelKind: Wakeup]

    package init(channels: some Sequence<ChannelKind>) {
        wakeups = Dictionary(channels.map { ($0, Wakeup()) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(channel: ChannelKind) -> Wakeup? { wakeups[channel] }

    package func wake(_ channel: ChannelKind) { wakeups[channel]?.signal() }

    package func wakeAll() {
        for wakeup in wakeups.values { wakeup.signal() }
    }
}

/// Says once and for good that a service takes nothing new.
final class StopFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}
