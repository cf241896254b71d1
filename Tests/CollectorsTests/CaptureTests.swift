import Foundation
import Market
import Testing
import Turns

@testable import Collectors

/// Runs when recorded traffic lies beside the package, in `../shared/data/captures`.
@Suite("Recorded traffic of the venues", .oneAtATime, .enabled(if: Captures.folder != nil))
struct CaptureTests {
    private func tally(_ bodies: [[UInt8]], _ decode: ([UInt8]) throws(FrameFault) -> String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for body in bodies {
            do throws(FrameFault) { counts[try decode(body), default: 0] += 1 } catch {
                counts[error.reason, default: 0] += 1
            }
        }
        return counts
    }

    private func binance(_ body: [UInt8]) throws(FrameFault) -> String {
        switch try BinanceFrame.decode(body) {
        case .kline(let kline):
            guard let timeframe = Timeframe(rawValue: kline.interval) else { return "other_interval" }
            _ = try BinanceMapping.candle(kline, timeframe: timeframe)
            return "kline"
        case .bookTicker(let book):
            _ = try BinanceMapping.bookTop(book, symbol: TestMarket.btc, receivedAt: TestMarket.start)
            return "book"
        case .miniTickers: return "mini"
        case .serverShutdown: return "shutdown"
        case .reply: return "reply"
        case .other(let kind): return BinanceStream.unknown(kind)
        }
    }

    private func coinbase(_ body: [UInt8]) throws(FrameFault) -> String {
        _ = try CoinbaseMapping.quote(
            try CoinbaseTicker.decode(body), symbol: TestMarket.btc, receivedAt: TestMarket.start)
        return "quote"
    }

    @Test("Binance's streams: each message decodes or is counted under its kind")
    func binanceStreams() throws {
        #expect(
            tally(try Captures.messages("cryptofeed_BINANCE.ws.1.0.gz"), binance)
                == ["unread_depthUpdate": 177, "book": 84, "unread_aggTrade": 2, "kline": 2])
        #expect(
            tally(try Captures.lines("binance_single_messages.jsonl"), binance) == [
                "unread_aggTrade": 3, "unread_markPriceUpdate": 3, "unread_depthUpdate": 7, "unread_depth20": 1,
                "book": 3, "unread_24hrTicker": 9, "unread_other": 8, "kline": 2, "other_interval": 1,
            ])
        #expect(tally([try Captures.bytes("binance_fixture_kline_stream_closed.json")], binance) == ["kline": 1])
        #expect(tally([try Captures.bytes("binance_fixture_ticker_stream.json")], binance) == ["unread_24hrTicker": 1])
    }

    @Test("Binance's REST answers: pairs, tickers and klines are read; an order book is none of them")
    func binanceAnswers() throws {
        let info = try BinanceAnswers.exchangeInfo(try #require(try Captures.messages("cryptofeed_BINANCE.0.gz").first))
        #expect(info.pairs.count == 1695 && info.pairs.count { $0.isTrading } == 1262 && info.weightPerMinute == 1200)
        let small = try BinanceAnswers.exchangeInfo(try Captures.bytes("binance_fixture_exchange_info_response.json"))
        #expect(small.pairs.map(\.name).contains("ETHBTC"))
        let klines = try BinanceAnswers.klines(try Captures.bytes("binance_fixture_klines_response.json"))
        #expect(try klines.map { try BinanceMapping.candle($0, timeframe: .w1).close } == [0.01577100])
        for name in ["binance_fixture_ticker_24hr_response.json", "binance_single-24hr-ticker.json"] {
            let tickers = try BinanceAnswers.tickers(try Captures.bytes(name))
            let ticker = try BinanceMapping.ticker(
                try #require(tickers.first), symbol: TestMarket.btc, receivedAt: TestMarket.start)
            #expect(ticker.last.description == "4.000002")
        }
        let books = try Captures.messages("cryptofeed_BINANCE.http.0.0.gz") + [Captures.bytes("binance_depth.json")]
        #expect(tally(books, binance) == ["unread_other": books.count])
        #expect(throws: FrameFault("wrong_type")) { try BinanceAnswers.klines(books[0]) }
    }

    @Test("Coinbase: each message decodes or is counted under its kind")
    func coinbaseMessages() throws {
        #expect(
            tally(try Captures.messages("cryptofeed_COINBASE.ws.28.0.gz"), coinbase) == [
                "unread_l2update": 9719, "quote": 107, "unread_match": 97, "unread_snapshot": 10,
                "unread_last_match": 10, "unread_subscriptions": 3,
            ])
        #expect(
            tally(try Captures.lines("coinbase_pro_single_messages.jsonl"), coinbase)
                == ["unread_snapshot": 1, "unread_l2update": 1])
        #expect(tally([try Captures.bytes("coinbasepro_example-ticker-data.json")], coinbase) == ["quote": 1])
        // The Advanced Trade API has other shapes.
        for name in ["http_candles", "http_product", "http_ticker", "ws_ticker"] {
            let body = try Captures.bytes("coinbase_advanced_fixture_\(name).json")
            #expect(tally([body], coinbase) == ["missing_field": 1])
        }
        let products = try CoinbaseAnswers.products(
            try #require(try Captures.messages("cryptofeed_COINBASE.0.gz").first))
        #expect(products.count == 162)
    }
}

enum Captures {
    static let folder: String? = {
        var url = URL(fileURLWithPath: #filePath)
        while url.path != "/" {
            url.deleteLastPathComponent()
            guard FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) else {
                continue
            }
            let folder = url.deletingLastPathComponent().appendingPathComponent("shared/data/captures")
            return FileManager.default.fileExists(atPath: folder.path) ? folder.path : nil
        }
        return nil
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let path = try #require(folder) + "/" + name
        guard name.hasSuffix(".gz") else { return Array(try #require(FileManager.default.contents(atPath: path))) }
        let unpack = Process()
        unpack.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        unpack.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        unpack.standardOutput = pipe
        try unpack.run()
        let bytes = Array(try pipe.fileHandleForReading.readToEnd() ?? Data())
        unpack.waitUntilExit()
        return bytes
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    /// Messages that came in: behind the time of each line, those that were sent and the heads left out.
    static func messages(_ name: String) throws -> [[UInt8]] {
        try lines(name).compactMap { line in
            let text = String(decoding: line, as: UTF8.self)
            guard let mark = text.range(of: #": ?[\[{]"#, options: .regularExpression) else { return nil }
            let head = text[..<mark.lowerBound]
            if head.contains(" <- ") || head.contains(" <-> ") || head.hasPrefix("configuration") { return nil }
            return Array(text[text.index(before: mark.upperBound)...].utf8)
        }
    }
}
