import Logging
package import Market
import Metrics
import People
import ServiceLifecycle

/// Expands the audience of published alerts into outbox entries, a batch a transaction, and wakes the dispatchers of
/// the channels that got some. The cursor is stored with the entries, so that a restart goes on where it was.
///
/// It waits for `wakeup`, and looks every few seconds besides, for alerts that another process or a transaction of the
/// conversation stored. A failing store is tried again with back-off; the service ends only when it is stopped.
package final class FanOut: Service {
    /// Recipients a transaction; bounds how long the writer is held.
    private static let batch = 500
    private static let poll = Span.seconds(5)

    private let store: any AlertStore
    private let time: DeliveryTime
    private let loop: TurnLoop
    private let channels: ChannelWakeups
    private let collected: @Sendable (Timestamp) -> Void
    private let drain: PauseSwitch?
    private let logger = Logger(label: "vigia.delivery.fan-out")
    private let entries = Counter(label: "vigia_outbox_entries_total")
    private let deduplicated = Counter(label: "vigia_alerts_deduplicated_total")
    private let failures = Counter(label: "vigia_fan_out_failures_total")

    /// - Parameters:
    ///   - drain: while it is set, alerts stay in the store unexpanded, so that the outbox runs empty.
    ///   - collected: hears when alerts were collected, and when they go (wall clock).
    package init(
        store: any AlertStore, time: DeliveryTime = DeliveryTime(), wakeup: Wakeup, channels: ChannelWakeups,
        drain: PauseSwitch? = nil, collected: @escaping @Sendable (Timestamp) -> Void = { _ in }
    ) {
        self.store = store
        self.time = time
        loop = TurnLoop(wakeup: wakeup, time: time)
        self.channels = channels
        self.collected = collected
        self.drain = drain
    }

    package func run() async throws {
        await loop.run {
            try await self.turn()
        } failed: { cause, pause in
            self.failures.increment()
            self.logger.error(
                "audience not expanded, trying again",
                metadata: ["cause": "\(cause)", "pause_seconds": "\(pause.seconds)"])
        }
    }

    /// Ends `run` after the batch in hand.
    package func stop() { loop.stop() }

    private func turn() async throws -> Span? {
        if drain?.isPaused == true { return FanOut.poll }
        let expansions = try await store.expand(limit: FanOut.batch, now: time.wall.now)
        guard !expansions.isEmpty else { return FanOut.poll }
        var reached: Set<ChannelKind> = []
        for expansion in expansions {
            entries.increment(by: expansion.entries)
            deduplicated.increment(by: expansion.deduplicated)
            reached.formUnion(expansion.channels)
        }
        for channel in reached { channels.wake(channel) }
        if let flushAt = expansions.compactMap(\.collectedUntil).min() { collected(flushAt) }
        return nil
    }
}
