import Market
import Synchronization

/// What the watch's one consumer is given to do.
enum WatchInput: Sendable {
    /// Rules changed. Comes before events that wait, so that a rule is watched from its confirmation on.
    case changes([RuleChange])
    /// So many changes waited that they were let go: the rules are to be read from the store again.
    case reload
    /// A rule's deadline may have passed.
    case tick
    case event(MarketEvent, received: ContinuousClock.Instant)
}

/// Everything that happens to the watch, in one line before one consumer, so that its state has one owner.
///
/// Bounds: `capacity` events, then `post` waits (nothing is dropped here); `changesLimit` changes, then they are replaced
/// by one order to read the rules again; ticks are one.
final class Mailbox: Sendable {
    private let capacity: Int
    private let changesLimit: Int
    private let state = Mutex(State())

    private struct State {
        var events: [(MarketEvent, ContinuousClock.Instant)] = []
        var firstEvent = 0
        var changes: [RuleChange] = []
        var mustReload = false
        var hasTick = false
        /// No more events will come; what waits is still given out.
        var isFinished = false
        /// Nothing is given out any more.
        var isStopped = false
        var consumer: CheckedContinuation<WatchInput?, Never>?
        var producers: [CheckedContinuation<Void, Never>] = []

        var eventCount: Int { events.count - firstEvent }

        /// The next input, if any; `.some(nil)` at the end.
        mutating func take() -> WatchInput?? {
            if isStopped { return .some(nil) }
            if mustReload {
                mustReload = false
                return .reload
            }
            if !changes.isEmpty {
                defer { changes = [] }
                return .changes(changes)
            }
            if hasTick {
                hasTick = false
                return .tick
            }
            if eventCount > 0 {
                let (event, received) = events[firstEvent]
                firstEvent += 1
                if firstEvent == events.count {
                    events.removeAll(keepingCapacity: true)
                    firstEvent = 0
                }
                return .event(event, received: received)
            }
            return isFinished ? .some(nil) : nil
        }
    }

    init(capacity: Int = 256, changesLimit: Int = 10_000) {
        self.capacity = capacity
        self.changesLimit = changesLimit
    }

    /// Enters an event; waits while the line is full.
    func post(_ event: MarketEvent) async {
        let received = ContinuousClock.now
        while true {
            let (entered, wake) = state.withLock { state -> (Bool, Wake?) in
                if state.isStopped { return (true, nil) }
                guard state.eventCount < capacity else { return (false, nil) }
                state.events.append((event, received))
                return (true, Mailbox.wake(&state))
            }
            wake?()
            if entered { return }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if state.isStopped || state.eventCount < capacity { return true }
                    state.producers.append(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    func post(_ changes: [RuleChange]) {
        alter { state in
            state.changes += changes
            if state.changes.count > self.changesLimit {
                state.changes = []
                state.mustReload = true
            }
        }
    }

    /// Lets waiting changes go: they are in what is about to be read from the store.
    func forgetChanges() {
        alter { state in
            state.changes = []
            state.mustReload = false
        }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func tick() { alter { $0.hasTick = true } }

    /// No more events will come: the consumer ends when it has had what waits.
    func finish() { alter { $0.isFinished = true } }

    /// The consumer ends after what it has in hand.
    func stop() {
        alter { $0.isStopped = true }
        release()
    }

    /// The next input; `nil` at the end. For one consumer.
    func next() async -> WatchInput? {
        let input = await withCheckedContinuation { (continuation: CheckedContinuation<WatchInput?, Never>) in
            let ready = state.withLock { state -> WatchInput?? in
                if let input = state.take() { return input }
                state.consumer = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
        release()
        return input
    }

    private typealias Wake = @Sendable () -> Void

    private func alter(_ change: (inout sending State) -> Void) {
        let wake = state.withLock { state -> Wake? in
            change(&state)
            return Mailbox.wake(&state)
        }
        wake?()
    }

    /// Hands the next input to a consumer that waits.
    private static func wake(_ state: inout State) -> Wake? {
        guard let consumer = state.consumer, let input = state.take() else { return nil }
        state.consumer = nil
        return { consumer.resume(returning: input) }
    }

    /// Lets producers that waited for room try again.
    private func release() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.isStopped || state.eventCount < capacity else { return [] }
            defer { state.producers = [] }
            return state.producers
        }
        for producer in waiting { producer.resume() }
    }
}
