import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct HeldStoreTests {
    private let window = Timestamp.start + .hours(8)

    private func hold(
        _ file: TemporaryDatabase, chat: String, _ priorities: [Priority], until: Timestamp, from: Int = 1
    ) async throws -> [String] {
        let identity = Identity(platform: .telegram, externalID: chat)
        let rule = try await file.chat.write { session throws in
            let person =
                try session.recipient(for: identity)
                ?? session.addRecipient(
                    kind: .person, role: .user, preferences: Preferences(), identity: identity,
                    address: Address(channel: .telegram, value: chat), at: .start)
            return try session.addRule(text: "BTC > 1", owner: person.id, at: .start)
        }
        var keys: [String] = []
        for (index, priority) in priorities.enumerated() {
            let alert = ruleAlert(rule, sequence: from + index, priority: priority)
            keys.append(alert.naturalKey)
            try await file.publishAndExpand(alert)
            for claimed in try await claim(file) {
                try await file.outbox.record(
                    [OutboxOutcome(id: claimed.entry.id, result: .held(until: until, reason: "quiet hours"))],
                    now: .start)
            }
        }
        return keys
    }

    private func claim(_ file: TemporaryDatabase) async throws -> [ClaimedEntry] {
        try await file.outbox.claim(channel: .telegram, limit: 100, now: .start, lease: .start + .minutes(1))
    }

    @Test("held alerts are not sent before their window, and then as one message an address")
    func digest() async throws {
        let file = try await TemporaryDatabase()
        let keys = try await hold(file, chat: "1", [.low, .high, .medium], until: window)
        let single = try await hold(file, chat: "2", [.low], until: window)
        #expect(try await claim(file).isEmpty)
        #expect(try await file.held.nextHeld() == window)
        #expect(try await file.held.releaseHeld(ruleTime: window - .milliseconds(1), now: .start, limit: 9) == 0)
        #expect(try await file.held.releaseHeld(ruleTime: window, now: .start, limit: 9) == 2)
        #expect(try await file.held.nextHeld() == nil)
        let claimed = try await claim(file)
        #expect(claimed.map(\.entry.label) == [keys.joined(separator: ","), single[0]])
        #expect(claimed.map(\.entry.lane) == [.high, .low])
        #expect(claimed.map(\.isStillWanted) == [true, true])
        guard case .digest = claimed[0].entry.content, case .alert = claimed[1].entry.content else {
            Issue.record("expected a digest and an alert as it was")
            return
        }
        try await file.outbox.record(
            claimed.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "1")) }, now: window)
        let owner = try #require(claimed[0].entry.recipient)
        let history = try await file.chat.read { try $0.history(of: owner, symbol: nil, limit: 9) }
        #expect(history.map(\.state) == ["coalesced", "coalesced", "coalesced"])
        #expect(history.map(\.sentAt) == [window, window, window])
    }

    @Test("a digest that is held again joins what came meanwhile; no alert is lost")
    func heldAgain() async throws {
        let file = try await TemporaryDatabase()
        var keys = try await hold(file, chat: "1", [.low, .low], until: window)
        _ = try await file.held.releaseHeld(ruleTime: window, now: .start, limit: 9)
        let digest = try #require(try await claim(file).first)
        try await file.outbox.record(
            [OutboxOutcome(id: digest.entry.id, result: .held(until: window + .hours(1), reason: "muted"))], now: .start
        )
        keys += try await hold(file, chat: "1", [.medium], until: window + .hours(1), from: 9)
        #expect(try await file.held.releaseHeld(ruleTime: window + .hours(1), now: .start, limit: 9) == 1)
        let again = try await claim(file)
        #expect(again.map(\.entry.label) == [keys.joined(separator: ",")])
        #expect(try await file.count("SELECT count(*) FROM outbox WHERE is_digest = 1") == 1)
    }

    @Test("what is not wanted any more is left out of a digest; a digest of nothing is not wanted")
    func unwanted() async throws {
        let file = try await TemporaryDatabase()
        let first = try await hold(file, chat: "1", [.low], until: window)
        _ = try await hold(file, chat: "1", [.low], until: window)
        _ = try await file.held.releaseHeld(ruleTime: window, now: .start, limit: 9)
        let rules = try await file.rules.rules(after: nil, limit: 100)
        try await file.chat.write { try $0.deleteRule(rules[1].id) }
        let claimed = try #require(try await claim(file).first)
        #expect(claimed.entry.label == first[0])
        #expect(claimed.isStillWanted)
        try await file.outbox.releaseLeases(channel: .telegram)
        try await file.chat.write { try $0.deleteRule(rules[0].id) }
        #expect(try await claim(file).map(\.isStillWanted) == [false])
    }

    @Test("more than a digest holds becomes several")
    func sizes() async throws {
        let file = try await TemporaryDatabase()
        let count = SQLHeldStore.digestSize + 20
        _ = try await hold(file, chat: "1", Array(repeating: .low, count: count), until: window)
        #expect(try await file.held.releaseHeld(ruleTime: window, now: .start, limit: 9) == 1)
        var sizes: [Int] = []
        while let next = try await claim(file).first {
            if case .digest(let alerts) = next.entry.content { sizes.append(alerts.count) }
            try await file.outbox.record(
                [OutboxOutcome(id: next.entry.id, result: .sent(providerMessageID: nil))], now: .start)
        }
        #expect(sizes == [SQLHeldStore.digestSize, 20])
    }

    @Test("a limit serves so many addresses, those that waited longest first")
    func limit() async throws {
        let file = try await TemporaryDatabase()
        for chat in 1...3 {
            _ = try await hold(file, chat: "\(chat)", [.low], until: window - .minutes(Int64(chat)))
        }
        #expect(try await file.held.releaseHeld(ruleTime: window, now: .start, limit: 2) == 2)
        #expect(Set(try await claim(file).map(\.entry.address)) == ["3", "2"])
    }
}
