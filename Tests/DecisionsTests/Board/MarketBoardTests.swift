import Market
import Testing
import Turns

@testable import Decisions

@Suite("Market board", .oneAtATime)
struct MarketBoardTests {
    private let btc = Symbol("BTC")!
    private let start = Timestamp(milliseconds: 1_700_000_400_000 / 3_600_000 * 3_600_000)

    private func candle(_ time: Timestamp, _ close: Double, volume: Double = 1) -> Candle {
        Candle(openTime: time, open: close, high: close + 1, low: close - 1, close: close, volume: volume)
    }

    private func quote(_ price: String, at time: Timestamp, venue: Venue = .binance) throws -> Quote {
        Quote(symbol: btc, venue: venue, last: try #require(Price(price)), venueTime: time, receivedAt: time)
    }

    /// 1,500 minutes ending at `start`, whose close is 1 more each minute, and 200 hours before.
    private func seeded() -> MarketBoard {
        let board = MarketBoard(primaryVenue: .binance)
        let minutes = (0..<1_500).map { candle(start - .minutes(Int64(1_500 - $0)), 1_000 + Double($0)) }
        let hours = (0..<200).map { candle(start - .hours(Int64(200 - $0)), 500 + Double($0)) }
        board.seed(btc, minute: minutes, hourly: hours)
        return board
    }

    @Test("a symbol has its price, day and changes as soon as stored candles are there")
    func seed() throws {
        let view = try #require(seeded().view(of: btc))
        #expect(view.quote.last == Price("2499") && view.quote.venueTime == start)
        #expect(view.change1h == 2_499.0 / 2_439 - 1)
        #expect(view.change24h == 2_499.0 / (2_499 - 1_440) - 1)
        // The hour that closed seven days ago is the 32nd of 200.
        #expect(view.change7d == 2_499.0 / 531 - 1)
        #expect(view.high24h == 2_500 && view.low24h == 1_060 - 1 && view.volume24h == 1_440)
    }

    @Test("a quote moves the changes; an older one of the venue changes nothing")
    func quotes() throws {
        let board = seeded()
        board.apply(.quote(try quote("3000.50", at: start + .seconds(30))))
        let view = try #require(board.view(of: btc))
        #expect(view.quote.last.description == "3000.5")
        #expect(view.change1h == 3_000.5 / 2_439 - 1)
        board.apply(.quote(try quote("1", at: start)))
        #expect(board.view(of: btc) == view)
    }

    @Test("without a price that old there is no change")
    func unknown() throws {
        let board = MarketBoard(primaryVenue: .binance)
        #expect(board.view(of: btc) == nil && board.symbols().isEmpty)
        board.apply(.quote(try quote("10", at: start)))
        let view = try #require(board.view(of: btc))
        #expect(view.change1h == nil && view.change24h == nil && view.change7d == nil && view.high24h == nil)
        #expect(board.symbols() == [btc])
        // A price of four minutes before the hour is not the price an hour ago.
        board.seed(btc, minute: [candle(start - .minutes(65), 9)], hourly: [])
        #expect(try #require(board.view(of: btc)).change1h == nil)
    }

    @Test("another venue is a second opinion, and the price only while the primary has none")
    func secondOpinion() throws {
        let board = MarketBoard(primaryVenue: .binance)
        let other = try quote("99", at: start, venue: .coinbase)
        board.apply(.quote(other))
        #expect(board.view(of: btc)?.quote == other && board.view(of: btc)?.secondOpinion == nil)
        let primary = try quote("100", at: start - .seconds(5))
        board.apply(.quote(primary))
        #expect(board.view(of: btc)?.quote == primary && board.view(of: btc)?.secondOpinion == other)
    }

    @Test("the venue's own summary of the day goes before ours, and its book is kept beside the price")
    func tickerAndBook() throws {
        let board = seeded()
        let ticker = Ticker(
            symbol: btc, venue: .binance, last: try #require(Price("2600")), change: 0.04, high: 2_700, low: 2_400,
            volume: 77, quoteVolume: 200_000, venueTime: start + .seconds(1), receivedAt: start + .seconds(1))
        board.apply(.ticker(ticker))
        let top = BookTop(
            symbol: btc, venue: .binance, bid: try #require(Price("2599")), ask: try #require(Price("2601")),
            receivedAt: start)
        board.apply(.bookTop(top))
        let view = try #require(board.view(of: btc))
        #expect(view.high24h == 2_700 && view.low24h == 2_400 && view.volume24h == 77)
        #expect(view.quote.last == Price("2600") && view.book == top && view.ticker == ticker)
        #expect(abs(try #require(top.spread) - 2.0 / 2_600) < 1e-12)
    }

    @Test("a closed minute moves the day on, and its correction replaces it")
    func candles() throws {
        let board = seeded()
        func closed(_ candle: Candle) -> ClosedCandle {
            ClosedCandle(symbol: btc, venue: .binance, timeframe: .m1, candle: candle, receivedAt: candle.openTime)
        }
        board.apply(.candleClosed(closed(candle(start, 5_000))))
        #expect(board.view(of: btc)?.high24h == 5_001 && board.view(of: btc)?.quote.last == Price("5000"))
        board.apply(.candleCorrected(closed(candle(start, 2_500))))
        #expect(board.view(of: btc)?.high24h == 2_501)
    }

    @Test("sources are one a name, opportunities those of the last day, newest first, each once")
    func lists() throws {
        let board = MarketBoard(primaryVenue: .binance)
        board.apply(.health(SourceHealth(source: "coinbase", state: .live)))
        board.apply(.health(SourceHealth(source: "binance", state: .starting)))
        board.apply(.health(SourceHealth(source: "binance", state: .live)))
        #expect(board.sources().map(\.source) == ["binance", "coinbase"])
        #expect(board.sources().map(\.state) == [.live, .live])
        for hour in [3, 1, 30, 2, 2] { board.record(opportunity(at: start + .hours(Int64(hour)))) }
        #expect(board.opportunities().map(\.at) == [start + .hours(30)])
        for hour in [10, 20, 7] { board.record(opportunity(at: start + .hours(Int64(hour)))) }
        #expect(board.opportunities().map(\.at) == [30, 20, 10, 7].map { start + .hours(Int64($0)) })
        board.apply(.quote(try quote("1", at: start + .hours(33))))
        #expect(board.opportunities().map(\.at) == [30, 20, 10].map { start + .hours(Int64($0)) })
    }

    private func opportunity(at time: Timestamp) -> Opportunity {
        Opportunity(
            symbol: btc, kind: .trend, side: .buy, score: 0.7, strength: 0.7, strengthIsProvisional: true, price: 1,
            at: time, outlook: .days1to2, factors: [], reasons: [], riskLevel: nil, expectedMove: nil, moveRatio: nil,
            measured: nil)
    }

    @Test("reading while writing gives whole views")
    func concurrent() async throws {
        let board = seeded()
        let start = start
        let btc = btc
        await withTaskGroup(of: Bool.self) { group in
            for reader in 0..<4 {
                group.addTask {
                    (0..<2_000).allSatisfy { _ in
                        guard let view = board.view(of: btc) else { return false }
                        // Each writer's price carries its own time, so a torn view would not match.
                        return view.quote.venueTime == start || view.quote.last.description.hasSuffix("7") || reader < 0
                    }
                }
            }
            for index in 0..<2_000 {
                guard let price = Price("\(1_000 + index)7") else { continue }
                board.apply(
                    .quote(
                        Quote(
                            symbol: btc, venue: .binance, last: price,
                            venueTime: start + .milliseconds(Int64(index + 1)),
                            receivedAt: start)))
            }
            for await whole in group { #expect(whole) }
        }
    }
}
