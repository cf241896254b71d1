import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct DaySummaryTests {
    private let settings = RoutingSettings()

    private func claim(_ file: TemporaryDatabase, at now: Timestamp) async throws -> [ClaimedEntry] {
        try await file.outbox.claim(channel: .telegram, limit: 100, now: now, lease: now + .minutes(1))
    }

    private func record(
        _ file: TemporaryDatabase, _ claimed: ClaimedEntry, _ result: OutboxOutcome.Result, at now: Timestamp
    ) async throws {
        try await file.outbox.record(
            [OutboxOutcome(id: claimed.entry.id, result: result, countedAt: now)], now: now)
    }

    /// Sends what the gate lets through, and returns what went.
    private func turn(_ file: TemporaryDatabase, at now: Timestamp, message: String) async throws -> [ClaimedEntry] {
        _ = try await SQLRoutingStore(try await file.reopened(), settings: settings).flushGroups(now: now, limit: 10)
        var sent: [ClaimedEntry] = []
        while true {
            let claimed = try await claim(file, at: now)
            if claimed.isEmpty { return sent }
            for entry in claimed {
                switch DeliveryGate().verdict(for: entry, now: now, ruleNow: now) {
                case .send:
                    try await record(file, entry, .sent(providerMessageID: message), at: now)
                    sent.append(entry)
                case .summarise(let day): try await record(file, entry, .summarised(day: day), at: now)
                case .drop(let reason): try await record(file, entry, .dropped(reason: reason), at: now)
                case .hold, .dead: Issue.record("neither held nor dead")
                }
            }
        }
    }

    @Test("beyond the budget everything of a day is one silent message, edited, across restarts")
    func summary() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", preferences: Preferences(attentionBudget: 2))
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        for sequence in 1...5 {
            try await file.publishAndExpand(ruleAlert(rule, sequence: sequence, at: .start))
        }
        let loud = try await turn(file, at: .start, message: "7")
        #expect(loud.map(\.entry.label) == [1, 2].map { ruleAlert(rule, sequence: $0).naturalKey })
        #expect(try await turn(file, at: .start + .seconds(59), message: "8").isEmpty)
        let first = try await turn(file, at: .start + .minutes(1), message: "8")
        #expect(first.map { $0.entry.label.split(separator: ",").count } == [3])
        #expect(first.map(\.entry.isSilent) == [true])
        #expect(first.map(\.entry.form) == [.new])
        // One more joins the same message, no sooner than the pace of edits.
        try await file.publishAndExpand(ruleAlert(rule, sequence: 6, at: .start), now: .start + .minutes(2))
        #expect(try await turn(file, at: .start + .minutes(2), message: "9").isEmpty)
        #expect(try await turn(file, at: .start + .minutes(10), message: "9").isEmpty)
        let second = try await turn(file, at: .start + .minutes(11), message: "8")
        #expect(second.map { $0.entry.label.split(separator: ",").count } == [4])
        #expect(second.map(\.entry.form) == [.edit(messageID: "8")])
        let account = try await file.chat.read { try $0.deliveryAccount(since: .start) }
        #expect(account.isBalanced)
        #expect(account.delivered == 2)
        #expect(account.coalesced == 4)
    }

    @Test("an alert on two channels is one loud alert")
    func once() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", preferences: Preferences(attentionBudget: 5))
        let rule = try await file.chat.write { session throws in
            try session.setAddress(Address(channel: .email, value: "a@example.org"), of: person.id)
            return try session.addRule(text: "BTC > 1", owner: person.id, at: .start)
        }
        try await file.publishAndExpand(ruleAlert(rule, priority: .high))
        for channel in [ChannelKind.telegram, .email] {
            let claimed = try await file.outbox.claim(
                channel: channel, limit: 9, now: .start, lease: .start + .minutes(1))
            for entry in claimed { try await record(file, entry, .sent(providerMessageID: "1"), at: .start) }
        }
        #expect(try await file.count("SELECT loud FROM attention") == 1)
    }
}
