import Logging
package import Market
import ServiceLifecycle
import Synchronization

/// Lets held alerts go when their window opens on the rule clock: quiet hours or a mute ended, a new hour began.
///
/// `release` is for the durable schedule and for whoever wants it now; `run` does the same by itself. On the venue clock
/// an hour may pass in seconds, so whoever advances that clock calls `ruleTimeAdvanced`.
package final class HeldReleaser: Service {
    /// Addresses a transaction; bounds how long the writer is held.
    private static let batch = 100
    private static let poll = Span.seconds(30)

    private let store: any HeldStore
    private let time: DeliveryTime
    private let channels: ChannelWakeups
    private let logger = Logger(label: "vigia.delivery.held")
    private let loop: TurnLoop
    private let next = Mutex<Timestamp?>(nil)

    package init(store: any HeldStore, time: DeliveryTime = DeliveryTime(), channels: ChannelWakeups) {
        self.store = store
        self.time = time
        self.channels = channels
        loop = TurnLoop(time: time)
    }

    /// Releases everything that is due, in bounded transactions. Returns how many addresses were served.
    @discardableResult
    package func release() async throws -> Int {
        var served = 0
        while true {
            let batch = try await store.releaseHeld(
                ruleTime: time.rule.now, now: time.wall.now, limit: HeldReleaser.batch)
            served += batch
            if batch > 0 { channels.wakeAll() }
            if batch < HeldReleaser.batch { return served }
        }
    }

    /// Something was held until then.
    package func noteHeld(until: Timestamp) {
        let isEarlier = next.withLock { next in
            if let known = next, known <= until { return false }
            next = until
            return true
        }
        if isEarlier { loop.signal() }
    }

    /// Something held may go sooner than was known.
    package func noteChange() { loop.signal() }

    /// The rule clock moved. Cheap enough for every market event.
    package func ruleTimeAdvanced() {
        let now = time.rule.now
        if next.withLock({ $0.map { $0 <= now } ?? false }) { loop.signal() }
    }

    package func run() async throws {
        await loop.run {
            try await self.turn()
        } failed: { cause, _ in
            self.logger.error("held alerts not released, trying again", metadata: ["cause": "\(cause)"])
        }
    }

    /// Ends `run` after the batch in hand.
    package func stop() { loop.stop() }

    private func turn() async throws -> Span? {
        let due = try await store.nextHeld()
        next.withLock { $0 = due }
        guard let due else { return HeldReleaser.poll }
        let now = time.rule.now
        guard due <= now else { return min(HeldReleaser.poll, due - now + .milliseconds(1)) }
        // What is due and yet not released would otherwise be asked for without a rest.
        return try await release() > 0 ? nil : .seconds(1)
    }
}
