import Decisions
import Foundation
import Market

@testable import Chat

/// The market that the tables of sentences were written before: prices, and coins with the names of common words.
struct SentenceMarket {
    static let prices = [
        "BTC": "61234", "ETH": "2500", "SOL": "150", "AVAX": "30", "XRP": "0.6", "ADA": "0.45", "DOGE": "0.12",
        "LINK": "15", "BNB": "580", "LTC": "80",
    ]
    /// Tickers that are words of sentences as well.
    static let wordy = [
        "ME", "ONE", "NOT", "ACT", "NEAR", "SUN", "HIGH", "GAS", "PEOPLE", "DIA", "TRUMP", "HOT", "MOVE", "W", "T", "S",
        "A",
        "IO", "OM", "HOME", "NOW", "WIN", "ALL", "TIME", "OPEN", "MASK", "FOR", "IS", "QUICK", "FUN", "RED", "UP",
        "DOWN", "NEWS", "STOP", "MUY", "EL", "LA", "SE", "TU", "MI", "YA", "NO", "VIA", "PARA", "HOY",
    ]

    /// The files as they are now, so that a change of a grammar is seen without building it in.
    static var locales: URL {
        (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }.appending(
            path: "locales")
    }

    let reader: SentenceReader
    let book: SentenceBook

    init(book: SentenceBook? = nil) throws {
        let defaults = ["BTC", "ETH", "ADA", "SOL", "AVAX"].compactMap { Symbol($0) }
        let directory = SymbolDirectory(defaultQuote: "USDT", defaultSymbols: defaults)
        directory.replaceListings(
            (Array(SentenceMarket.prices.keys) + SentenceMarket.wordy + [
                "USDC", "DOT", "TRX", "TON", "PEPE", "UNI", "BCH",
            ])
            .map { ($0, "USDT") } + [("ETH", "BTC")], venue: .simulated)
        let board = StillBoard()
        let now = Timestamp(seconds: 1_764_000_000)
        for (name, price) in SentenceMarket.prices { board.put(name, price, at: now) }
        let symbols = DirectorySymbols(directory: directory)
        let database = NoCandles()
        self.book = try book ?? SentenceBook(overrides: SentenceMarket.locales)
        reader = SentenceReader(
            self.book,
            market: MarketDesk(
                board: board, symbols: symbols, candles: database, forecaster: PlainForecaster(), venue: .simulated,
                defaultSymbols: Array(defaults.prefix(3))),
            rules: .stored(
                symbols: symbols, replay: StoredReplay(ReplayCandles(database, life: .zero), venue: .simulated)))
    }

    struct DirectorySymbols: SymbolMatching, SymbolResolving {
        let directory: SymbolDirectory
        func match(_ text: String) -> SymbolMatch {
            switch directory.resolve(text) {
            case .symbol(let symbol): .symbol(symbol)
            case .unknown(let nearest): .unknown(nearest: nearest)
            }
        }
        func symbol(named text: String) -> Symbol? {
            if case .symbol(let symbol) = directory.resolve(text) { symbol } else { nil }
        }
        func nearest(to text: String) -> [String] {
            if case .unknown(let nearest) = directory.resolve(text) { nearest.map(\.description) } else { [] }
        }
    }

    /// Sentences are read without candles.
    struct NoCandles: CandleStore {
        func save(_ candles: [Candle], of series: CandleSeries) async throws -> Int { 0 }
        func extent(of series: CandleSeries) async throws -> ClosedRange<Timestamp>? { nil }
        func series() async throws -> [CandleSeries] { [] }
        func prune(_ timeframe: Timeframe, before: Timestamp, limit: Int) async throws -> Int { 0 }
        func candles(of series: CandleSeries, from: Timestamp?, to: Timestamp?, limit: Int?) async throws -> [Candle] {
            []
        }
    }
}
