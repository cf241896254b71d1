import Decisions
import Market
import People
import Storage
import Synchronization
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct FanOutTests {
    /// Fails every second expansion.
    private final class FlakyAlerts: AlertStore {
        struct Failure: Error {}
        private let inner: any AlertStore
        private let calls = Mutex(0)
        init(_ inner: any AlertStore) { self.inner = inner }

        func publish(_ batch: DecisionBatch, now: Timestamp) async throws -> [StoredAlert] {
            try await inner.publish(batch, now: now)
        }

        func expandNext(limit: Int, now: Timestamp) async throws -> Expansion? {
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            if call % 2 == 1 { throw Failure() }
            return try await inner.expandNext(limit: limit, now: now)
        }
    }

    private func running(_ fanOut: FanOut, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fanOut.run() }
            try await body()
            fanOut.stop()
            try await group.waitForAll()
        }
    }

    @Test("a published alert reaches its whole audience, batch by batch, and wakes its channel")
    func expands() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...1200)
        let wakeup = Wakeup()
        let channels = ChannelWakeups(channels: [ChannelKind.telegram])
        let publisher = AlertPublisher(store: file.alerts, fanOut: wakeup)
        let telegram = try #require(channels[.telegram])
        let fanOut = FanOut(
            store: file.alerts, time: DeliveryTime(waiting: StoppedClock()), wakeup: wakeup, channels: channels)
        try await running(fanOut) {
            try await publisher.publish(DecisionBatch(alerts: [opportunity("a", symbol: .btc)]))
            while try await file.count("state = 'pending'") < 1200 { await telegram.wait() }
        }
        #expect(try await file.count("1 = 1") == 1200)
    }

    @Test("an alert that is published twice is told once")
    func repeated() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...3)
        let publisher = AlertPublisher(store: file.alerts, fanOut: Wakeup())
        for _ in 0..<3 { try await publisher.publish(DecisionBatch(alerts: [opportunity("a", symbol: .btc)])) }
        while try await file.alerts.expandNext(limit: 100, now: start) != nil {}
        #expect(try await file.count("1 = 1") == 3)
    }

    @Test("a store that fails every second time delays the fan-out and does not end it")
    func failingStore() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...700)
        let wakeup = Wakeup()
        let channels = ChannelWakeups(channels: [ChannelKind.telegram])
        let store = FlakyAlerts(file.alerts)
        let telegram = try #require(channels[.telegram])
        try await running(FanOut(store: store, wakeup: wakeup, channels: channels)) {
            try await AlertPublisher(store: store, fanOut: wakeup)
                .publish(DecisionBatch(alerts: [opportunity("a", symbol: .btc)]))
            while try await file.count("state = 'pending'") < 700 { await telegram.wait() }
        }
        #expect(try await file.count("1 = 1") == 700)
    }

    @Test("nothing decided is no transaction")
    func empty() async throws {
        struct Untouched: AlertStore {
            struct Touched: Error {}
            func publish(_ batch: DecisionBatch, now: Timestamp) async throws -> [StoredAlert] { throw Touched() }
            func expandNext(limit: Int, now: Timestamp) async throws -> Expansion? { throw Touched() }
        }
        try await AlertPublisher(store: Untouched(), fanOut: Wakeup()).publish(DecisionBatch())
    }
}
