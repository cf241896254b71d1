import Decisions
import Forecasts
import Market
import Messages
import People
import Reports
import Storage
import Testing
import Turns

@testable import Chat

/// `/scorecard` over a real file, and the record inside alerts and `/why`.
@Suite(.oneAtATime) struct ScorecardCommandTests {
    private func btc() throws -> Symbol { try #require(Symbol("BTC")) }

    private func opportunity(at: Timestamp) throws -> Alert {
        let body = Opportunity(
            symbol: try btc(), kind: .trend, side: .buy, score: 0.7, strength: 0.7, strengthIsProvisional: false,
            price: 100, at: at, outlook: .hours1to4, factors: [FactorReading(name: "trend", value: 0.7)],
            reasons: [], riskLevel: nil, expectedMove: 0.02, moveRatio: 1, measured: nil)
        return body.alert
    }

    /// Twelve opportunities and a rule's firing; of the candles after them nine rose.
    private func fill(_ chat: Conversations) async throws {
        try await chat.say("/start")
        try await chat.say("/subscribe BTC")
        let me = try #require(try await chat.person())
        let now = chat.rules.now
        let rule = try await chat.store.write { try $0.addRule(text: "BTC > 70000", owner: me.id, at: now) }
        let store = SQLAlertStore(chat.database)
        let first = Timeframe.h1.openTime(containing: now) - .days(30)
        let series = CandleSeries(symbol: try btc(), timeframe: .h1, venue: .simulated)
        for number in 0..<12 {
            let at = first + .days(Int64(number))
            _ = try await store.publish(DecisionBatch(alerts: [try opportunity(at: at)]), now: now)
            let price: Double = number % 4 == 0 ? 98 : 103
            try await chat.candles.save(
                [Candle(openTime: at + .hours(3), open: price, high: price, low: price, close: price, volume: 1)],
                of: series)
        }
        let firing = Alert(
            naturalKey: "rule:\(rule.id):1", symbol: try btc(), priority: .high, issuedAt: first,
            audience: .owner(me.id, via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: rule.id, owner: me.id, number: 1, text: rule.text, symbol: try btc(), sequence: 1,
                    at: first + .hours(3), price: 100, values: [])))
        _ = try await store.publish(DecisionBatch(alerts: [firing]), now: now)
        let keeping = ScoreKeeping(store: SQLScores(chat.database), candles: chat.candles, venue: .simulated)
        try await keeping.run(now: now)
        _ = try await store.publish(DecisionBatch(alerts: [try opportunity(at: now)]), now: now)
        while try await store.expandNext(limit: 100, now: now) != nil {}
    }

    @Test("the scorecard says what was scored, and of what there is too little of")
    func card() async throws {
        let chat = try await Conversations()
        let before = try #require(try await chat.say("/scorecard").last).text
        #expect(before.contains("Nothing scored yet") && before.contains("No live firing scored yet"))
        try await fill(chat)
        let card = try #require(try await chat.say("/scorecard btc").last).text
        #expect(card.contains("trend, buy signal, 12 scored: went its way 75%"))
        #expect(card.contains("median +3.00%"))
        #expect(card.contains("1 hour later: 1 scored, too few to say") || card.contains("1 h later: 1 scored"))
        let spanish = try #require(try await chat.say("/scorecard", from: "2", language: "es").last).text
        #expect(spanish.contains("Oportunidades") && spanish.contains("12 puntuadas"))
        // Another person's card does not tell of my rules.
        #expect(spanish.contains("Aún no hay disparos en vivo puntuados"))
        #expect(try await chat.say("/scorecard BTX").last?.text.contains("BTX") == true)
    }

    @Test("a new opportunity carries the record of such alerts, and why repeats it")
    func record() async throws {
        let chat = try await Conversations()
        try await fill(chat)
        let why = try #require(try await chat.say("/why 14").last).text
        #expect(why.contains("Told and scored, BTC: 9 of 12 went its way"))
        #expect(why.contains("expected return +3.00%"))
    }

    @Test("a digest tells what is scored as it was scored, whatever the candle says later")
    func digest() async throws {
        let chat = try await Conversations()
        try await fill(chat)
        let first = Timeframe.h1.openTime(containing: chat.rules.now) - .days(30)
        let mended = Candle(openTime: first + .hours(3), open: 500, high: 500, low: 500, close: 500, volume: 1)
        try await chat.candles.save(
            [mended], of: CandleSeries(symbol: try btc(), timeframe: .h1, venue: .simulated))
        let now = chat.rules.now
        let told = try await SQLDigestStore(chat.database).opportunities(in: now..<(now + .hours(1)), limit: 50)
        let report = try await DigestMaker(
            candles: chat.candles, ledger: SQLLedger(chat.database), symbols: FewSymbols(), venue: .simulated,
            defaultSymbols: []
        ).report(.weekly, symbols: [], opportunities: told, length: .days(40), ruleNow: now + .minutes(1))
        #expect(report.record.count == 12 && report.record.hits == 9)
        #expect(report.events.first?.outcome?.price == 98)
        #expect(report.events.first?.outcome?.isFinal == true)
        // The newest one has not reached its horizon.
        #expect(report.events.last?.outcome == nil)
    }
}
