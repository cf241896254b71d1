import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Reports
import Storage
import Testing
import Turns

@testable import Chat

/// `/why`, `/whynot`, `/ledger`, `/digest`.
@Suite(.oneAtATime) struct ExplainCommandTests {
    private func symbol(_ name: String) throws -> Symbol { try #require(Symbol(name)) }

    private func opportunity(
        _ name: String = "BTC", at: Timestamp, strength: Double = 0.7
    ) throws -> Alert {
        let symbol = try symbol(name)
        return Alert(
            naturalKey: "opportunity:\(name):trend:buy:\(at.milliseconds)", symbol: symbol, priority: .medium,
            issuedAt: at, audience: .subscribers(symbol, strength: strength),
            body: .opportunity(
                Opportunity(
                    symbol: symbol, kind: .trend, side: .buy, score: 0.71, strength: strength,
                    strengthIsProvisional: false, price: 60_000, at: at, outlook: .days1to3,
                    factors: [FactorReading(name: "trend", value: 0.71)],
                    reasons: [Reason(key: "macd_up", values: ["value": 0.7])], riskLevel: nil, expectedMove: 0.02,
                    moveRatio: 1, measured: nil)))
    }

    private func firing(_ rule: Rule, at: Timestamp) throws -> Alert {
        Alert(
            naturalKey: "rule:\(rule.id):1", symbol: try symbol("BTC"), priority: .high, issuedAt: at,
            audience: .owner(rule.owner, via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: rule.id, owner: rule.owner, number: rule.number, text: rule.text, symbol: try symbol("BTC"),
                    sequence: 1, at: at, price: 70_001, values: [.init(text: "price", value: 70_001)])))
    }

    private func publish(_ alerts: [Alert], vetoes: [Veto] = [], in chat: Conversations) async throws {
        let store = SQLAlertStore(chat.database)
        let now = chat.wall.now
        _ = try await store.publish(DecisionBatch(alerts: alerts, vetoes: vetoes), now: now)
        while try await store.expandNext(limit: 100, now: now) != nil {}
    }

    // MARK: Why

    @Test("why shows the rule as it was, its values, every stage and the entry of the ledger")
    func why() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        let me = try #require(try await chat.person())
        let now = chat.wall.now
        let rule = try await chat.store.write { try $0.addRule(text: "BTC > 70000", owner: me.id, at: now) }
        try await publish([try firing(rule, at: now)], in: chat)
        // One failed try, then it arrives.
        let first = try #require(
            try await chat.outbox.claim(channel: .telegram, limit: 1, now: now, lease: now + .seconds(30)).first)
        try await chat.outbox.beginSend([first.entry.id], now: now)
        try await chat.outbox.record(
            [OutboxOutcome(id: first.entry.id, result: .retry(at: now, reason: "502 <bad> gateway"))], now: now)
        _ = try await chat.replies()
        let answer = try await chat.answer("/why #1")
        #expect(answer.contains("BTC > 70000"))
        #expect(answer.contains("70,001"))
        #expect(answer.contains("502 <bad> gateway"))
        #expect(answer.contains("sent (tries: 2)"))
        #expect(answer.contains("accepted as message m"))
        #expect(answer.contains("Ledger entry 1"))
        try await chat.store.write { try $0.deleteRule(rule.id) }
        #expect(try await chat.answer("/why 1").contains("not among your rules any more"))
        try await chat.say("/start", from: "2")
        #expect(try await chat.answer("/why 1", from: "2").contains("no alert"))
    }

    // MARK: Why not

    @Test("whynot names the stage that stopped an alert")
    func whyNot() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        #expect(try await chat.answer("/whynot").contains("About which symbol"))
        #expect(try await chat.answer("/whynot BTC tomorrow").contains("do not understand the time"))
        let bare = try await chat.answer("/whynot BTC")
        #expect(bare.contains("You do not subscribe to BTC"))
        #expect(bare.contains("I have no candles of BTC"))

        try await chat.say("/subscribe BTC min 80%")
        let now = chat.wall.now
        try await chat.candles.save(
            candles(200, endingAt: now),
            of: CandleSeries(symbol: try symbol("BTC"), timeframe: .h1, venue: .simulated))
        let quiet = try await chat.answer("/whynot BTC")
        #expect(quiet.contains("from strength 80% up"))
        #expect(quiet.contains("0.60 either way stands out") || quiet.contains("too little history"))

        try await publish([try opportunity(at: now, strength: 0.7)], in: chat)
        let weak = try await chat.answer("/whynot BTC")
        #expect(weak.contains("Its strength 70% is under your 80%"))

        try await chat.say("/subscribe BTC min 50%")
        chat.wall.advance(by: .minutes(1))
        chat.rules.advance(by: .minutes(1))
        try await publish([try opportunity(at: chat.rules.now)], in: chat)
        chat.wall.advance(by: .minutes(1))
        chat.rules.advance(by: .minutes(1))
        try await publish([try opportunity(at: chat.rules.now)], in: chat)
        let told = try await chat.answer("/whynot BTC")
        #expect(told.contains("#2"))
        #expect(told.contains("Telegram: "))
        #expect(told.contains("told the same within half an hour"))
    }

    @Test("whynot gives a veto with the reason of its moment")
    func veto() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        try await chat.say("/subscribe BTC")
        let now = chat.rules.now
        let veto = Veto(
            symbol: try symbol("BTC"), kind: .trend, at: now - .minutes(30), score: -0.83, reason: .wideSpread(0.0123))
        try await publish([], vetoes: [veto], in: chat)
        let answer = try await chat.answer("/whynot BTC")
        #expect(answer.contains("0.83"))
        #expect(answer.contains("spread of the book was 1.23%"))
        #expect(try await chat.answer("/whynot BTC 20h").contains("spread") == false)
    }

    @Test("whynot says where each rule stands")
    func rules() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        let me = try #require(try await chat.person())
        let now = chat.rules.now
        let made = try await chat.store.write { session in
            try (0..<4).map { try session.addRule(text: "BTC > \(70_000 + $0)", owner: me.id, at: now - .days(2)) }
        }
        try await chat.store.write { try $0.setPaused(true, rule: made[0].id) }
        let states: [RuleID: RuleState] = [
            made[1].id: RuleState(
                sequence: 1, symbols: ["BTC": .init(phase: .spent, lastFiredAt: now - .minutes(10))]),
            made[2].id: RuleState(sequence: 0, symbols: ["BTC": .init(phase: .armed)]),
            made[3].id: RuleState(
                sequence: 1, symbols: ["BTC": .init(phase: .spent, lastFiredAt: now - .days(1) - .hours(5))]),
        ]
        _ = try await SQLAlertStore(chat.database).publish(DecisionBatch(ruleStates: states), now: now)
        let answer = try await chat.answer("/whynot BTC 1h")
        #expect(answer.contains("#1 BTC > 70000 is paused"))
        #expect(answer.contains("#2 BTC > 70001 fired at"))
        #expect(answer.contains("#3 BTC > 70002 was watched and its condition was not true"))
        #expect(answer.contains("#4 BTC > 70003 has fired and waits"))
    }

    @Test(
        "a past moment is read on the clock of the reader",
        arguments: [
            (["14:30"], "2025-11-24T13:30:00Z"), (["17:30"], "2025-11-23T16:30:00Z"),
            (["2025-10-01", "09:00"], "2025-10-01T07:00:00Z"), (["3h"], "2025-11-24T13:00:00Z"), (["soon"], nil),
            (["2025-11-25", "09:00"], nil), (["25:00"], nil), (["2025-13-01", "09:00"], nil), ([], nil),
        ] as [([String], String?)])
    func moments(words: [String], expected: String?) {
        // 24 November 2025, 16:00 UTC: 17:00 in Madrid.
        let now = Timestamp(seconds: 1_764_000_000)
        let found = MomentText.parse(words, now: now, zone: "Europe/Madrid")
        #expect(found.map { $0.date.ISO8601Format() } == expected)
    }

    // MARK: Ledger

    @Test("the ledger counts what verifies, says what does not, and knows its old heads")
    func ledger() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        #expect(try await chat.answer("/ledger").contains("empty"))
        let now = chat.rules.now
        try await publish([try opportunity(at: now), try opportunity("ETH", at: now)], in: chat)
        try await chat.candles.save(
            candles(200, endingAt: now),
            of: CandleSeries(symbol: try symbol("BTC"), timeframe: .h1, venue: .simulated))
        // Asked twice, told the same: one entry.
        #expect(try await chat.answer("/predict BTC").contains("BTC"))
        #expect(try await chat.answer("/predict BTC", from: "1").contains("BTC"))
        let answer = try await chat.answer("/ledger")
        #expect(answer.contains("3 entries"))
        #expect(answer.contains("2 alerts, 1 forecasts"))
        #expect(answer.contains("The chain holds"))
        let head = try await SQLLedger(chat.database).head()
        #expect(answer.contains(head.hash))
        #expect(try await chat.answer("/ledger 3 \(head.short)").contains("✓"))
        #expect(try await chat.answer("/ledger #3 \(head.hash.uppercased())").contains("✓"))
        #expect(try await chat.answer("/ledger 2 \(head.short)").contains("✗"))
        #expect(try await chat.answer("/ledger 4 \(head.short)").contains("no entry 4"))
        #expect(try await chat.answer("/ledger 3 zz").contains("Write /ledger"))
    }

    // MARK: Digest

    @Test("a digest is chosen, shown, moved with the zone and ended")
    func digest() async throws {
        let chat = try await Conversations()
        try await chat.say("/start")
        #expect(try await chat.answer("/digest").contains("no digest"))
        #expect(try await chat.answer("/digest hourly").contains("do not understand"))
        try await chat.say("/timezone Europe/Madrid")
        let done = try await chat.answer("/digest weekly mon 08:00")
        #expect(done.contains("every Monday at 08:00 (Europe/Madrid), in this chat"))
        let me = try #require(try await chat.person())
        // 1 December 2025 is the next Monday.
        #expect(try await chat.store.read { try $0.digest(of: me.id)?.nextAt } == Timestamp(seconds: 1_764_572_400))
        try await chat.say("/timezone UTC")
        #expect(try await chat.store.read { try $0.digest(of: me.id)?.nextAt } == Timestamp(seconds: 1_764_576_000))
        #expect(try await chat.answer("/digest").contains("every Monday"))
        #expect(try await chat.answer("/digest off").contains("No more digests"))
        #expect(try await chat.store.read { try $0.digest(of: me.id) == nil })
    }
}
