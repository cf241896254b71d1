import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct EscalationTests {
    private let settings = RoutingSettings()

    private func world(from urgency: Priority?) async throws -> (file: TemporaryDatabase, person: Recipient, rule: Rule)
    {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        if let urgency {
            try await file.database.write { sql in
                try sql.execute("UPDATE recipients SET escalate_from = ?", [.text(urgency.rawValue)])
            }
        }
        let rule = try await file.chat.write { session throws in
            try session.setAddress(Address(channel: .email, value: "a@example.org"), of: person.id)
            try session.setAddress(Address(channel: .sms, value: "+34600"), of: person.id)
            return try session.addRule(text: "BTC > 1", owner: person.id, at: .start)
        }
        return (file, person, rule)
    }

    private func publish(_ alert: Alert, _ file: TemporaryDatabase) async throws {
        let store = SQLAlertStore(file.database, routing: settings)
        _ = try await store.publish(DecisionBatch(alerts: [alert]), now: .start)
        while !(try await store.expand(limit: 100, now: .start)).isEmpty {}
    }

    private func escalate(_ file: TemporaryDatabase, minutes: Int64) async throws -> Int {
        // Another process each time.
        try await SQLRoutingStore(try await file.reopened(), settings: settings)
            .escalate(now: .start + .minutes(minutes), limit: 10).count
    }

    private func channels(_ file: TemporaryDatabase) async throws -> [String] {
        try await file.database.read { sql in try sql.rows("SELECT channel FROM outbox ORDER BY id") { $0.text(0) } }
    }

    @Test("a channel without a sender, or one that is switched off, is passed over")
    func unusable() async throws {
        let (file, person, rule) = try await world(from: .medium)
        try await publish(ruleAlert(rule, priority: .critical), file)
        func escalated(through channels: Set<ChannelKind>) async throws -> [String] {
            _ = try await SQLRoutingStore(try await file.reopened(), settings: settings, channels: channels)
                .escalate(now: .start + .minutes(10), limit: 10)
            return try await self.channels(file)
        }
        let before = try await channels(file)
        #expect(try await escalated(through: [.telegram, .discord]) == before)
        #expect(try await file.count("SELECT count(*) FROM escalations") == 0)
        _ = person
    }

    @Test("what nobody acknowledges goes to the next channel, and on, across restarts")
    func goesOn() async throws {
        let (file, _, rule) = try await world(from: .medium)
        try await publish(ruleAlert(rule, priority: .medium), file)
        #expect(try await channels(file) == ["telegram"])
        #expect(try await escalate(file, minutes: 9) == 0)
        #expect(try await escalate(file, minutes: 10) == 1)
        #expect(try await channels(file) == ["telegram", "email"])
        #expect(try await escalate(file, minutes: 11) == 0)
        // SMS is not for a medium alert: there is nobody left to tell.
        #expect(try await escalate(file, minutes: 20) == 1)
        #expect(try await channels(file) == ["telegram", "email"])
        #expect(try await file.count("SELECT count(*) FROM escalations") == 0)
    }

    @Test("an acknowledgement stops it, once")
    func acknowledged() async throws {
        let (file, person, rule) = try await world(from: .high)
        try await publish(ruleAlert(rule, priority: .high), file)
        let answers = try await file.chat.write { session throws in
            (
                try session.acknowledge(AlertID(1), by: person.id, at: .start),
                try session.acknowledge(AlertID(1), by: person.id, at: .start)
            )
        }
        #expect(answers == (true, false))
        #expect(try await escalate(file, minutes: 60) == 0)
        #expect(try await channels(file).count == 2)
    }

    @Test("an alert that a silence left out or holds is not taken further")
    func silenced() async throws {
        let (file, person, rule) = try await world(from: .medium)
        try await file.chat.write { session throws in
            _ = try session.addSilence(
                pattern: "rule", reason: "test", author: person.id, from: .start, until: .start + .hours(1))
        }
        try await publish(ruleAlert(rule, priority: .medium), file)
        #expect(try await escalate(file, minutes: 10) == 1)
        #expect(try await channels(file) == ["telegram"])
        #expect(try await file.count("SELECT count(*) FROM escalations") == 1)
        try await file.database.write { sql in
            try sql.execute(
                "UPDATE outbox SET state = 'dropped', held_until = NULL, reason = 'no longer wanted', finished_at = 1")
        }
        #expect(try await escalate(file, minutes: 20) == 1)
        #expect(try await channels(file) == ["telegram"])
        #expect(try await file.count("SELECT count(*) FROM escalations") == 0)
    }

    @Test("below the chosen priority, or without a choice, nothing escalates", arguments: [nil, Priority.high])
    func notChosen(_ urgency: Priority?) async throws {
        let (file, _, rule) = try await world(from: urgency)
        try await publish(ruleAlert(rule, priority: .medium), file)
        #expect(try await escalate(file, minutes: 60) == 0)
    }

    @Test(
        "a snoozed alert comes again at its time on the channel where it was asked for; a reminder says the price then")
    func later() async throws {
        let (file, person, rule) = try await world(from: nil)
        try await publish(ruleAlert(rule, priority: .high), file)
        let due = Timestamp.start + .hours(1)
        try await file.chat.write { session throws in
            let alert = try #require(try session.alert(AlertID(1), of: person.id))
            try session.addLater(.snooze(alert, for: person.id, until: due, on: .telegram))
            try session.addLater(
                .reminder("look at it", about: symbol("BTC"), for: person.id, at: due, on: .telegram, made: .start))
            let stranger = try session.alert(AlertID(1), of: RecipientID(99))
            #expect(stranger == nil)
        }
        let store = SQLRoutingStore(try await file.reopened(), settings: settings)
        #expect(try await store.nextDue().rule == due)
        let price: @Sendable (Symbol) -> String? = { _ in "64,000" }
        #expect(
            try await store.issueLater(ruleTime: due - .milliseconds(1), now: .start, limit: 9, price: price).count == 0
        )
        #expect(try await store.issueLater(ruleTime: due, now: .start, limit: 9, price: price).count == 2)
        #expect(try await store.issueLater(ruleTime: due, now: .start, limit: 9, price: price).count == 0)
        let alerts = SQLAlertStore(file.database, routing: settings)
        while !(try await alerts.expand(limit: 100, now: .start)).isEmpty {}
        #expect(try await channels(file).sorted() == ["email", "telegram", "telegram", "telegram"])
        let claimed = try await file.outbox.claim(
            channel: .telegram, limit: 9, now: .start, lease: .start + .minutes(1))
        #expect(claimed.allSatisfy { $0.isStillWanted })
        let documents = try await file.database.read { sql in
            try sql.rows("SELECT document FROM alerts ORDER BY id") { $0.text(0) }
        }
        #expect(documents.last?.contains("64,000") == true)
    }
}
