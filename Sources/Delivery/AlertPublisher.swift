package import Decisions
package import Market
import Metrics

/// Takes decisions over for good: stores them through `AlertStore` in one transaction with the state that caused them,
/// then wakes the fan-out. Alerts that were known already (a replay, a repeat) are neither stored nor counted again.
package struct AlertPublisher: AlertSink {
    private let store: any AlertStore
    private let time: any TimeSource
    private let fanOut: Wakeup

    /// `time` is the wall clock.
    package init(store: any AlertStore, time: any TimeSource = WallTime(), fanOut: Wakeup) {
        self.store = store
        self.time = time
        self.fanOut = fanOut
    }

    package func publish(_ batch: DecisionBatch) async throws {
        guard !batch.isEmpty else { return }
        let stored = try await store.publish(batch, now: time.now)
        guard !stored.isEmpty else { return }
        fanOut.signal()
        for alert in stored {
            Counter(
                label: "vigia_alerts_total",
                dimensions: [("kind", alert.alert.body.kind), ("priority", alert.alert.priority.rawValue)]
            ).increment()
        }
    }
}

extension Alert.Body {
    fileprivate var kind: String {
        switch self {
        case .ruleFired: "rule"
        case .opportunity: "opportunity"
        case .system: "system"
        }
    }
}
