import Foundation
import Market
import Support
import Testing
import Turns

@testable import Sentiment

@Suite("Linking of texts to symbols", .oneAtATime)
struct SymbolLinkerTests {
    private let linker = SymbolLinker()

    private func names(_ text: String) -> String {
        linker.symbols(in: text).map(\.description).joined(separator: " ")
    }

    @Test(
        "cashtags, tickers and names are symbols",
        arguments: [
            ("$btc to the moon", "BTC"), ("Bitcoin's hash rate rises", "BTC"), ("BTC/USDT breaks out", "BTC"),
            ("BTCUSDT long", "BTC"), ("ETH and SOL lead", "ETH SOL"), ("Bitcoin Cash forks again", "BCH"),
            ("Terra founder speaks", "LUNA"), ("MIOTA rallies", "IOTA"), ("USDT and USDC depeg", "USDC USDT"),
            ("Optimism Foundation votes", "OP"), ("networks like Render in demand", "RENDER"),
            ("NEAR gains 5%", "NEAR"), ("bitcoin bitcoin BITCOIN", "BTC"), ("$LINK", "LINK"),
            ("el precio de Cardano", "ADA"),
        ])
    func linked(text: String, expected: String) { #expect(names(text) == expected) }

    @Test(
        "words that only look like a coin are none",
        arguments: [
            "There is optimism near the top", "An avalanche of orders", "The ripple effect of rates",
            "one link in a chain",
            "a cash flow problem", "Market maker Wintermute moves funds", "The stellar results of a compound",
            "ethereal bitcoins2", "Binance lists a token", "@solana said so", "ALL THE FLOW OF LINK NEAR THE SUN", "",
            "$ $$ $1",
        ])
    func notLinked(text: String) { #expect(names(text) == "") }

    @Test("a watched ticker counts though nobody else knows it")
    func watched() throws {
        let linker = SymbolLinker(watching: [try #require(Symbol("QZX"))])
        #expect(linker.symbols(in: "QZX doubles").map(\.description) == ["QZX"])
        #expect(names("QZX doubles") == "")
    }

    @Test(
        "of 250 labelled headlines at least 95% of the links are right and 85% are found (needs ../shared)",
        .enabled(if: SharedData.has("news")))
    func headlines() throws {
        let texts = try Self.headlines()
        var (right, wrong, missed, count) = (0, 0, 0, 0)
        for row in try Fixture.rows("headline-symbols.tsv").dropFirst() {
            let text = try #require(texts[row[2]], "\(row)")
            let expected = Set(row[3].split(separator: " ").map(String.init))
            let found = Set(linker.symbols(in: text).map(\.description))
            right += found.intersection(expected).count
            wrong += found.subtracting(expected).count
            missed += expected.subtracting(found).count
            count += 1
        }
        #expect(count == 250)
        #expect(Double(right) / Double(right + wrong) >= 0.95, "\(right) right, \(wrong) wrong")
        #expect(Double(right) / Double(right + missed) >= 0.85, "\(right) right, \(missed) missed")
    }

    /// The headlines by the hash that the labels name them with.
    private static func headlines() throws -> [String: String] {
        func text(_ name: String) throws -> String {
            String(decoding: try CandleFile.contents(path: SharedData.path("news/" + name)), as: UTF8.self)
        }
        var texts: [String: String] = [:]
        func add(_ text: String) { texts[hash(text)] = text }
        for line in try text("crypto_news_articles_2026-01.jsonl.gz").split(separator: "\n") {
            struct Article: Decodable { var title: String }
            add(try JSONDecoder().decode(Article.self, from: Data(line.utf8)).title)
        }
        for row in separated(try text("crypto_news_2021-10_2022-07.csv.gz"), by: ";") where row.count > 5 {
            add(row[5])
        }
        for row in separated(try text("bitcoin_news_scored_2021-11_2023-12.csv.gz"), by: ",") where row.count > 1 {
            add(row[1])
        }
        return texts
    }

    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Rows of a separated file whose fields may be quoted, quotes doubled inside.
    private static func separated(_ text: String, by separator: Unicode.Scalar) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = String.UnicodeScalarView()
        var isQuoted = false
        var wasQuote = false
        for scalar in text.unicodeScalars {
            if isQuoted {
                if scalar == "\"" { (isQuoted, wasQuote) = (false, true) } else { field.append(scalar) }
                continue
            }
            switch scalar {
            case "\"":
                if wasQuote { field.append(scalar) }
                isQuoted = true
            case separator:
                row.append(String(field))
                field = .init()
            case "\n", "\r":
                if !field.isEmpty || !row.isEmpty {
                    rows.append(row + [String(field)])
                    (row, field) = ([], .init())
                }
            default: field.append(scalar)
            }
            wasQuote = false
        }
        return rows
    }
}
