import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Storage

/// What a delivery costs without a provider: claimed, sent through a channel in the process, recorded, all durable; and
/// whether the work to choose what goes next grows with what waits.
enum DeliveryBench {
    static func run() async throws {
        try await throughput()
        let few = try await Scratch.filled(people: 1_000, alerts: 1)
        let many = try await Scratch.filled(people: 1_000, alerts: 1_000)
        var times: (few: [Double], many: [Double]) = ([], [])
        // In turns, so that whatever else the machine does is in both.
        for _ in 0..<60 {
            times.few.append(try await round(SQLOutboxStore(few.database)))
            times.many.append(try await round(SQLOutboxStore(many.database)))
        }
        let (fewTime, manyTime) = (times.few.percentile(0.5), times.many.percentile(0.5))
        report("scheduling_1000_pending", fewTime, "us/delivery")
        report("scheduling_1000000_pending", manyTime, "us/delivery")
        report("scheduling_ratio", manyTime / fewTime, "times")
    }

    /// A database that goes with the value.
    private final class Scratch {
        let folder: URL
        let database: SQLiteDatabase

        init() async throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "vigia-bench-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            database = try SQLiteDatabase(path: folder.appending(path: "bench.sqlite").path)
            try await database.migrate()
        }

        static func filled(people: Int, alerts: Int) async throws -> Scratch {
            let scratch = try await Scratch()
            try await scratch.add(people: people)
            try await scratch.publish(alerts)
            return scratch
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        /// People who subscribe to BTC, each with a chat.
        func add(people: Int) async throws {
            guard let symbol = Symbol("BTC") else { return }
            let now = WallTime().now
            for start in stride(from: 1, through: people, by: 1_000) {
                try await SQLChatStore(database).write { session in
                    for number in start..<min(start + 1_000, people + 1) {
                        let person = try session.addRecipient(
                            kind: .person, role: .user, preferences: Preferences(),
                            identity: Identity(platform: .telegram, externalID: "\(number)"),
                            address: Address(channel: .telegram, value: "\(number)"), at: now)
                        try session.subscribe(
                            person.id, to: Subscription(symbol: symbol, minimumStrength: 0), at: now)
                    }
                }
            }
        }

        /// Opportunities half an hour apart, so that each is told, and their entries.
        func publish(_ count: Int) async throws {
            guard let symbol = Symbol("BTC") else { return }
            let store = SQLAlertStore(database)
            let now = WallTime().now
            let alerts = (0..<count).map { index -> Alert in
                let at = now + .minutes(Int64(index) * 30)
                return Alert(
                    naturalKey: "bench:\(index)", symbol: symbol, priority: .medium, issuedAt: at,
                    audience: .subscribers(symbol, strength: 0.9),
                    body: .opportunity(
                        Opportunity(
                            symbol: symbol, kind: .trend, side: .buy, score: 0.7, strength: 0.9,
                            strengthIsProvisional: false, price: 100, at: at, outlook: .hours1to4, factors: [],
                            reasons: [], riskLevel: nil, expectedMove: nil, moveRatio: nil, measured: nil)))
            }
            _ = try await store.publish(DecisionBatch(alerts: alerts), now: now)
            while !(try await store.expand(limit: 10_000, now: now)).isEmpty {}
        }
    }

    /// Takes everything at once.
    private struct InstantChannel: Channel {
        let kind = ChannelKind.telegram
        let sent = CountedSends()

        func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
            await sent.count()
            return Receipt(providerMessageID: "1")
        }
    }

    private actor CountedSends {
        private var sent = 0
        private var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        func count() {
            sent += 1
            if let waiter, sent >= waiter.count {
                self.waiter = nil
                waiter.continuation.resume()
            }
        }

        func wait(for count: Int) async {
            guard sent < count else { return }
            await withCheckedContinuation { waiter = (count, $0) }
        }
    }

    private struct PlainRendering: AlertRendering {
        let message = Message(blocks: [.text([InlineSpan("BTC buy signal, strength 90%")])])
        func message(for alert: StoredAlert, reader: Reader) throws -> Message { message }
        func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message { message }
    }

    /// From the first claim to the last record on disk.
    private static func throughput() async throws {
        let count = 20_000
        for inFlight in [8, 256] {
            let scratch = try await Scratch()
            try await scratch.add(people: count)
            try await scratch.publish(1)
            let channel = InstantChannel()
            let wakeup = Wakeup()
            let dispatcher = OutboxDispatcher(
                channel: channel, store: SQLOutboxStore(scratch.database, keepsAlive: true),
                rendering: PlainRendering(),
                settings: DispatchSettings(pacing: Pacing(), inFlight: inFlight),
                signals: DispatchSignals(
                    wakeup: wakeup, pause: PauseSwitch(channels: ChannelWakeups(channels: [ChannelKind]()))),
                logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
            let took = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await dispatcher.run() }
                    await channel.sent.wait(for: count)
                    // The graceful stop records what is not recorded yet.
                    dispatcher.stop()
                    try await group.waitForAll()
                }
            }
            report("deliveries_durable_in_flight_\(inFlight)", Double(count) / (took.nanoseconds / 1e9), "1/s")
        }
    }

    /// Microseconds a delivery of claim, begin and record, in a batch of 100 of which each goes back.
    private static func round(_ store: SQLOutboxStore) async throws -> Double {
        let now = WallTime().now
        let took = try await ContinuousClock().measure {
            let claimed = try await store.claim(channel: .telegram, limit: 100, now: now, lease: now + .minutes(1))
            let ids = claimed.map(\.entry.id)
            try await store.beginSend(ids, now: now)
            try await store.record(
                ids.map { OutboxOutcome(id: $0, result: .retry(at: now, reason: "bench")) }, now: now)
        }
        return took.nanoseconds / 1e3 / 100
    }
}
