import Chat
import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite("Records of rules", .oneAtATime)
struct RuleRecordTests {
    private func keeping(_ file: TemporaryDatabase) -> RecordKeeping {
        let candles = SQLCandleStore(file.database)
        return RecordKeeping(
            store: SQLRuleRecords(file.database), candles: candles,
            replay: StoredReplay(ReplayCandles(candles, life: .zero), venue: .binance),
            symbols: SpelledSymbols(known: [symbol("BTC")]), venue: .binance, defaultSymbols: [symbol("BTC")],
            subscriptions: { try await SQLRuleStore(file.database).subscribedSymbols() })
    }

    private func firing(_ stored: [StoredAlert]) throws -> RuleFiring {
        guard case .ruleFired(let firing)? = stored.first?.alert.body else {
            throw StorageError.corrupt("no firing")
        }
        return firing
    }

    private func publish(_ alert: Alert, _ file: TemporaryDatabase) async throws -> RuleFiring {
        try firing(try await file.alerts.publish(DecisionBatch(alerts: [alert]), now: .start))
    }

    /// Hours that close at 100, and at 110 from the second hour after `.start` on.
    private func hours(_ range: ClosedRange<Int64>) -> [Candle] {
        let hour = Timeframe.h1.openTime(containing: .start)
        return range.map { index in
            let close = index >= 2 ? 77_001.1 : 70_001
            return Candle(
                openTime: hour + .hours(index), open: close, high: close, low: close, close: close, volume: 1)
        }
    }

    @Test("a rule's replay and what followed its live firings travel in its next alert, counted apart")
    func travels() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 69k", owner: person.id, at: .start) }
        let series = CandleSeries(symbol: symbol("BTC"), timeframe: .h1, venue: .binance)
        let candles = SQLCandleStore(file.database)
        try await candles.save(hours(-400 ... -1), of: series)
        #expect(try await publish(ruleAlert(rule), file).record == nil)

        // The schedule replays the rule, of which nothing was known, and takes the firing over.
        try await keeping(file).run(now: .start, ruleTime: .start)
        let second = try await publish(ruleAlert(rule, sequence: 2, at: .start + .minutes(5)), file)
        #expect(second.record?.replay?.count == 1)
        #expect(second.record?.live == nil)

        // A day and a half later the price of an hour and of a day after is known; a repeat changes nothing.
        try await candles.save(hours(0...36), of: series)
        for _ in 0..<2 {
            try await keeping(file).run(now: .start + .hours(36), ruleTime: .start + .hours(36))
        }
        let third = try await publish(ruleAlert(rule, sequence: 3, at: .start + .hours(36)), file)
        let live = try #require(third.record?.live)
        #expect(live.map(\.after) == [.hours(1), .hours(24)])
        #expect(live.map(\.count) == [2, 2])
        #expect(live[1].up == 1 && abs((live[1].median ?? 0) - 0.1) < 1e-9)
        #expect(third.record?.replay == second.record?.replay)
        #expect(try await file.count("SELECT count(*) FROM live_firings") == 2)

        // What is a week old is replayed anew; what nobody stores a price for is given up.
        try await keeping(file).run(now: .start + .days(8), ruleTime: .start + .days(40))
        let later = try await publish(ruleAlert(rule, sequence: 4, at: .start + .days(40)), file)
        #expect(later.record?.replay?.to == .some(Timeframe.h1.openTime(containing: .start) + .hours(37)))
        #expect(try await file.count("SELECT count(*) FROM live_firings WHERE next_at IS NOT NULL") == 0)
        #expect(later.record?.live?.map(\.after) == [.hours(1), .hours(24)])

        // With the rule goes what is known of it, and its alerts are not taken over again.
        try await file.chat.write { try $0.deleteRule(rule.id) }
        try await keeping(file).run(now: .start + .days(9), ruleTime: .start + .days(41))
        #expect(try await file.count("SELECT count(*) FROM live_firings") == 0)
        #expect(try await file.count("SELECT count(*) FROM rule_records") == 0)
    }

    @Test("only different rules count as tries, within a year, and no more than a thousand are kept")
    func tries() async throws {
        let file = try await TemporaryDatabase()
        let one = try await file.addPerson("1")
        let two = try await file.addPerson("2")
        try await file.chat.write { session throws in
            #expect(try session.countTry(of: "BTC > 1", by: one.id, at: .start) == 1)
            #expect(try session.countTry(of: "BTC > 1", by: one.id, at: .start) == 1)
            #expect(try session.countTry(of: "BTC > 2", by: one.id, at: .start + .days(200)) == 2)
            #expect(try session.countTry(of: "BTC > 1", by: two.id, at: .start) == 1)
            #expect(try session.countTry(of: "BTC > 3", by: one.id, at: .start + .days(370)) == 2)
            for level in 10..<1_100 {
                #expect(try session.countTry(of: "BTC > \(level)", by: two.id, at: .start) <= 1_000)
            }
            #expect(try session.countTry(of: "ETH > 1", by: two.id, at: .start) == 1_000)
            let document = try session.export(one.id)
            #expect(document.contains("triedRules"))
        }
        #expect(try await file.count("SELECT count(*) FROM rule_tries") == 1_002)
    }

    @Test("rules that were made before records were kept are replayed, too; critical ones are found")
    func older() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rules = try await file.chat.write { session throws in
            try ["BTC > 1 as critical", "BTC > 2", "BTC > 3 as critical via sms"].map {
                try session.addRule(text: $0, owner: person.id, at: .start)
            }
        }
        try await file.chat.write { try $0.setPaused(true, rule: rules[2].id) }
        #expect(try await file.rules.criticalRules().map(\.id) == [rules[0].id])
        let records = SQLRuleRecords(file.database)
        #expect(try await records.rulesToReplay(at: .start, limit: 2).map(\.id) == rules.prefix(2).map(\.id))
        try await records.setReplay(nil, of: rules[0].id, at: .start)
        #expect(try await records.rulesToReplay(at: .start, limit: 9).map(\.id) == rules.suffix(2).map(\.id))
        #expect(try await records.rulesToReplay(at: .start + .days(1), limit: 9).count == 3)
    }
}
