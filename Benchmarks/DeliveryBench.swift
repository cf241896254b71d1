import Channels
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Storage
import Support
import Transport

/// What a delivery costs without a provider: claimed, sent through a channel in the process, recorded, all durable; and
/// whether the work to choose what goes next grows with what waits.
enum DeliveryBench {
    static func run() async throws {
        try reportSync()
        for inFlight in [8, 256] { try await throughput("deliveries_durable", inFlight: inFlight) }
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

    /// The same over HTTP, at the shipped bound in flight, to a server in this process that answers at once as the Bot
    /// API does.
    static func runHTTP() async throws {
        try reportSync()
        let server = try await PlainServer.start(
            json: #"{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}"#)
        let transport = try AsyncHTTPTransport()
        let configuration = try TelegramConfiguration(token: "1:bench", apiURL: server.url)
        let channel = TelegramChannel(api: TelegramAPI(transport: transport, configuration: configuration))
        try await throughput("deliveries_http", through: channel, inFlight: 8)
        await transport.shutdown()
        await server.stop()
    }

    /// What the disk takes for one commit, which bounds what few in flight can reach.
    private static func reportSync() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "vigia-bench-sync-\(UUID().uuidString)")
        try Data(count: 8 << 20).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let handle = try FileHandle(forUpdating: url)
        let page = Data(repeating: 7, count: 64 << 10)
        var times: [Double] = []
        for index in 0..<200 {
            try handle.seek(toOffset: UInt64(index % 100) * UInt64(page.count))
            try handle.write(contentsOf: page)
            times.append(try ContinuousClock().measure { try handle.synchronize() }.milliseconds)
        }
        try handle.close()
        report("disk_sync_p50", times.percentile(0.5), "ms")
    }

    /// Counts what went through it; by itself it takes everything at once.
    private struct CountingChannel: Channel {
        let kind = ChannelKind.telegram
        let inner: (any Channel)?
        let sent = CountedSends()

        func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
            let receipt = try await inner?.send(delivery) ?? Receipt(providerMessageID: "1")
            await sent.count()
            return receipt
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

    /// From the first claim to the last record on disk, median of three.
    private static func throughput(_ name: String, through inner: (any Channel)? = nil, inFlight: Int) async throws {
        let count = 20_000
        var rates: [Double] = []
        var costs: [Double] = []
        for _ in 0..<3 {
            let scratch = try await Scratch()
            try await scratch.add(people: count)
            try await scratch.publish(1)
            let channel = CountingChannel(inner: inner)
            let dispatcher = OutboxDispatcher(
                channel: channel, store: SQLOutboxStore(scratch.database, keepsAlive: true),
                rendering: PlainRendering(), settings: DispatchSettings(pacing: Pacing(), inFlight: inFlight),
                signals: DispatchSignals(
                    wakeup: Wakeup(), pause: PauseSwitch(channels: ChannelWakeups(channels: [ChannelKind]()))),
                logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
            let before = BenchWorld.ownCPU
            let took = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await dispatcher.run() }
                    await channel.sent.wait(for: count)
                    // The graceful stop records what is not recorded yet.
                    dispatcher.stop()
                    try await group.waitForAll()
                }
            }
            rates.append(Double(count) / (took.nanoseconds / 1e9))
            costs.append((BenchWorld.ownCPU - before) / Double(count) * 1e6)
        }
        report("\(name)_in_flight_\(inFlight)", rates.percentile(0.5), "1/s")
        report("\(name)_in_flight_\(inFlight)_best", rates.max() ?? 0, "1/s")
        report("\(name)_in_flight_\(inFlight)_cpu", costs.percentile(0.5), "us/delivery")
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
