import Decisions
import Delivery
import Foundation
import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct RoutingCommandTests {
    private func agent() async throws -> Conversations {
        try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
    }

    /// An alert to the person whose number in the store is `id`.
    private func told(_ chat: Conversations, _ id: Int64, priority: Priority = .medium) async throws {
        let symbol = try #require(Symbol("BTC"))
        let now = chat.wall.now
        let alerts = SQLAlertStore(chat.database, routing: RoutingSettings())
        _ = try await alerts.publish(
            DecisionBatch(alerts: [
                Alert(
                    naturalKey: "rule:1:\(now.milliseconds)", symbol: symbol, priority: priority, issuedAt: now,
                    audience: .owner(RecipientID(id), via: []),
                    body: .ruleFired(
                        RuleFiring(
                            rule: RuleID(1), owner: RecipientID(id), number: 1, text: "BTC > 1", symbol: symbol,
                            sequence: 1, at: now, price: 2, values: [])))
            ]), now: now)
        while !(try await alerts.expand(limit: 10, now: now)).isEmpty {}
    }

    @Test("an alert is acknowledged once, and only by who was told of it")
    func acknowledge() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        try await chat.say("/start", from: "2")
        try await told(chat, 1)
        #expect(try await chat.answer("/ack").contains("Which alert"))
        #expect(try await chat.answer("/ack 1").contains("Noted"))
        #expect(try await chat.answer("/ack #1").contains("already"))
        #expect(try await chat.answer("/ack 1", from: "2").contains("1"))
        #expect(!(try await chat.answer("/ack 1", from: "2").contains("Noted")))
    }

    @Test("a snoozed alert waits for its time, and asks for how long when that is missing")
    func snooze() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        try await told(chat, 1)
        let asked = try await chat.say("/snooze 1")
        #expect(asked.last?.commands.contains("/snooze 1 1h") == true)
        #expect(try await chat.answer("/snooze 1 soon").contains("soon"))
        #expect(try await chat.answer("/snooze 1 40d").contains("At most"))
        #expect(try await chat.answer("/snooze 1 1h").contains("again"))
        let store = SQLRoutingStore(chat.database, settings: RoutingSettings())
        #expect(try await store.nextDue().rule == chat.rules.now + .hours(1))
    }

    @Test("marks are kept, the last one of an alert counts")
    func marks() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        try await told(chat, 1)
        try await chat.say("/useful 1")
        try await chat.say("/useful 1 no")
        let marks = try await chat.store.read { try $0.marks(of: RecipientID(1)) }
        #expect(marks == (useful: 0, notUseful: 1))
    }

    @Test("a reminder is at the next such time in the person's zone, with the symbol that its text names")
    func remind() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        #expect(try await chat.answer("/remind").contains("When"))
        #expect(try await chat.answer("/remind noon tea").contains("noon"))
        #expect(try await chat.answer("/remind 18:00").contains("of what"))
        #expect(try await chat.answer("/remind 18:00 look at BTC").contains("18:00"))
        let documents = try await chat.store.read { try $0.export(RecipientID(1)) }
        #expect(documents.contains("look at BTC"))
        #expect(documents.contains("\"symbol\" : \"BTC\""))
    }

    @Test(
        "the next time of day keeps to the zone's clock, over its changes too",
        arguments: [
            // 29 March 2026, 00:30 in Madrid: at 2:00 it becomes 3:00.
            ("2:30", "2026-03-28T23:30:00Z", "2026-03-29T01:00:00Z"),
            ("18:00", "2026-03-28T23:30:00Z", "2026-03-29T16:00:00Z"),
            // Exactly now is tomorrow.
            ("00:30", "2026-03-27T23:30:00Z", "2026-03-28T23:30:00Z"),
            ("45m", "2026-03-28T23:30:00Z", "2026-03-29T00:15:00Z"),
        ])
    func nextTime(_ written: String, _ now: String, _ expected: String) throws {
        let format = ISO8601DateFormatter()
        let from = Timestamp(try #require(format.date(from: now)))
        let due = try #require(RemindCommand.next(written, after: from, zone: "Europe/Madrid"))
        #expect(due == Timestamp(try #require(format.date(from: expected))))
    }

    @Test("a silence has an author, a reason and an end; it is listed, ended and audited")
    func silence() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        #expect(try await chat.answer("/ops silence").contains("Nothing"))
        #expect(try await chat.answer("/ops silence BTC 2h").contains("why"))
        #expect(try await chat.answer("/ops silence source_stale* 2h the venue <b>tests</b>").contains("Silence 1"))
        let listed = try await chat.say("/ops silence").last
        #expect(listed?.text.contains("source_stale*") == true)
        #expect(listed?.text.contains("<b>tests</b>") == true)
        #expect(listed?.commands.contains("/ops silence end 1 !") == true)
        #expect(try await chat.answer("/ops silence end 1").contains("ended"))
        #expect(try await chat.answer("/ops silence end 1").contains("No silence"))
        #expect(try await chat.answer("/ops silence").contains("Nothing"))
    }

    @Test("the queue accounts for what was decided in the last hour")
    func account() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "1")
        try await told(chat, 1)
        let answer = try await chat.answer("/ops queue")
        #expect(answer.contains("alerts 1"))
        #expect(answer.contains("deliveries 1"))
        #expect(!answer.contains("not accounted for"))
    }
}
