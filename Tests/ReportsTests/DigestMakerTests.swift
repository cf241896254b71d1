import Decisions
import Delivery
import Market
import Messages
import People
import Storage
import Testing
import Turns

@testable import Reports

@Suite(.oneAtATime) struct DigestMakerTests {
    /// A full hour.
    private let now = Timestamp(milliseconds: 1_795_507_200_000)

    private func facts(_ world: DigestWorld, _ person: Recipient) async throws -> DigestFacts {
        try #require(try await world.store.facts(for: person.id, alertsIn: (now - .days(1))..<(now + .seconds(1))))
    }

    @Test("changes, range and volume of a watched symbol are those of its candles")
    func watched() async throws {
        let world = try await DigestWorld()
        world.clock.move(to: now)
        let person = try await world.addPerson("1", subscribed: ["BTC", "ETH"])
        // Eight days: 100 until a day ago, then a climb to 124, one each hour.
        try await world.storeCandles(
            "BTC", prices: (0..<192).map { $0 < 168 ? 100 : 100 + Double($0 - 167) }, endingAt: now)
        let digest = try await world.maker().digest(
            .daily, for: try await facts(world, person), length: .days(1), now: now, ruleNow: now, nextAt: nil)
        let row = try #require(digest.watched.first)
        #expect(row.price == 124)
        #expect(row.at == now)
        func isNear(_ value: Double?, _ expected: Double) -> Bool {
            abs((value ?? .infinity) - expected) < 1e-9 * max(1, expected)
        }
        #expect(isNear(row.change, 0.24))
        #expect(isNear(row.longChange, 0.24))
        #expect(isNear(row.low, 99.99))
        #expect(isNear(row.high, 125.24))
        // Ten an hour, at 101 to 124.
        let turnover = 27_000.0
        #expect(isNear(row.turnover, turnover))
        #expect(isNear(row.turnoverRatio, turnover / 24_000))
        #expect(digest.silent == [symbol("ETH")])
    }

    @Test("what is not known is left out rather than made up")
    func unknown() async throws {
        let world = try await DigestWorld()
        world.clock.move(to: now)
        let person = try await world.addPerson("1", subscribed: ["BTC"])
        try await world.storeCandles(
            "BTC", prices: [100, 101, 102], endingAt: now)
        let digest = try await world.maker().digest(
            .daily, for: try await facts(world, person), length: .days(1), now: now, ruleNow: now, nextAt: nil)
        let row = try #require(digest.watched.first)
        #expect(row.change == nil)
        #expect(row.longChange == nil)
        #expect(row.turnoverRatio == nil)
        #expect(digest.ledger == nil)
        #expect(digest.record.count == 0)
    }

    @Test("an alert is judged in the direction it called, at the end of its outlook, and not before a candle closed")
    func outcomes() async throws {
        let world = try await DigestWorld()
        let person = try await world.addPerson("1", subscribed: ["BTC"])
        // 100 until six hours ago, then 101, 102, … 106.
        try await world.storeCandles(
            "BTC", prices: (0..<48).map { $0 < 42 ? 100 : 100 + Double($0 - 41) }, endingAt: now)
        world.clock.move(to: now - .hours(6))
        try await world.publish(opportunityAlert(at: now - .hours(6)))
        try await world.publish(opportunityAlert(at: now - .hours(6), side: .sell))
        world.clock.move(to: now - .minutes(30))
        try await world.publish(opportunityAlert(at: now, price: 106))
        let rule = try await world.chat.write {
            try $0.addRule(text: "BTC > 103", owner: person.id, at: DigestWorld.start)
        }
        let firing = Alert(
            naturalKey: "rule:\(rule.id):1", symbol: symbol("BTC"), priority: .medium, issuedAt: now - .hours(3),
            audience: .owner(person.id, via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: rule.id, owner: person.id, number: 1, text: rule.text, symbol: symbol("BTC"), sequence: 1,
                    at: now - .hours(3), price: 103, values: [])))
        try await world.publish(firing)
        world.clock.move(to: now)
        let digest = try await world.maker().digest(
            .daily, for: try await facts(world, person), length: .days(1), now: now, ruleNow: now, nextAt: nil)
        #expect(digest.events.count == 4)
        // Called for one to four hours: judged four hours later, at 104.
        let gain: Double = 104.0 / 100 - 1
        #expect(digest.events[0].outcome == DigestEvent.Outcome(price: 104, move: gain, isFinal: true))
        #expect(digest.events[1].outcome == DigestEvent.Outcome(price: 104, move: -gain, isFinal: true))
        #expect(digest.events[2].outcome == nil)
        let since: Double = 106.0 / 103 - 1
        #expect(digest.events[3].outcome == DigestEvent.Outcome(price: 106, move: since, isFinal: false))
        #expect(digest.record.count == 2)
        #expect(digest.record.hits == 1)
        #expect(digest.ledger?.sequence == 4)
    }

    @Test("what is coming: reminders, ends of rules and of a mute, the next digest; soonest first")
    func coming() async throws {
        let world = try await DigestWorld()
        world.clock.move(to: now)
        var person = try await world.addPerson("1")
        person.preferences.mutedUntil = now + .hours(2)
        let muted = person
        try await world.chat.write { session in
            try session.update(muted)
            _ = try session.addRule(text: "BTC > 1 until 2026-11-26", owner: muted.id, at: DigestWorld.start)
            _ = try session.addRule(text: "BTC > 2 until 2027-11-26", owner: muted.id, at: DigestWorld.start)
            let paused = try session.addRule(text: "BTC > 3 until 2026-11-26", owner: muted.id, at: DigestWorld.start)
            try session.setPaused(true, rule: paused.id)
            for (text, hours) in [("call <home>", Int64(5)), ("too late for this one", 24 * 8), ("over", -1)] {
                try session.addLater(
                    .reminder(
                        text, about: nil, for: muted.id, at: now + .hours(hours), on: .telegram,
                        made: DigestWorld.start))
            }
        }
        let digest = try await world.maker().digest(
            .daily, for: try await facts(world, muted), length: .days(1), now: now, ruleNow: now,
            nextAt: now + .days(1))
        #expect(
            digest.coming.map(\.kind) == [
                .muteEnds, .reminder("call <home>"), .nextDigest,
                .ruleEnds(number: 1, text: "BTC > 1 until 2026-11-26"),
            ])
    }

    @Test("words of people and of rules cannot break the page", arguments: ["en", "es"])
    func escaped(language: String) async throws {
        let world = try await DigestWorld()
        world.clock.move(to: now)
        let contents = DigestContent(alerts: AlertContent(defaultQuote: "USDT"))
        let digest = Digest(
            kind: .weekly, span: (now - .days(7))..<now,
            coming: [ComingItem(at: now, kind: .reminder("<script>alert(1)</script> & \"x\""))],
            ledger: LedgerHead(sequence: 7, hash: String(repeating: "ab", count: 32)))
        let reader = Reader(language: language, zone: "Europe/Madrid")
        let renderer = try MessageRenderer()
        let page = try renderer.document(for: contents.page(digest), reader: reader)
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(page.contains("abababababababab"))
        #expect(!page.contains("report."))
        #expect(!page.contains("{" + "{"))
        let text = try renderer.message(for: contents.message(digest), reader: reader).plainText
        #expect(text.contains("<script>alert(1)</script>"))
        #expect(!text.contains("report."))
    }

    @Test("a long digest stays short in a chat, and nothing is dropped silently")
    func long() throws {
        let events = (0..<40).map { index in
            DigestEvent(
                alert: StoredAlert(
                    id: AlertID(Int64(index)), alert: opportunityAlert(at: now - .minutes(Int64(index)))),
                arrived: true, outcome: nil)
        }
        let digest = Digest(kind: .daily, span: (now - .days(1))..<now, events: events, moreEvents: 2)
        let contents = DigestContent(alerts: AlertContent(defaultQuote: "USDT"))
        let reader = Reader(language: "en", zone: "UTC")
        let text = try MessageRenderer().message(for: contents.message(digest), reader: reader).plainText
        #expect(text.utf16.count < 4_000)
        #expect(text.contains("27 earlier ones are in /history"))
    }
}
