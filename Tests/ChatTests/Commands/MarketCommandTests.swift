import Messages
import Foundation
import Synchronization
import Storage
import Decisions
import Market
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct MarketCommandTests {
    private let hourly = CandleSeries(symbol: Symbol("BTC")!, timeframe: .h1, venue: .simulated)

    @Test(
        "a price comes with its source and age, in any spelling of the symbol",
        arguments: ["BTC", "btc", "$BTC", "BTCUSDT", "bitcoin"])
    func price(spelling: String) async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61234.50", at: chat.wall.now, change24h: 0.0123)
        chat.wall.advance(by: .seconds(3))
        let answer = try await chat.answer("/price \(spelling)")
        #expect(answer.contains("61,234.50") || answer.contains("61,234.5"))
        #expect(answer.contains("+1.23%"))
        #expect(answer.contains("simulated, 3 s old"))
        #expect(!answer.contains("old quote"))
    }

    @Test("an old quote is marked, and a symbol without a price says so")
    func stale() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61234.5", at: chat.wall.now)
        chat.wall.advance(by: .minutes(2))
        let answer = try await chat.answer("/price BTC ETH")
        #expect(answer.contains("old quote"))
        #expect(answer.contains("no price yet"))
    }

    @Test("an unknown symbol is answered with the nearest as buttons that repeat the command")
    func unknown() async throws {
        let chat = try await Conversations()
        let reply = try #require(try await chat.say("/predict BTV 4h").first)
        #expect(reply.text.contains("BTV"))
        #expect(reply.commands == ["/predict BTC 4h"])
        #expect(try await chat.answer("/price zzzzzzzzz").contains("I do not know the symbol zzzzzzzzz"))
    }

    @Test("without arguments the price command shows what is subscribed, else the defaults")
    func defaults() async throws {
        let chat = try await Conversations()
        for name in ["BTC", "ETH", "SOL"] { chat.board.put(name, "100", at: chat.wall.now) }
        let before = try await chat.answer("/price")
        #expect(before.contains("BTC") && before.contains("ETH") && !before.contains("SOL"))
        try await chat.say("/subscribe SOL")
        #expect(try await chat.answer("/price").contains("SOL"))
    }

    @Test("movers are sorted both ways")
    func movers() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/movers").contains("no prices that reach back"))
        chat.board.put("BTC", "61000", at: chat.wall.now, change24h: 0.02)
        chat.board.put("ETH", "3000", at: chat.wall.now, change24h: 0.05)
        chat.board.put("SOL", "150", at: chat.wall.now, change24h: -0.03)
        let answer = try await chat.answer("/movers")
        let eth = try #require(answer.range(of: "ETH"))
        let btc = try #require(answer.range(of: "BTC"))
        #expect(eth.lowerBound < btc.lowerBound)
        #expect(answer.contains("−3.00%"))
    }

    @Test("a forecast shows bands, their record and that direction is a coin toss")
    func forecast() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/predict BTC").contains("have 0 closed candles and need 50"))
        try await chat.candles.save(candles(120, endingAt: chat.wall.now), of: hourly)
        let answer = try await chat.answer("/predict BTC 4h")
        #expect(answer.contains("4 hours"))
        #expect(answer.contains("97.00") && answer.contains("103.00"))
        #expect(answer.contains("91%") && answer.contains("91 of the last 100"))
        #expect(answer.contains("coin toss"))
        #expect(answer.contains("31%"))
        #expect(answer.contains("4.2% better over the last 100") && answer.contains("har 100% · fitted"))
        var wild = candles(120, endingAt: chat.wall.now)
        wild[119].high *= 1_000
        try await chat.candles.save(wild, of: hourly)
        #expect(try await chat.answer("/predict BTC").contains("(variance of 1 h) lies far outside"))
        #expect(try await chat.answer("/predict BTC 15m").contains("no forecast over 15m"))
        #expect(try await chat.answer("/predict").contains("Of which symbol"))
    }

    @Test("an analysis says what the indicators mean, and when candles are missing or old")
    func analysis() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/analyze BTC").contains("no stored candles"))
        try await chat.candles.save(candles(200, endingAt: chat.wall.now) { 100 + Double($0) }, of: hourly)
        let answer = try await chat.answer("/analyze BTC")
        #expect(answer.contains("RSI(14) 100.0"))
        #expect(answer.contains("the trend points up"))
        #expect(answer.contains("ATR(14)"))
        #expect(!answer.contains("feed is silent"))
        chat.wall.advance(by: .hours(9))
        chat.rules.advance(by: .hours(9))
        #expect(try await chat.answer("/analyze BTC 1h").contains("feed is silent"))
        #expect(try await chat.answer("/analyze BTC 4h").contains("no stored candles"))
    }

    @Test("a chart is fixed-width text of at most 34 columns")
    func chart() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/chart BTC").contains("no stored candles"))
        try await chat.candles.save(candles(100, endingAt: chat.wall.now) { 100 + Double($0 % 9) }, of: hourly)
        let reply = try #require(try await chat.say("/chart BTC 1h").first)
        let drawn = reply.message.blocks.compactMap { block -> String? in
            if case .preformatted(let text) = block { return text }
            return nil
        }
        #expect(drawn.count == 1)
        #expect(drawn[0].split(separator: "\n").allSatisfy { $0.count <= 34 })
    }

    @Test("opportunities are told with their strength and record")
    func opportunities() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/opportunities").contains("Nothing stood out"))
        let opportunity = Opportunity(
            symbol: Symbol("BTC")!, kind: .trend, side: .buy, score: 0.84, strength: 0.91, strengthIsProvisional: false,
            price: 61_000, at: chat.wall.now, outlook: .days1to3, factors: [FactorReading(name: "trend", value: 0.7)],
            reasons: [], riskLevel: nil, expectedMove: 0.021, moveRatio: 1.1,
            measured: MeasuredOutcome(median: 0.004, low: -0.01, high: 0.02, count: 40, hits: 22))
        chat.board.state.withLock { $0.opportunities = [opportunity] }
        let answer = try await chat.answer("/opportunities")
        #expect(answer.contains("strong buy signal"))
        #expect(answer.contains("91%"))
        #expect(answer.contains("22 of 40"))
    }
}
