import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

/// From decided alerts to outbox entries over a real file, which is opened anew between the clocks.
@Suite(.oneAtATime) struct AlertRoutingTests {
    private let settings = RoutingSettings(burst: 5)
    private let names = ["BTC", "ETH", "SOL"]

    /// Another process over the same file.
    private func publish(_ alerts: [Alert], _ file: TemporaryDatabase, now: Timestamp = .start) async throws {
        let store = SQLAlertStore(try await file.reopened(), routing: settings)
        _ = try await store.publish(DecisionBatch(alerts: alerts), now: now)
        while !(try await store.expand(limit: 100, now: now)).isEmpty {}
    }

    private func flush(_ file: TemporaryDatabase, now: Timestamp) async throws -> Int {
        try await SQLRoutingStore(try await file.reopened(), settings: settings).flushGroups(now: now, limit: 10).count
    }

    private func claim(_ file: TemporaryDatabase, now: Timestamp = .start + .hours(1)) async throws -> [ClaimedEntry] {
        let claimed = try await file.outbox.claim(channel: .telegram, limit: 100, now: now, lease: now + .minutes(1))
        try await file.outbox.record(
            claimed.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: nil)) }, now: now)
        return claimed
    }

    @Test("opportunities of several symbols at one candle are one message, after the group wait and a restart")
    func grouped() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: names)
        try await publish(names.map { opportunityAlert($0) }, file)
        #expect(try await claim(file).isEmpty)
        #expect(try await flush(file, now: .start + .seconds(2) - .milliseconds(1)) == 0)
        #expect(try await flush(file, now: .start + .seconds(2)) == 1)
        let claimed = try await claim(file)
        #expect(claimed.map { $0.entry.label.split(separator: ",").count } == [3])
        #expect(try await file.count("SELECT count(*) FROM outbox WHERE state = 'coalesced'") == 3)
    }

    @Test("an opportunity that stays alone goes as it is, with its own buttons")
    func alone() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: names)
        try await publish([opportunityAlert()], file)
        #expect(try await flush(file, now: .start + .seconds(2)) == 1)
        let claimed = try await claim(file)
        #expect(claimed.count == 1)
        guard case .alert(let alert)? = claimed.first?.entry.content else {
            Issue.record("expected the alert as it was")
            return
        }
        #expect(alert.alert == opportunityAlert())
    }

    @Test("a straggler waits for the group interval, and a later candle is a group of its own")
    func interval() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: names)
        try await publish([opportunityAlert("BTC"), opportunityAlert("ETH")], file)
        #expect(try await flush(file, now: .start + .seconds(2)) == 1)
        #expect(try await claim(file).count == 1)
        try await publish([opportunityAlert("SOL")], file, now: .start + .seconds(10))
        #expect(try await flush(file, now: .start + .seconds(61)) == 0)
        // The next hour does not wait for that.
        let next = Timestamp.start + .hours(1)
        try await publish([opportunityAlert("ETH", at: next, side: .sell)], file, now: .start + .seconds(20))
        #expect(try await flush(file, now: .start + .seconds(22)) == 1)
        #expect(try await claim(file).map(\.entry.label) == [opportunityAlert("ETH", at: next, side: .sell).naturalKey])
        #expect(try await flush(file, now: .start + .seconds(62)) == 1)
        #expect(try await claim(file).map(\.entry.label) == [opportunityAlert("SOL").naturalKey])
    }

    @Test("a rule over one symbol is not delayed, and its owner's burst beyond five is told together")
    func burst() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rules = try await file.chat.write { session throws in
            try (1...9).map { try session.addRule(text: "BTC > \($0)", owner: person.id, at: .start) }
        }
        try await publish(rules.map { ruleAlert($0) }, file)
        var labels: [String] = []
        while true {
            let claimed = try await claim(file)
            if claimed.isEmpty { break }
            labels += claimed.map(\.entry.label)
        }
        #expect(labels == rules.prefix(5).map { ruleAlert($0).naturalKey })
        #expect(try await flush(file, now: .start + .seconds(2)) == 1)
        #expect(try await claim(file).map { $0.entry.label.split(separator: ",").count } == [4])
    }

    @Test("the siren that a second venue confirms is no repetition of the telling before it")
    func confirmed() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", subscribed: ["BTC"])
        try await publish([opportunityAlert("BTC")], file)
        _ = try await flush(file, now: .start + .seconds(2))
        #expect(try await claim(file).count == 1)
        var siren = opportunityAlert("BTC")
        siren.naturalKey += ":confirmed"
        siren.priority = .critical
        siren.venues = .confirmed
        try await publish([siren], file)
        _ = try await flush(file, now: .start + .seconds(4))
        #expect(try await claim(file).map(\.entry.label) == [siren.naturalKey])
    }

    @Test("a trouble that lasts is told again after the repeat interval, at once when it is over or worse")
    func repeats() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", role: .operator)
        func notice(_ key: String, _ severity: SystemNotice.Severity, at time: Timestamp) -> Alert {
            Alert(
                naturalKey: "system:\(key):\(severity):\(time.milliseconds)", symbol: nil, priority: .high,
                issuedAt: time, audience: .operators,
                body: .system(SystemNotice(severity: severity, key: key, values: ["source": "binance"])))
        }
        func told() async throws -> Int { try await claim(file, now: .start + .days(1)).count }
        try await publish([notice("source_stale", .warning, at: .start)], file)
        #expect(try await told() == 1)
        try await publish([notice("source_stale", .warning, at: .start + .hours(4) - .milliseconds(1))], file)
        #expect(try await told() == 0)
        try await publish([notice("source_stale", .critical, at: .start + .hours(2))], file)
        #expect(try await told() == 1)
        try await publish([notice("source_stale", .warning, at: .start + .hours(4))], file)
        #expect(try await told() == 1)
        try await publish([notice("source_recovered", .info, at: .start + .hours(5))], file)
        #expect(try await told() == 1)
        try await publish([notice("source_stale", .warning, at: .start + .hours(6))], file)
        #expect(try await told() == 1)
        #expect(
            try await file.count(
                "SELECT count(*) FROM outbox WHERE state = 'dropped' AND reason LIKE 'told already%'") == 1)
    }

    @Test("single symbols that follow a market-wide move are left out, and it says so")
    func echo() async throws {
        let file = try await TemporaryDatabase()
        let market = ["BTC", "ETH", "SOL", "ADA"]
        let person = try await file.addPerson("1", subscribed: market + ["DOT"])
        try await file.addPerson("2", subscribed: ["DOT"])
        try await publish(market.map { opportunityAlert($0) }, file)
        #expect(try await flush(file, now: .start + .seconds(2)) == 1)
        let later = Timestamp.start + .minutes(10)
        try await publish([opportunityAlert("DOT", at: later)], file, now: later)
        let reason = try await file.database.read { sql in
            try sql.first(
                "SELECT o.reason FROM outbox o JOIN alerts a ON a.id = o.alert_id WHERE o.recipient_id = ? "
                    + "AND o.state = 'dropped'", [.integer(person.id.rawValue)]
            ) { $0.text(0) }
        }
        #expect(reason == "echo of a market-wide move")
        // Who was not told of the market hears of it.
        #expect(try await file.count("SELECT count(*) FROM outbox WHERE recipient_id = 2 AND state = 'held'") == 1)
    }

    @Test("a silence leaves out, holds, and lets go when it is ended; each with its reason")
    func silence() async throws {
        let file = try await TemporaryDatabase()
        let boss = try await file.addPerson("1", subscribed: names, role: .operator)
        let rule = try await file.chat.write { session throws in
            _ = try session.addSilence(
                pattern: "BTC", reason: "venue test", author: boss.id, from: .start, until: .start + .hours(2))
            return try session.addRule(text: "BTC > 1", owner: boss.id, at: .start)
        }
        try await publish([opportunityAlert(), ruleAlert(rule)], file)
        #expect(try await claim(file).isEmpty)
        let states = try await file.database.read { sql in
            try sql.rows("SELECT state, reason FROM outbox ORDER BY id") { "\($0.text(0)) \($0.text(1))" }
        }
        #expect(states == ["dropped silence 1: venue test", "held silence 1: venue test"])
        let ended = try await file.chat.write { session throws in
            (try session.endSilence(1, at: .start + .hours(1)), try session.endSilence(1, at: .start + .hours(1)))
        }
        #expect(ended == (true, false))
        #expect(try await file.held.releaseHeld(ruleTime: .start + .hours(1), now: .start, limit: 9) == 1)
        #expect(try await claim(file).map(\.entry.label) == [ruleAlert(rule).naturalKey])
        let active = try await file.chat.read { try $0.silences(at: .start + .hours(1)) }
        #expect(active.isEmpty)
    }
}
