import Chat
import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

/// What `/why` and `/whynot` read.
@Suite(.oneAtATime) struct PassageTests {
    private func passage(_ file: TemporaryDatabase, _ alert: Int64, _ person: Recipient) async throws -> AlertPassage? {
        try await file.chat.read { try $0.passage(of: AlertID(alert), to: person.id) }
    }

    private func claim(_ file: TemporaryDatabase, at: Timestamp) async throws -> OutboxID {
        let claimed = try await file.outbox.claim(channel: .telegram, limit: 1, now: at, lease: at + .minutes(1))
        let id = try #require(claimed.first?.entry.id)
        try await file.outbox.beginSend([id], now: at)
        return id
    }

    @Test("an alert that went straight through costs no stage, and says when it was queued and sent")
    func straight() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert())
        let id = try await claim(file, at: .start + .seconds(1))
        try await file.outbox.record(
            [OutboxOutcome(id: id, result: .sent(providerMessageID: "m7"))], now: .start + .seconds(2))
        let passage = try #require(try await passage(file, 1, person))
        #expect(passage.ledgerSequence == 1)
        #expect(passage.expandedAt == .start)
        let expected = DeliveryPassage(
            channel: .telegram, state: "sent", queuedAt: .start, finishedAt: Timestamp.start + .seconds(2), attempts: 1,
            providerMessageID: "m7")
        #expect(passage.deliveries == [expected])
        #expect(try await file.count("SELECT count(*) FROM delivery_stages") == 0)
    }

    @Test("tries that failed and holds stay visible after the alert arrived")
    func detours() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert())
        var at = Timestamp.start
        for reason in ["rate limited", "502 bad gateway"] {
            at += .seconds(10)
            let id = try await claim(file, at: at)
            try await file.outbox.record(
                [OutboxOutcome(id: id, result: .retry(at: at + .seconds(5), reason: reason))], now: at)
        }
        at += .seconds(10)
        let held = try await claim(file, at: at)
        try await file.outbox.record(
            [OutboxOutcome(id: held, result: .held(until: at + .hours(1), reason: "quiet hours"))], now: at)
        let waiting = try #require(try await passage(file, 1, person)).deliveries[0]
        #expect(waiting.state == "held")
        #expect(waiting.heldUntil == at + .hours(1))
        _ = try await file.held.releaseHeld(ruleTime: at + .hours(1), now: at + .hours(1), limit: 5)
        let last = try await claim(file, at: at + .hours(1))
        try await file.outbox.record(
            [OutboxOutcome(id: last, result: .sent(providerMessageID: nil))], now: at + .hours(1))
        let delivery = try #require(try await passage(file, 1, person)).deliveries[0]
        #expect(delivery.state == "sent")
        #expect(delivery.stages.map(\.kind) == [.retried, .retried, .held])
        #expect(delivery.stages.map(\.detail) == ["rate limited", "502 bad gateway", "quiet hours"])
        let times: [Timestamp] = [10, 20, 30].map { Timestamp.start + Span.seconds($0) }
        #expect(delivery.stages.map(\.at) == times)
        #expect(delivery.attempts == 4)
    }

    @Test("an alert that was merged into one message goes that message's way")
    func merged() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC", "ETH"])
        for name in ["BTC", "ETH"] {
            try await file.publishAndExpand(opportunityAlert(name))
            let id = try await claim(file, at: .start)
            try await file.outbox.record(
                [OutboxOutcome(id: id, result: .held(until: .start + .hours(1), reason: "muted"))], now: .start)
        }
        let opened = Timestamp.start + .hours(1)
        _ = try await file.held.releaseHeld(ruleTime: opened, now: opened, limit: 5)
        let digest = try await claim(file, at: opened)
        try await file.outbox.record(
            [OutboxOutcome(id: digest, result: .retry(at: opened + .seconds(1), reason: "503"))], now: opened)
        let again = try await claim(file, at: opened + .seconds(1))
        try await file.outbox.record(
            [OutboxOutcome(id: again, result: .sent(providerMessageID: "d1"))], now: opened + .seconds(2))
        for alert in [Int64(1), 2] {
            let delivery = try #require(try await passage(file, alert, person)).deliveries[0]
            #expect(delivery.isInDigest)
            #expect(delivery.state == "sent")
            #expect(delivery.finishedAt == opened + .seconds(2))
            #expect(delivery.providerMessageID == "d1")
            #expect(delivery.stages.map(\.kind) == [.held, .retried])
        }
    }

    @Test("what was kept from a person because it had been told leaves its reason")
    func deduplicated() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert())
        try await file.publishAndExpand(opportunityAlert(at: .start + .minutes(10)), now: .start + .minutes(10))
        let passage = try #require(try await passage(file, 2, person))
        #expect(passage.deliveries.isEmpty)
        let stage = DeliveryStage(kind: .deduplicated, at: Timestamp.start + .minutes(10), detail: "")
        #expect(passage.stages == [stage])
    }

    @Test("nobody sees another's alert by guessing its id")
    func others() async throws {
        let file = try await TemporaryDatabase()
        let owner = try await file.addPerson("1")
        let stranger = try await file.addPerson("2")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: owner.id, at: .start) }
        try await file.publishAndExpand(ruleAlert(rule))
        #expect(try await passage(file, 1, owner) != nil)
        #expect(try await passage(file, 1, stranger) == nil)
        let span = (Timestamp.start - .hours(1))..<(Timestamp.start + .hours(1))
        let seen = try await file.chat.read { session in
            try [owner, stranger].map { try session.alerts(about: symbol("BTC"), for: $0.id, in: span, limit: 9).count }
        }
        #expect(seen == [1, 0])
    }

    @Test("the stages of one entry are bounded, and go with their retention and their owner")
    func bounded() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        try await file.publishAndExpand(opportunityAlert())
        var at = Timestamp.start
        for _ in 0..<50 {
            let id = try await claim(file, at: at)
            at += .seconds(1)
            let long = String(repeating: "x", count: 1_000)
            try await file.outbox.record([OutboxOutcome(id: id, result: .retry(at: at, reason: long))], now: at)
        }
        let stages = try #require(try await passage(file, 1, person)).deliveries[0].stages
        #expect(stages.count == StageTable.mostOfEntry)
        #expect(stages.allSatisfy { $0.detail.count == StageTable.longestDetail })
        let retention = Retention(file.database)
        _ = try await retention.run(now: .start + .days(89), ruleTime: .start + .days(89))
        #expect(try await file.count("SELECT count(*) FROM delivery_stages") == StageTable.mostOfEntry)
        _ = try await retention.run(now: .start + .days(91), ruleTime: .start + .days(91))
        #expect(try await file.count("SELECT count(*) FROM delivery_stages") == 0)

        for minute in 1...2 {
            let later = at + .minutes(Int64(minute))
            try await file.publishAndExpand(opportunityAlert(at: later), now: later)
        }
        #expect(try await file.count("SELECT count(*) FROM delivery_stages") == 1)
        try await file.chat.write { try $0.forget(person.id) }
        #expect(try await file.count("SELECT count(*) FROM delivery_stages") == 0)
    }

    @Test("vetoes are kept once with their reason, and for as long as deliveries")
    func vetoes() async throws {
        let file = try await TemporaryDatabase()
        let reasons: [QuietReason] = [
            .wideSpread(0.01), .sameSide(.start), .staleData(age: .hours(4)), .extremeRSI(91), .thinVolume(1_000),
            .oppositeSignal(.start),
        ]
        let vetoes = reasons.enumerated().map { index, reason in
            Veto(
                symbol: symbol("BTC"), kind: .trend, at: .start + .hours(Int64(index)), score: 0.7, reason: reason)
        }
        for _ in 0..<2 { _ = try await file.alerts.publish(DecisionBatch(vetoes: vetoes), now: .start) }
        let span = Timestamp.start..<(Timestamp.start + .days(1))
        #expect(try await file.chat.read { try $0.vetoes(of: symbol("BTC"), in: span) } == vetoes)
        #expect(try await file.chat.read { try $0.vetoes(of: symbol("ETH"), in: span) }.isEmpty)
        _ = try await Retention(file.database).run(now: .start + .days(91), ruleTime: .start + .days(91))
        #expect(try await file.count("SELECT count(*) FROM vetoes") == 0)
    }
}
