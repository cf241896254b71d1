import Chat
import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct RetentionTests {
    @Test("what is old goes, in bounded batches; what is live or young stays")
    func run() async throws {
        let file = try await TemporaryDatabase()
        let candles = SQLCandleStore(file.database)
        let old = Timestamp.start - .days(401)
        func series(_ timeframe: Timeframe) -> CandleSeries {
            CandleSeries(symbol: symbol("BTC"), timeframe: timeframe, venue: .binance)
        }
        for timeframe in [Timeframe.m1, .h1] {
            let some = [old, .start].flatMap { start in
                (0..<10).map {
                    Candle(openTime: start + timeframe.span * Int64($0), open: 1, high: 1, low: 1, close: 1, volume: 1)
                }
            }
            try await candles.save(some, of: series(timeframe))
        }
        try await file.chat.write { session throws in
            for number in 0..<10 { _ = try session.admit(updateKey: "telegram:\(number)", at: .start - .days(4)) }
            _ = try session.admit(updateKey: "telegram:10", at: .start)
            try session.addCode(hash: "old", purpose: "claim", expiresAt: .start - .minutes(1))
            try session.addCode(hash: "new", purpose: "claim", expiresAt: .start + .minutes(1))
        }
        let person = try await file.addPerson("1", subscribed: ["BTC"])
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        for sequence in 1...3 { try await file.publishAndExpand(ruleAlert(rule, sequence: sequence), now: old) }
        for at in [old, .start] {
            let claimed = try #require(
                try await file.outbox.claim(channel: .telegram, limit: 1, now: .start, lease: .start + .hours(1)).first)
            try await file.outbox.record(
                [OutboxOutcome(id: claimed.entry.id, result: .sent(providerMessageID: nil))], now: at)
        }

        let removed = try await Retention(file.database, batch: 3).run(now: .start, ruleTime: .start)
        #expect(removed.candles == 10)
        #expect(removed.updates == 10)
        #expect(removed.deliveries == 1)
        #expect(removed.others == 1)
        #expect(try await candles.candles(of: series(.m1), from: nil, to: nil, limit: nil).count == 10)
        #expect(try await candles.candles(of: series(.h1), from: nil, to: nil, limit: nil).count == 20)
        // One pending entry, however old, and the one sent just now.
        #expect(try await file.count("SELECT count(*) FROM outbox") == 2)
        #expect(try await Retention(file.database).run(now: .start, ruleTime: .start).total == 0)
    }
}
