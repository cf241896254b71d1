import Market
import Testing
import Turns

@Suite(.oneAtATime) struct SymbolDirectoryTests {
    private func symbols(_ names: String...) -> [Symbol] { names.compactMap { Symbol($0) } }

    private func directory(quote: String = "USDT", listed: [(String, String)]? = nil) -> SymbolDirectory {
        let directory = SymbolDirectory(defaultQuote: quote, defaultSymbols: symbols("BTC", "ETH", "SOL"))
        if let listed { directory.replaceListings(listed.map { (base: $0.0, quote: $0.1) }, venue: .binance) }
        return directory
    }

    private static let listing = [
        ("BTC", "USDT"), ("ETH", "USDT"), ("SOL", "USDT"), ("DOGE", "USDT"), ("ADA", "USDC"), ("ETH", "BTC"),
        ("SOL", "ETH"), ("1INCH", "USDT"), ("BTC", "EUR"),
    ]

    @Test(
        "a market is found however it is written",
        arguments: [
            ("BTC", "BTC"), ("btc", "BTC"), ("$BTC", "BTC"), ("  $btc\n", "BTC"), ("BTCUSDT", "BTC"), ("btcusd", "BTC"),
            ("BTC/USDT", "BTC"), ("BTC-USD", "BTC"), ("btc_fdusd", "BTC"), ("BTCBUSD", "BTC"), ("bitcoin", "BTC"),
            ("Bitcoin", "BTC"), ("$Ethereum", "ETH"), ("bitcoin/usd", "BTC"), ("dogecoin", "DOGE"), ("cardano", "ADA"),
            ("ETH/BTC", "ETH/BTC"), ("ethbtc", "ETH/BTC"), ("eth-btc", "ETH/BTC"), ("ethereum/btc", "ETH/BTC"),
            ("BTCEUR", "BTC/EUR"), ("SOL/ETH", "SOL/ETH"), ("1inch", "1INCH"), ("1INCHUSDT", "1INCH"),
        ])
    func spellings(text: String, symbol: String) throws {
        #expect(directory(listed: Self.listing).resolve(text) == .symbol(try #require(Symbol(symbol))))
    }

    @Test(
        "what is not listed is unknown, with the nearest that are",
        arguments: [
            ("BTD", ["BTC"]), ("doje", ["DOGE"]), ("DOGUSDT", ["DOGE"]), ("etherium", ["ETH"]), ("solanna", ["SOL"]),
            ("litecoin", ["BTC"]), ("SOL/BTC", ["SOL"]), ("BTC/JPY", ["BTC"]), ("qqqqqq", []), ("a/b/c", []),
        ])
    func unknown(text: String, nearest: [String]) {
        #expect(directory(listed: Self.listing).resolve(text) == .unknown(nearest: nearest.compactMap { Symbol($0) }))
    }

    @Test("before a listing is known, the default symbols and common names are; afterwards only what is listed")
    func beforeListing() {
        let directory = directory()
        #expect(directory.resolve("litecoin") == .symbol(symbols("LTC")[0]))
        #expect(directory.resolve("LTCUSDT") == .symbol(symbols("LTC")[0]))
        #expect(directory.resolve("ETH/BTC") == .unknown(nearest: symbols("ETH", "ETC")))
        directory.replaceListings([(base: "XRP", quote: "USDT")], venue: .binance)
        #expect(directory.resolve("ripple") == .symbol(symbols("XRP")[0]))
        #expect(directory.resolve("SOL") == .symbol(symbols("SOL")[0]))
        #expect(directory.resolve("litecoin") == .unknown(nearest: symbols("BTC")))
    }

    @Test("what any venue lists is known; a new listing replaces that venue's old one")
    func venues() {
        let directory = directory(listed: [("XRP", "USDT")])
        directory.replaceListings([(base: "LTC", quote: "USD"), (base: "bad base", quote: "USD")], venue: .coinbase)
        #expect(directory.resolve("XRP") == .symbol(symbols("XRP")[0]))
        #expect(directory.resolve("LTC") == .symbol(symbols("LTC")[0]))
        directory.replaceListings([(base: "ADA", quote: "USDT")], venue: .binance)
        #expect(directory.resolve("XRP") == .unknown(nearest: []))
        #expect(directory.resolve("LTC") == .symbol(symbols("LTC")[0]))
    }

    @Test("with a default quote that is no dollar, dollars are a quote like any other")
    func euro() {
        let directory = directory(quote: "EUR", listed: [("BTC", "EUR"), ("BTC", "USDT")])
        #expect(directory.resolve("BTCEUR") == .symbol(symbols("BTC")[0]))
        #expect(directory.resolve("BTCUSDT") == .symbol(symbols("BTC/USDT")[0]))
        #expect(directory.resolve("BTC/USD") == .unknown(nearest: symbols("BTC")))
        #expect(directory.pair(of: symbols("BTC")[0]) == (base: "BTC", quote: "EUR"))
        #expect(directory.pair(of: symbols("BTC/USDT")[0]) == (base: "BTC", quote: "USDT"))
    }

    @Test("hostile text is unknown, and soon")
    func hostile() {
        let directory = directory(listed: Self.listing + (0..<3_000).map { ("C\($0)", "USDT") })
        let texts = [
            "", " ", "$", "/", "//", "-", "$$BTC", "\u{0}BTC", "B\u{200B}TC", "🚀", "🚀🚀🚀/🚀", "BTC\u{202E}", "ВТС",
            "'; DROP TABLE", String(repeating: "A", count: 100_000), String(repeating: "🚀", count: 25_000),
            String(repeating: " ", count: 100_000) + "BTC", String(repeating: "/", count: 48),
        ]
        let began = ContinuousClock.now
        for text in texts {
            guard case .unknown(let nearest) = directory.resolve(text) else {
                Issue.record("\(text.prefix(20)) was taken for a symbol")
                continue
            }
            #expect(nearest.count <= 4)
        }
        #expect(ContinuousClock.now - began < .seconds(5))
    }
}

@Suite(.oneAtATime) struct WatchListTests {
    private let defaults = ["BTC", "ETH"].compactMap { Symbol($0) }

    @Test("defaults come first, then what is asked for by name, up to the limit")
    func order() {
        let list = WatchList(defaults: defaults, limit: 4)
        #expect(list.symbols.map(\.description) == ["BTC", "ETH"])
        list.setDemand(Set(["SOL", "ETH", "DOGE", "ADA"].compactMap { Symbol($0) }))
        #expect(list.symbols.map(\.description) == ["BTC", "ETH", "ADA", "DOGE"])
        list.setDemand([])
        #expect(list.symbols == defaults)
        #expect(WatchList(defaults: defaults, limit: 1).symbols.map(\.description) == ["BTC"])
    }

    @Test("a listener hears the list now, then only the newest change, and nothing when nothing changed")
    func listening() async throws {
        let list = WatchList(defaults: defaults, limit: 10)
        var changes = list.changes().makeAsyncIterator()
        #expect(await changes.next() == defaults)
        let sol = try #require(Symbol("SOL"))
        let ada = try #require(Symbol("ADA"))
        list.setDemand([sol])
        list.setDemand([ada])
        list.setDemand([ada])
        #expect(await changes.next() == defaults + [ada])
        list.setDemand([ada])
        list.setDemand([sol])
        #expect(await changes.next() == defaults + [sol])
    }

    @Test("listeners end with the list")
    func end() async {
        var list: WatchList? = WatchList(defaults: defaults, limit: 10)
        let changes = list?.changes()
        list = nil
        var heard = 0
        if let changes { for await _ in changes { heard += 1 } }
        #expect(heard == 1)
    }
}

@Suite(.oneAtATime) struct EditDistanceTests {
    @Test(
        "letters changed, added, lost and exchanged are counted",
        arguments: [
            ("rsi", "rsi", 0), ("rsi", "rsy", 1), ("macd", "mcd", 1), ("mcad", "macd", 1), ("ema", "sma", 1),
            ("kitten", "sitting", 3), ("", "abc", 3), ("abcdef", "fedcba", 5),
        ])
    func distance(a: String, b: String, expected: Int) {
        #expect(EditDistance.between(a, b, limit: 10) == expected)
        #expect(EditDistance.between(b, a, limit: 10) == expected)
        #expect(expected == 0 || EditDistance.between(a, b, limit: expected - 1) == nil)
    }
}
