import Decisions
import Delivery
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

/// Random histories of the queue against a plain model of it.
@Suite(.oneAtATime) struct OutboxPropertyTests {
    @Test(
        "whatever happens, every entry is in one state, order holds per chat and lane, nothing is leased twice",
        arguments: UInt64(1)...12)
    func randomHistory(seed: UInt64) async throws {
        let file = try await TemporaryDatabase()
        var random = SeededGenerator(seed: seed)
        var model = QueueModel()
        var now = Timestamp.start
        let chats = ["1", "2", "3"]
        var rules: [String: Rule] = [:]
        for chat in chats {
            let person = try await file.addPerson(chat)
            rules[chat] = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        }
        var stores = [file.outbox, SQLOutboxStore(try await file.reopened(), owner: "second")]
        var sequence = 0

        for _ in 0..<150 {
            now += .milliseconds(Int64.random(in: 1...4_000, using: &random))
            let chat = chats.randomElement(using: &random) ?? "1"
            switch Int.random(in: 0..<10, using: &random) {
            case 0...1:
                sequence += 1
                try await file.reply("reply \(sequence)", to: chat, at: now)
                model.add(label: "reply \(sequence)", chat: chat, lane: .reply)
            case 2...3:
                sequence += 1
                let rule = try #require(rules[chat])
                let alert = ruleAlert(
                    rule, sequence: sequence, priority: Priority.allCases.randomElement(using: &random) ?? .low)
                try await file.publishAndExpand(alert, now: now)
                model.add(label: alert.naturalKey, chat: chat, lane: Lane(alert.priority))
            case 4...6:
                let store = stores[Int.random(in: 0..<stores.count, using: &random)]
                let lease = now + .seconds(Int64.random(in: 1...20, using: &random))
                let claimed = try await store.claim(
                    channel: .telegram, limit: Int.random(in: 1...4, using: &random), now: now, lease: lease)
                model.expire(at: now)
                for entry in claimed.map(\.entry) {
                    try model.lease(entry, until: lease, now: now)
                    if Bool.random(using: &random) {
                        try await store.beginSend([entry.id], now: now)
                        model.begin(entry.id)
                    }
                }
            case 7...8:
                guard let id = model.leased.randomElement(using: &random) else { continue }
                let outcome = Self.outcome(of: id, now: now, using: &random)
                try await stores[0].record([outcome], now: now)
                model.record(outcome)
            default:
                if Bool.random(using: &random) {
                    _ = try await file.held.releaseHeld(ruleTime: now, now: now, limit: 1)
                    model.merged(try await QueueModel.states(in: file), try await QueueModel.digests(in: file))
                } else {
                    // A process is gone and another one comes.
                    stores[1] = SQLOutboxStore(try await file.reopened(), owner: "next")
                }
            }
            try await model.check(against: file, now: now)
        }
    }

    private static func outcome(
        of id: OutboxID, now: Timestamp, using random: inout SeededGenerator
    ) -> OutboxOutcome {
        let later = now + .milliseconds(Int64.random(in: 0...9_000, using: &random))
        let result: OutboxOutcome.Result =
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2: .sent(providerMessageID: "1")
            case 3...4: .retry(at: later, reason: "503")
            case 5: .held(until: later, reason: "quiet")
            case 6: .dead(reason: "rejected")
            default: .dropped(reason: "late")
            }
        return OutboxOutcome(id: id, result: result, countedAt: now, mayHaveArrived: Bool.random(using: &random))
    }
}

/// What the queue must look like.
struct QueueModel {
    struct Entry {
        var label: String
        var chat: String
        var lane: Lane
        /// Order of arrival.
        var number: Int
        var state = "pending"
        var id: OutboxID?
        var leaseUntil: Timestamp?
        var begun = false
        var mayHaveArrived = false
        var isDigest = false
    }

    struct Digest {
        var chat: String
        var lane: Lane
        var state: String
    }

    struct Violation: Error, CustomStringConvertible { var description: String }

    private(set) var entries: [Entry] = []

    var leased: [OutboxID] { entries.filter { $0.state == "leased" }.compactMap(\.id) }

    mutating func add(label: String, chat: String, lane: Lane) {
        entries.append(Entry(label: label, chat: chat, lane: lane, number: entries.count))
    }

    mutating func expire(at now: Timestamp) {
        for index in entries.indices where entries[index].state == "leased" {
            guard let until = entries[index].leaseUntil, until <= now else { continue }
            entries[index].state = "pending"
            entries[index].mayHaveArrived = entries[index].mayHaveArrived || entries[index].begun
            entries[index].begun = false
        }
    }

    mutating func lease(_ entry: OutboxEntry, until: Timestamp, now: Timestamp) throws {
        guard let index = entries.firstIndex(where: { $0.id == entry.id || (!$0.isDigest && $0.label == entry.label) })
        else { throw Violation(description: "unknown entry \(entry.label)") }
        entries[index].id = entry.id
        guard entries[index].state == "pending" else {
            throw Violation(description: "\(entry.label) was \(entries[index].state) and is leased")
        }
        if let other = entries.first(where: { $0.state == "leased" && $0.chat == entry.address }) {
            throw Violation(description: "chat \(entry.address) has \(other.label) and \(entry.label) under lease")
        }
        let overtaken = entries.first {
            $0.state == "pending" && $0.chat == entry.address && $0.lane == entry.lane
                && $0.number < entries[index].number
        }
        if let overtaken { throw Violation(description: "\(entry.label) overtook \(overtaken.label)") }
        guard entry.possibleRepeat == entries[index].mayHaveArrived else {
            throw Violation(description: "\(entry.label): possible repeat is \(entry.possibleRepeat)")
        }
        entries[index].state = "leased"
        entries[index].leaseUntil = until
        entries[index].begun = false
    }

    mutating func begin(_ id: OutboxID) {
        for index in entries.indices where entries[index].id == id { entries[index].begun = true }
    }

    mutating func record(_ outcome: OutboxOutcome) {
        guard let index = entries.firstIndex(where: { $0.id == outcome.id }) else { return }
        switch outcome.result {
        case .sent: entries[index].state = "sent"
        case .retry, .moved:
            entries[index].state = "pending"
            if outcome.mayHaveArrived { entries[index].mayHaveArrived = true }
        case .held, .summarised: entries[index].state = "held"
        case .dead, .addressGone: entries[index].state = "dead"
        case .dropped: entries[index].state = "dropped"
        }
        entries[index].begun = false
    }

    /// One chat's held entries were released: singly as they were, several as a digest.
    mutating func merged(_ states: [String: String], _ digests: [OutboxID: Digest]) {
        var mayHaveArrived = false
        for index in entries.indices where entries[index].state == "held" {
            let entry = entries[index]
            // A digest that went into another one is gone.
            entries[index].state =
                entry.isDigest ? entry.id.flatMap { digests[$0]?.state } ?? "gone" : states[entry.label] ?? "lost"
            if ["coalesced", "gone"].contains(entries[index].state) {
                mayHaveArrived = mayHaveArrived || entry.mayHaveArrived
            }
        }
        for (id, digest) in digests where !entries.contains(where: { $0.id == id }) {
            entries.append(
                Entry(
                    label: "digest \(id)", chat: digest.chat, lane: digest.lane, number: entries.count, id: id,
                    mayHaveArrived: mayHaveArrived, isDigest: true))
        }
    }

    /// State by label; a reply that was sent has no row.
    static func states(in file: TemporaryDatabase) async throws -> [String: String] {
        try await file.database.read { sql in
            let alerts = try sql.rows(
                "SELECT a.natural_key, o.state FROM outbox o JOIN alerts a ON a.id = o.alert_id"
            ) { ($0.text(0), $0.text(1)) }
            let replies = try sql.rows("SELECT payload, state FROM outbox WHERE payload IS NOT NULL") { row in
                (try MessageCoder.decode(row.optionalBytes(0) ?? []).0.plainText, row.text(1))
            }
            return Dictionary(alerts + replies) { first, _ in first }
        }
    }

    static func digests(in file: TemporaryDatabase) async throws -> [OutboxID: Digest] {
        try await file.database.read { sql in
            let rows = try sql.rows(
                """
                SELECT o.id, m.address, o.lane, o.state FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
                WHERE o.is_digest = 1
                """
            ) { row in
                (
                    OutboxID(row.integer(0)),
                    Digest(chat: row.text(1), lane: Lane(rawValue: Int(row.integer(2))) ?? .low, state: row.text(3))
                )
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    func check(against file: TemporaryDatabase, now: Timestamp) async throws {
        let states = try await Self.states(in: file)
        let digests = try await Self.digests(in: file)
        for entry in entries {
            let found = entry.isDigest ? entry.id.flatMap { digests[$0]?.state } : states[entry.label]
            switch (entry.state, found) {
            // Done replies leave no content.
            case ("sent", nil), ("dropped", nil), ("gone", nil): break
            case (let expected, let found):
                #expect(expected == found, "\(entry.label)")
            }
        }
        try await file.database.read { sql in
            let wrongHeads = try sql.integer(
                """
                SELECT count(*) FROM (
                    SELECT o.mailbox_id, o.lane, min(o.id) AS entry_id FROM outbox o WHERE o.state = 'pending'
                    GROUP BY o.mailbox_id, o.lane) p
                LEFT JOIN lane_heads h ON h.mailbox_id = p.mailbox_id AND h.lane = p.lane
                JOIN mailboxes m ON m.id = p.mailbox_id JOIN outbox e ON e.id = p.entry_id
                WHERE m.leased = 0
                    AND (h.entry_id IS NULL OR h.entry_id <> p.entry_id OR h.busy <> 0 OR h.due_at <> e.due_at)
                """)
            #expect(wrongHeads == 0)
            let strayHeads = try sql.integer(
                """
                SELECT count(*) FROM lane_heads h JOIN mailboxes m ON m.id = h.mailbox_id
                WHERE m.leased = 0 AND NOT EXISTS
                    (SELECT 1 FROM outbox o WHERE o.id = h.entry_id AND o.state = 'pending')
                """)
            #expect(strayHeads == 0)
            let wrongLeases = try sql.integer(
                """
                SELECT count(*) FROM mailboxes m WHERE m.leased <>
                    (SELECT count(*) FROM outbox o WHERE o.mailbox_id = m.id AND o.state = 'leased')
                """)
            #expect(wrongLeases == 0)
            #expect(try sql.integer("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        }
    }
}

/// Small reproducible generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
