import Chat
import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

/// Figures of the hot paths; run with `VIGIA_BENCH=1 swift test --filter StorageBenchmarks`, best with `-c release`.
@Suite(.oneAtATime, .serialized, .enabled(if: ProcessInfo.processInfo.environment["VIGIA_BENCH"] != nil))
struct StorageBenchmarks {
    @Test(
        "100 commands in a write and 100 deliveries cost the same whatever is pending",
        arguments: [1_000, 100_000, 1_000_000])
    func hotPaths(pending: Int) async throws {
        let file = try await TemporaryDatabase()
        for number in 0..<100 { try await file.addPerson("person \(number)") }
        try await file.fill(pending: pending)
        var commands: [Duration] = []
        var deliveries: [[Duration]] = [[], [], [], []]
        let clock = ContinuousClock()
        for round in 0..<40 {
            let now = Timestamp.start + .seconds(Int64(round))
            commands.append(
                try await clock.measure {
                    try await file.chat.write { session throws in
                        for number in 0..<100 {
                            _ = try session.admit(updateKey: "telegram:\(round * 100 + number)", at: now)
                            let identity = Identity(platform: .telegram, externalID: "person \(number)")
                            let person = try session.recipient(for: identity)
                            try session.enqueue(Self.reply(to: "person \(number)", person?.id, at: now))
                        }
                    }
                })
            var claimed: [ClaimedEntry] = []
            deliveries[0].append(
                try await clock.measure {
                    claimed = try await file.outbox.claim(
                        channel: .telegram, limit: 100, now: now, lease: now + .minutes(1))
                })
            #expect(claimed.count == 100)
            let ids = claimed.map(\.entry.id)
            deliveries[1].append(try await clock.measure { try await file.outbox.beginSend(ids, now: now) })
            deliveries[2].append(
                try await clock.measure {
                    try await file.outbox.record(
                        ids.map { OutboxOutcome(id: $0, result: .sent(providerMessageID: "1"), countedAt: now) },
                        now: now)
                })
            deliveries[3].append(
                try await clock.measure { _ = try await SQLOutboxReport(file.database).depths(now: now) })
        }
        Self.report("commands100_pending\(pending)", commands)
        for (name, times) in zip(["claim100", "begin100", "record100", "depths"], deliveries) {
            Self.report("\(name)_pending\(pending)", times)
        }
    }

    @Test("an audience of 2,000 is expanded, claimed and recorded")
    func fanOut() async throws {
        let file = try await TemporaryDatabase()
        for number in 0..<2_000 { try await file.addPerson("person \(number)", subscribed: ["BTC"]) }
        let clock = ContinuousClock()
        _ = try await file.alerts.publish(.init(alerts: [opportunityAlert()]), now: .start)
        let expanding = try await clock.measure {
            while try await file.alerts.expandNext(limit: 500, now: .start) != nil {}
        }
        var count = 0
        let sending = try await clock.measure {
            while true {
                let claimed = try await file.outbox.claim(
                    channel: .telegram, limit: 30, now: .start, lease: .start + .minutes(1))
                if claimed.isEmpty { break }
                count += claimed.count
                try await file.outbox.beginSend(claimed.map(\.entry.id), now: .start)
                try await file.outbox.record(
                    claimed.map {
                        OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "1"), countedAt: .start)
                    },
                    now: .start)
            }
        }
        #expect(count == 2_000)
        Self.report("expand2000", [expanding])
        Self.report("deliver2000_by30", [sending])
    }

    private static func reply(to address: String, _ id: RecipientID?, at now: Timestamp) -> ReplyDelivery {
        ReplyDelivery(
            channel: .telegram, address: address, recipient: id,
            message: Message(
                blocks: [
                    .text([
                        InlineSpan("BTC", .bold), InlineSpan(" 61,234.50 USDT\n1h +0.4% · 24h −1.2% · 7d +5.1%\n"),
                        InlineSpan("binance, 2 s ago", .italic),
                    ])
                ], buttons: [[.init(label: "Chart", action: .command("/chart BTC"))]]),
            form: .new, createdAt: now, expiresAt: now + .seconds(60))
    }

    /// Name, median in ms, worst in ms.
    private static func report(_ name: String, _ times: [Duration]) {
        let sorted = times.sorted()
        func milliseconds(_ time: Duration) -> String { String(format: "%.3f", time / .milliseconds(1)) }
        guard let last = sorted.last else { return }
        let line = "\(name) \(milliseconds(sorted[sorted.count / 2])) ms (worst \(milliseconds(last)))\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

extension TemporaryDatabase {
    /// Pending alerts' worth of entries of low lane, over a tenth as many mailboxes, due long ago.
    fileprivate func fill(pending: Int) async throws {
        try await database.write { sql in
            try sql.executeOnce(
                """
                INSERT INTO mailboxes (channel, address)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(pending / 10))
                SELECT 'telegram', 'filler ' || i FROM n
                """)
            try sql.executeOnce(
                """
                INSERT INTO outbox (mailbox_id, channel, lane, state, payload, created_at, due_at)
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(pending - 1))
                SELECT 1 + i % \(pending / 10), 'telegram', 4,
                    'pending', zeroblob(120), \(Timestamp.start.milliseconds), \(Timestamp.start.milliseconds)
                FROM n
                """)
            try sql.executeOnce(
                """
                INSERT INTO lane_heads (mailbox_id, lane, channel, entry_id, due_at, busy)
                SELECT mailbox_id, lane, 'telegram', min(id), min(due_at), 0 FROM outbox WHERE state = 'pending'
                GROUP BY mailbox_id, lane
                """)
        }
    }
}
