package import Market
import Metrics
import Synchronization

/// Counts what a source drops and keeps what `/ops sources` shows of it.
package final class SourceMeter: Sendable {
    private struct State {
        var health: SourceHealth
        var told: SourceHealth?
        var counters: [String: Counter] = [:]
    }
    private let source: String
    private let state: Mutex<State>

    package init(source: String) {
        self.source = source
        state = Mutex(State(health: SourceHealth(source: source, state: .starting)))
    }

    package var health: SourceHealth { state.withLock { $0.health } }

    /// Counts a dropped frame in `vigia_collector_malformed_total` by `source` and `reason`.
    package func malformed(_ reason: String, count: Int = 1) {
        let counter = state.withLock { state in
            state.health.malformed[reason, default: 0] += count
            if let known = state.counters[reason] { return known }
            let new = Counter(
                label: "vigia_collector_malformed_total", dimensions: [("source", source), ("reason", reason)])
            state.counters[reason] = new
            return new
        }
        counter.increment(by: count)
    }

    package func received(at time: Timestamp) {
        state.withLock { $0.health.lastEventAt = max($0.health.lastEventAt ?? time, time) }
    }

    package func progress(_ share: Double?) { state.withLock { $0.health.backfillProgress = share } }

    package func become(_ new: SourceHealth.State, detail: String = "", failures: Int = 0) {
        state.withLock {
            $0.health.state = new
            $0.health.detail = detail
            $0.health.failures = failures
        }
    }

    /// The health if it differs from what was last told in anything but the time of the last event.
    package func news() -> SourceHealth? {
        state.withLock { state in
            var comparable = state.health
            comparable.lastEventAt = state.told?.lastEventAt
            guard comparable != state.told else { return nil }
            state.told = state.health
            return state.health
        }
    }
}
