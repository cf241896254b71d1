import Market
import Testing
import Turns

@testable import Decisions

@Suite("Plain thresholds read without the parser", .oneAtATime)
struct PlainThresholdTests {
    /// What the parser makes of a plain threshold.
    private func definition(_ threshold: PlainThreshold, of symbol: Symbol) -> RuleDefinition {
        RuleDefinition(
            symbols: .listed([symbol]),
            condition: .compare(
                .operand(RuleOperand(symbol: .subject, kind: .price)), threshold.comparison,
                .number(RuleNumber(value: threshold.level))),
            priority: threshold.priority, rest: threshold.rest, once: threshold.once)
    }

    @Test("whatever is read is what the parser reads, and is written back as it was", arguments: 0..<8)
    func agreesWithParser(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = ["BTC", "ETH/BTC", "$MAX", "1INCH", "AVAX"]
        let lives = [
            "", " every 4h", " every 90s", " every 1w", " once", " as low", " as critical", " every 2d once as high",
            " once as low", " every 1m as high",
        ]
        for _ in 0..<3_000 {
            let digits = Int.random(in: 1...15, using: &generator)
            var number = String(Int64.random(in: 1..<Int64(pow10(digits)), using: &generator))
            let scale = Int.random(in: 0...12, using: &generator)
            if scale > 0 {
                while number.count <= scale { number = "0" + number }
                number.insert(".", at: number.index(number.endIndex, offsetBy: -scale))
            }
            let sign = [">", ">=", "<", "<="].randomElement(using: &generator) ?? ">"
            let name = names.randomElement(using: &generator) ?? "BTC"
            let typed = "\(name) \(sign) \(number)\(lives.randomElement(using: &generator) ?? "")"
            let parsed = try RuleText.parse(typed, symbols: someSymbols)
            // Its canonical text is plain, and means the same.
            let (read, threshold) = try #require(PlainThreshold.read(parsed.text), "\(parsed.text)")
            guard case .listed(let symbols) = parsed.symbols else { return }
            #expect(read == name)
            #expect(definition(threshold, of: symbols[0]) == parsed)
            #expect(threshold.text(of: name) == parsed.text)
            // As typed it may be no canonical text; if it is read, it means the same, too.
            if let (_, same) = PlainThreshold.read(typed) {
                #expect(typed == parsed.text)
                #expect(same == threshold)
            }
        }
    }

    private func pow10(_ digits: Int) -> Double { (0..<digits).reduce(1) { product, _ in product * 10 } }

    @Test("a text changed at random is read as the parser reads it, or not at all", arguments: 0..<4)
    func mutations(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(100 + seed))
        let alphabet = Array("BTCEH $/<>=0123456789.everyoncalwhigt-,%k")
        let seeds = ["BTC > 70000", "ETH <= 0.05 every 4h once as high", "ETH/BTC >= 12.5", "$MAX < 3 as low"]
        var readCount = 0
        for _ in 0..<20_000 {
            var text = Array(seeds.randomElement(using: &generator) ?? "")
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = Int.random(in: text.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text.remove(at: place)
                case 1: text.insert(alphabet.randomElement(using: &generator) ?? "0", at: place)
                default: text[place] = alphabet.randomElement(using: &generator) ?? "0"
                }
            }
            guard let (name, threshold) = PlainThreshold.read(String(text)) else { continue }
            // The name may be no symbol: then the parser says so, and the engine asks it at the first rule of a name.
            guard let parsed = try? RuleText.parseStored(String(text), symbols: someSymbols) else { continue }
            guard case .listed(let symbols) = parsed.symbols, RulePrinter.spelled(symbols[0]) == name else { continue }
            #expect(parsed == definition(threshold, of: symbols[0]), "\(String(text))")
            #expect(parsed.text == String(text))
            readCount += 1
        }
        #expect(readCount > 1_000)
    }

    @Test(
        "anything else is left to the parser",
        arguments: [
            "", "BTC", "BTC >", "BTC > ", "BTC > 070", "BTC > 7.0", "BTC > 7.", "BTC > .7", "BTC > 0", "BTC > -7",
            "BTC > 5%", "BTC > 70k", "BTC > 1234567890123456", "BTC = 7", "BTC != 7", "BTC > 7 ", "BTC  > 7",
            "btc > 7", "BTC,ETH > 7", "* > 7", "BTC > 7 every 30m", "BTC > 7 every 60m", "BTC > 7 every 367d",
            "BTC > 7 once once", "BTC > 7 as medium", "BTC > 7 once every 4h", "BTC > 7 until 2027-01-01",
            "BTC > 7 for 10m", "BTC > 7 hysteresis 1%", "BTC > 7 via telegram", "BTC crosses above 7", "7 < BTC",
        ])
    func others(text: String) {
        #expect(PlainThreshold.read(text) == nil)
    }

    @Test("a symbol that stored rules read is wanted, whatever the form of the rule")
    func demand() {
        var demand = RuleDemand(symbols: someSymbols)
        for text in ["BTC > 7", "BTC > 8 once", "NOSUCH > 7", "ADA crosses above 7", "SOL > 1 and AVAX > 2", "* > 3"] {
            demand.add(text)
        }
        #expect(demand.wanted == [btc, symbol("ADA"), symbol("SOL"), symbol("AVAX")])
    }
}
