import Logging
package import Market
import Metrics
import ServiceLifecycle

/// Does what routing has to do at a time: sends what groups collected, takes unacknowledged alerts further, makes
/// reminders and snoozed alerts. All of it is in the store, so that a restart goes on where it was.
///
/// Groups and escalations are on the wall clock. Reminders are on the rule clock: whoever advances that one calls
/// `ruleTimeAdvanced`.
package final class RoutingClock: Service {
    /// What one transaction takes; bounds how long the writer is held.
    private static let batch = 200
    private static let poll = Span.seconds(5)

    private let store: any RoutingStore
    private let time: DeliveryTime
    private let channels: ChannelWakeups
    private let fanOut: Wakeup
    private let price: @Sendable (Symbol) -> String?
    private let logger = Logger(label: "vigia.delivery.routing")
    private let loop: TurnLoop
    private let next = NextDue()
    private let flushed = Counter(label: "vigia_alert_groups_flushed_total")
    private let escalated = Counter(label: "vigia_alerts_escalated_total")
    private let failures = Counter(label: "vigia_routing_failures_total")

    /// - Parameters:
    ///   - fanOut: is told when alerts were made.
    ///   - price: the price of a symbol now, as text.
    package init(
        store: any RoutingStore, time: DeliveryTime = DeliveryTime(), channels: ChannelWakeups, fanOut: Wakeup,
        price: @escaping @Sendable (Symbol) -> String? = { _ in nil }
    ) {
        self.store = store
        self.time = time
        self.channels = channels
        self.fanOut = fanOut
        self.price = price
        loop = TurnLoop(time: time)
    }

    /// Does everything that is due. Returns how much that was.
    @discardableResult
    package func turn() async throws -> Int {
        var total = 0
        while true {
            let groups = try await store.flushGroups(now: time.wall.now, limit: RoutingClock.batch)
            let steps = try await store.escalate(now: time.wall.now, limit: RoutingClock.batch)
            let later = try await store.issueLater(
                ruleTime: time.rule.now, now: time.wall.now, limit: RoutingClock.batch, price: price)
            flushed.increment(by: groups.count)
            escalated.increment(by: steps.count)
            if groups.count + steps.count > 0 { channels.wakeAll() }
            if later.count > 0 { fanOut.signal() }
            total += groups.count + steps.count + later.count
            if [groups, steps, later].allSatisfy({ $0.count < RoutingClock.batch }) { return total }
        }
    }

    /// Something is due at that wall time.
    package func noteDue(at time: Timestamp) {
        if next.isEarlier(wall: time) { loop.signal() }
    }

    /// The rule clock moved. Cheap enough for every market event.
    package func ruleTimeAdvanced() {
        if next.isDue(rule: time.rule.now) { loop.signal() }
    }

    /// Somebody asked for something at a time: it is looked up when.
    package func noteChange() { loop.signal() }

    package func run() async throws {
        await loop.run {
            try await self.turn()
            let due = try await self.store.nextDue()
            self.next.set(due)
            var wait = RoutingClock.poll
            if let wall = due.wall { wait = min(wait, wall - self.time.wall.now) }
            if let rule = due.rule { wait = min(wait, rule - self.time.rule.now) }
            return max(wait, .milliseconds(20))
        } failed: { cause, _ in
            self.failures.increment()
            self.logger.error("routing not done, trying again", metadata: ["cause": "\(cause)"])
        }
    }

    /// Ends `run` after the batch in hand.
    package func stop() { loop.stop() }
}
