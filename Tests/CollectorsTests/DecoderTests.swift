import Foundation
import Market
import Testing
import Turns

@testable import Collectors

@Suite("Frames of the venues", .oneAtATime)
struct DecoderTests {
    static let kline =
        #"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1709251260012,"s":"BTCUSDT","k":{"t":1709251200000,"T":1709251259999,"s":"BTCUSDT","i":"1m","f":10,"L":20,"o":"61000.10000000","c":"61010.00000000","h":"61020.50000000","l":"60990.00000000","v":"12.50000000","n":11,"x":true,"q":"762000.0","V":"6.0","Q":"366000.0","B":"0"}}}"#
    static let book = #"{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21","a":"25.36520000","A":"40.66"}"#
    static let minis =
        #"[{"e":"24hrMiniTicker","E":1709251260500,"s":"ETHUSDT","c":"3400.5","o":"3300.0","h":"3450.0","l":"3290.1","v":"1000.5","q":"3400000"},{"e":"24hrMiniTicker","E":1709251260500,"s":"币安USDT","c":"1","o":"1","h":"1","l":"1","v":"1","q":"1"}]"#
    static let rows =
        #"[[1709251200000,"1.5","2.5","1.0","2.0","10.0",1709251259999,"15",3,"1","1","0"],[1709251260000,"2.0","2.0","2.0","2.0","0",1709251319999,"0",0,"0","0","0"]]"#
    static let day =
        #"[{"symbol":"BTCUSDT","priceChange":"1","lastPrice":"61000.00","openPrice":"60000.00","highPrice":"62000.00","lowPrice":"59000.00","volume":"100","quoteVolume":"6100000","openTime":1,"closeTime":1709251260000,"count":5}]"#
    static let coinbase =
        #"{"trade_id":1,"price":"246.28","size":"0.05","bid":"246.1","ask":"246.3","volume":"4661.7","time":"2024-03-01T00:01:02.123456Z"}"#

    @Test("a closed kline of a combined stream becomes exactly that candle")
    func klineFrame() throws {
        guard case .kline(let kline) = try BinanceFrame.decode(Array(Self.kline.utf8)) else {
            Issue.record("not a kline")
            return
        }
        let candle = try BinanceMapping.candle(kline, timeframe: .m1)
        #expect(
            candle
                == Candle(
                    openTime: TestMarket.start, open: 61000.1, high: 61020.5, low: 60990, close: 61010, volume: 12.5))
        #expect(kline.isClosed && kline.eventTime == 1_709_251_260_012 && kline.pair == "BTCUSDT")
    }

    @Test("a bare book ticker, a list of mini tickers, a shutdown and a reply are told apart")
    func kinds() throws {
        #expect(
            try BinanceFrame.decode(Array(Self.book.utf8))
                == .bookTicker(BinanceBookTicker(pair: "BNBUSDT", bid: "25.35190000", ask: "25.36520000")))
        guard case .miniTickers(let tickers) = try BinanceFrame.decode(Array(Self.minis.utf8)) else {
            Issue.record("no mini tickers")
            return
        }
        #expect(tickers.map(\.pair) == ["ETHUSDT", "币安USDT"])
        let ticker = try BinanceMapping.ticker(tickers[0], symbol: TestMarket.eth, receivedAt: TestMarket.start)
        #expect(abs(ticker.change - (3400.5 / 3300 - 1)) < 1e-12 && ticker.last.description == "3400.5")
        let shutdown = #"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#
        #expect(try BinanceFrame.decode(Array(shutdown.utf8)) == .serverShutdown)
        #expect(try BinanceFrame.decode(Array(#"{"result":null,"id":7}"#.utf8)) == .reply(id: 7, code: nil))
    }

    @Test("klines and tickers of the REST API are read; too few fields are not")
    func rest() throws {
        let rows = try BinanceAnswers.klines(Array(Self.rows.utf8))
        #expect(try rows.map { try BinanceMapping.candle($0, timeframe: .m1).close } == [2, 2])
        #expect(try BinanceAnswers.tickers(Array(Self.day.utf8)).map(\.pair) == ["BTCUSDT"])
        #expect(throws: FrameFault("missing_field")) { try BinanceAnswers.klines(Array("[[1,\"1\"]]".utf8)) }
        #expect(throws: FrameFault("wrong_type")) { try BinanceAnswers.klines(Array("{\"code\":1}".utf8)) }
        #expect(throws: FrameFault("not_json")) { try BinanceAnswers.klines(Array("<html>".utf8)) }
        #expect(try BinanceAnswers.serverTime(Array(#"{"serverTime":5}"#.utf8)) == 5)
    }

    @Test("Coinbase's ticker becomes a quote with bid, ask and the time to the millisecond")
    func coinbaseTicker() throws {
        let ticker = try CoinbaseTicker.decode(Array(Self.coinbase.utf8))
        let quote = try CoinbaseMapping.quote(ticker, symbol: TestMarket.btc, receivedAt: TestMarket.start)
        #expect(quote.last.description == "246.28" && quote.bid?.description == "246.1")
        #expect(quote.venueTime.milliseconds == 1_709_251_262_123)
    }

    @Test(
        "times are read as Foundation reads them",
        arguments: [
            "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2000-02-29T12:00:00Z", "2024-02-29T00:00:00Z",
            "2023-03-01T00:00:00Z", "2100-03-01T06:07:08Z",
        ])
    func times(_ text: String) throws {
        let expected = try Date.ISO8601FormatStyle().parse(text)
        #expect(try CoinbaseMapping.time(text) == Timestamp(expected))
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2024", "2024-02-29 00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T25:00:00Z",
        ])
    func noTimes(_ text: String) {
        #expect(throws: FrameFault("bad_time")) { try CoinbaseMapping.time(text) }
    }

    @Test("escapes in strings are undone")
    func escapes() throws {
        let text = #"{"e":"bookTicker","s":"A\u00e9\ud83d\ude00\n\"","b":"1","a":"2"}"#
        guard case .bookTicker(let book) = try BinanceFrame.decode(Array(text.utf8)) else {
            Issue.record("no book")
            return
        }
        #expect(book.pair == "Aé😀\n\"")
    }

    @Test("deep nesting is refused, not followed")
    func deep() {
        let text = #"{"x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: FrameFault.self) { try BinanceFrame.decode(Array(text.utf8)) }
        let envelope = String(repeating: #"{"data":"#, count: 100) + "1" + String(repeating: "}", count: 100)
        #expect(throws: FrameFault.self) { try BinanceFrame.decode(Array(envelope.utf8)) }
    }

    @Test("20,000 mutated frames are decoded or refused with a reason; candles that come out are sound")
    func fuzz() {
        var random = Seeded(state: 42)
        let seeds = [Self.kline, Self.book, Self.minis, Self.rows, Self.day, Self.coinbase].map { Array($0.utf8) }
        let tokens = ["\"", "{", "}", "[", "]", ",", ":", "null", "NaN", "-", "1e999", "\\", "\\u", "true", "\0", "é"]
        var reasons: [String: Int] = [:]
        var decoded = 0
        for _ in 0..<20_000 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0...Int(random.next() % 4) {
                guard !bytes.isEmpty else { break }
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 5 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + Int(random.next() % 9)))
                case 2: bytes = Array(bytes[..<place])
                case 3: bytes.insert(contentsOf: tokens[Int(random.next() % UInt64(tokens.count))].utf8, at: place)
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
                }
            }
            func attempt(_ body: () throws(FrameFault) -> Void) {
                do throws(FrameFault) {
                    try body()
                    decoded += 1
                } catch {
                    reasons[error.reason, default: 0] += 1
                }
            }
            attempt { () throws(FrameFault) in
                if case .kline(let kline) = try BinanceFrame.decode(bytes) {
                    let candle = try BinanceMapping.candle(kline, timeframe: .m1)
                    #expect(candle.defect == nil)
                }
            }
            attempt { () throws(FrameFault) in
                for row in try BinanceAnswers.klines(bytes) {
                    let candle = try BinanceMapping.candle(row, timeframe: .m1)
                    #expect(candle.defect == nil)
                }
            }
            attempt { () throws(FrameFault) in _ = try BinanceAnswers.tickers(bytes) }
            attempt { () throws(FrameFault) in
                _ = try CoinbaseMapping.quote(
                    try CoinbaseTicker.decode(bytes), symbol: TestMarket.btc, receivedAt: TestMarket.start)
            }
            attempt { () throws(FrameFault) in _ = try BinanceAnswers.exchangeInfo(bytes) }
        }
        #expect(decoded > 1000)
        #expect(decoded + reasons.values.reduce(0, +) == 100_000)
        #expect(reasons.keys.allSatisfy { !$0.isEmpty })
    }

    @Test("whatever the scanner takes as JSON, Foundation does too, and the fields agree")
    func againstFoundation() throws {
        var random = Seeded(state: 5)
        var agreed = 0
        for _ in 0..<2000 {
            var bytes = Array(Self.book.utf8)
            let place = Int(random.next() % UInt64(bytes.count))
            bytes[place] = UInt8(32 + random.next() % 90)
            guard case .bookTicker(let book)? = try? BinanceFrame.decode(bytes) else { continue }
            guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else { continue }
            #expect(object["s"] as? String == book.pair && object["b"] as? String == book.bid)
            agreed += 1
        }
        #expect(agreed > 300)
    }
}
