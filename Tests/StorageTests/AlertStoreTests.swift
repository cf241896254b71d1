import Chat
import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

extension TemporaryDatabase {
    fileprivate func claimAll(_ channel: ChannelKind = .telegram) async throws -> [ClaimedEntry] {
        try await outbox.claim(channel: channel, limit: 10_000, now: .start + .hours(1), lease: .start + .hours(2))
    }
}

@Suite(.oneAtATime) struct AlertStoreTests {
    @Test("an alert is stored once, together with the state that caused it, and outlives a restart")
    func publish() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        let batch = DecisionBatch(
            alerts: [ruleAlert(rule)],
            ruleStates: [rule.id: RuleState(sequence: 1, symbols: ["BTC": .init(phase: .spent)])])
        let first = try await file.alerts.publish(batch, now: .start)
        #expect(first.map(\.alert) == batch.alerts)
        #expect(try await file.alerts.publish(batch, now: .start).isEmpty)

        let again = try await file.reopened()
        #expect(try await SQLRuleStore(again).rules(after: nil, limit: 100).first?.state.sequence == 1)
        let expansion = try #require(try await SQLAlertStore(again).expandNext(limit: 10, now: .start))
        #expect(
            expansion
                == Expansion(
                    alert: first[0].id, entries: 1, deduplicated: 0, finished: true, channels: [.telegram]))
        #expect(try await SQLAlertStore(again).expandNext(limit: 10, now: .start) == nil)
        let claimed = try await file.claimAll()
        #expect(claimed.map(\.entry.content) == [.alert(first[0])])
        #expect(claimed.map(\.isStillWanted) == [true])
        #expect(claimed.first?.recipient == person)
    }

    @Test("a batch that fails stores nothing")
    func atomic() async throws {
        let file = try await TemporaryDatabase()
        try await file.database.write { sql in
            try sql.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON alerts WHEN NEW.symbol = 'ETH' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        }
        await #expect(throws: (any Error).self) {
            _ = try await file.alerts.publish(
                DecisionBatch(alerts: [opportunityAlert("BTC"), opportunityAlert("ETH")]), now: .start)
        }
        #expect(try await file.count("SELECT count(*) FROM alerts") == 0)
    }

    @Test("an audience is expanded in pages, each recipient once, whatever the page size", arguments: [1, 3, 10, 100])
    func pages(limit: Int) async throws {
        let file = try await TemporaryDatabase()
        for number in 1...10 { try await file.addPerson("\(number)", subscribed: ["BTC"]) }
        _ = try await file.alerts.publish(DecisionBatch(alerts: [opportunityAlert()]), now: .start)
        var entries = 0
        var alerts = file.alerts
        while let expansion = try await alerts.expandNext(limit: limit, now: .start) {
            entries += expansion.entries
            // A new process each page.
            alerts = SQLAlertStore(try await file.reopened())
        }
        #expect(entries == 10)
        #expect(Set(try await file.claimAll().map(\.entry.address)) == Set((1...10).map(String.init)))
    }

    @Test("only subscribers whose minimum is reached, who did not stop and are not blocked, are told")
    func audience() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("told", subscribed: ["BTC"], minimum: 0.7)
        try await file.addPerson("too weak", subscribed: ["BTC"], minimum: 0.71)
        try await file.addPerson("other symbol", subscribed: ["ETH"])
        try await file.addPerson("blocked", subscribed: ["BTC"], role: .blocked)
        var stopped = try await file.addPerson("stopped", subscribed: ["BTC"])
        stopped.stopped = true
        let update = stopped
        try await file.chat.write { try $0.update(update) }
        try await file.publishAndExpand(opportunityAlert(strength: 0.7))
        #expect(try await file.claimAll().map(\.entry.address) == ["told"])
    }

    @Test("the same person, symbol and type is told once in 30 minutes of the rule clock")
    func deduplication() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: ["BTC", "ETH"])
        func entries(_ alert: Alert) async throws -> (Int, Int) {
            let expansions = try await file.publishAndExpand(alert)
            return (expansions.map(\.entries).reduce(0, +), expansions.map(\.deduplicated).reduce(0, +))
        }
        #expect(try await entries(opportunityAlert(at: .start)) == (1, 0))
        #expect(try await entries(opportunityAlert(at: .start + .minutes(29))) == (0, 1))
        #expect(try await entries(opportunityAlert("ETH", at: .start + .minutes(29))) == (1, 0))
        #expect(try await entries(opportunityAlert(at: .start + .minutes(29), side: .sell)) == (1, 0))
        #expect(try await entries(opportunityAlert(at: .start + .minutes(29), kind: .reversal)) == (1, 0))
        #expect(try await entries(opportunityAlert(at: .start + .minutes(30))) == (1, 0))
        // A replay that starts anew in the past is not silenced by its future.
        #expect(try await entries(opportunityAlert(at: .start - .days(9))) == (1, 0))
    }

    @Test("channels follow the priority; via replaces them, and SMS stays for what is critical")
    func channels() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { session throws in
            for channel in [ChannelKind.discord, .email, .sms, .terminal] {
                try session.setAddress(Address(channel: channel, value: "x"), of: person.id)
            }
            return try session.addRule(text: "BTC > 1", owner: person.id, at: .start)
        }
        var sequence = 0
        func channels(_ priority: Priority, via: [ChannelKind] = []) async throws -> Set<ChannelKind> {
            sequence += 1
            return try await file.publishAndExpand(ruleAlert(rule, sequence: sequence, priority: priority, via: via))
                .reduce(into: []) { $0.formUnion($1.channels) }
        }
        #expect(try await channels(.critical) == [.telegram, .discord, .email, .sms, .terminal])
        #expect(try await channels(.high) == [.telegram, .discord, .email, .terminal])
        #expect(try await channels(.medium) == [.telegram, .discord, .terminal])
        #expect(try await channels(.low) == [.telegram, .terminal])
        #expect(try await channels(.low, via: [.email]) == [.email])
        #expect(try await channels(.medium, via: [.sms]) == [])
        #expect(try await channels(.critical, via: [.sms]) == [.sms])
    }

    @Test("an owner who can be reached nowhere gets a visible dead letter, not silence")
    func unreachable() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { session throws in
            try session.disableAddress(channel: .telegram, value: "1", reason: "blocked", at: .start)
            return try session.addRule(text: "BTC > 1", owner: person.id, at: .start)
        }
        let expansions = try await file.publishAndExpand(ruleAlert(rule))
        #expect(expansions.map(\.entries) == [0])
        #expect(try await file.claimAll().isEmpty)
        #expect(try await file.chat.read { try $0.deadLetters(limit: 5, offset: 0).map(\.reason) } == ["blocked"])
    }

    @Test("the channel webhook gets every opportunity once while it is on, without a recipient")
    func webhook() async throws {
        let file = try await TemporaryDatabase()
        try await file.publishAndExpand(opportunityAlert("ETH"))
        try await file.chat.write { try $0.setSetting("discord.webhook", to: "on") }
        for number in 1...5 { try await file.addPerson("\(number)", subscribed: ["BTC"]) }
        _ = try await file.alerts.publish(DecisionBatch(alerts: [opportunityAlert()]), now: .start)
        while try await file.alerts.expandNext(limit: 2, now: .start) != nil {}
        let claimed = try await file.claimAll(.discord)
        #expect(claimed.map(\.entry.address) == ["webhook"])
        #expect(claimed.map(\.entry.recipient) == [nil])
        #expect(claimed.map(\.isStillWanted) == [true])
        #expect(claimed.first?.recipient == nil)
        #expect(claimed.first?.addressDisabledReason == nil)
    }

    @Test("system alerts go to operators, and to the operators' chat unless one of them sits there")
    func system() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", role: .operator)
        try await file.addPerson("2")
        try await file.publishAndExpand(systemAlert(key: "a"))
        try await file.chat.write { try $0.setSetting("telegram.operator_chat", to: "-9") }
        try await file.publishAndExpand(systemAlert(key: "b"))
        try await file.chat.write { try $0.setSetting("telegram.operator_chat", to: "1") }
        try await file.publishAndExpand(systemAlert(key: "c"))
        let addresses = try await file.database.read { sql in
            try sql.rows(
                "SELECT a.natural_key, m.address FROM outbox o JOIN alerts a ON a.id = o.alert_id "
                    + "JOIN mailboxes m ON m.id = o.mailbox_id ORDER BY o.id"
            ) { "\($0.text(0)) \($0.text(1))" }
        }
        #expect(addresses == ["system:a 1", "system:b 1", "system:b -9", "system:c 1"])
    }

    @Test("the most urgent alert is expanded first")
    func urgency() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: ["BTC", "ETH"])
        _ = try await file.alerts.publish(
            DecisionBatch(alerts: [
                opportunityAlert("BTC", priority: .low), opportunityAlert("ETH", priority: .critical),
            ]),
            now: .start)
        let expansion = try #require(try await file.alerts.expandNext(limit: 9, now: .start))
        #expect(
            try await file.count("SELECT count(*) FROM alerts WHERE id = \(expansion.alert) AND symbol = 'ETH'") == 1)
    }

    @Test("whether an alert is still wanted is judged when it is claimed")
    func wanted() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        let rules = try await file.chat.write { session throws in
            try (0..<4).map { try session.addRule(text: "BTC > \($0)", owner: person.id, at: .start) }
        }
        for rule in rules { try await file.publishAndExpand(ruleAlert(rule)) }
        try await file.publishAndExpand(opportunityAlert())
        // A rule that ended by its own firing is wanted, one that its owner removed or paused is not.
        _ = try await file.alerts.publish(DecisionBatch(endedRules: [rules[1].id]), now: .start)
        try await file.chat.write { session throws in
            try session.setPaused(true, rule: rules[2].id)
            try session.deleteRule(rules[3].id)
            _ = try session.unsubscribe(person.id, from: symbol("BTC"))
        }
        var wanted: [String: Bool] = [:]
        while let next = try await file.claimAll().first {
            wanted[next.entry.label] = next.isStillWanted
            try await file.outbox.record([OutboxOutcome(id: next.entry.id, result: .dropped(reason: "x"))], now: .start)
        }
        #expect(
            wanted == [
                "rule:\(rules[0].id):1": true, "rule:\(rules[1].id):1": true, "rule:\(rules[2].id):1": false,
                "rule:\(rules[3].id):1": false, opportunityAlert().naturalKey: false,
            ])
    }

    @Test("history shows what was decided for a person, newest first, with its state")
    func history() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC", "ETH"])
        try await file.addPerson("2", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert("BTC"))
        try await file.publishAndExpand(opportunityAlert("ETH"))
        let first = try #require(try await file.claimAll().first { $0.entry.recipient == person.id })
        try await file.outbox.record(
            [OutboxOutcome(id: first.entry.id, result: .sent(providerMessageID: "5"))], now: .start + .seconds(3))
        try await file.chat.read { session throws in
            let all = try session.history(of: person.id, symbol: nil, limit: 10)
            #expect(all.map(\.alert.alert.symbol) == [symbol("ETH"), symbol("BTC")])
            #expect(all.map(\.state) == ["pending", "sent"])
            #expect(all.map(\.sentAt) == [nil, .start + .seconds(3)])
            #expect(try session.history(of: person.id, symbol: symbol("BTC"), limit: 10).count == 1)
            #expect(try session.history(of: person.id, symbol: nil, limit: 1).count == 1)
        }
    }

    @Test("an alert of the conversation itself goes the same way")
    func sessionPublish() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", role: .operator)
        try await file.chat.write { try $0.publish(systemAlert(.critical, key: "test"), now: .start) }
        #expect(try await file.alerts.expandNext(limit: 5, now: .start)?.entries == 1)
    }
}
