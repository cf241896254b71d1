import Market
import People
import Testing
import Turns

@testable import Decisions

/// Plain thresholds against the same rules written so that the general way has to look at every price.
@Suite("Plain thresholds in the engine", .oneAtATime)
struct ThresholdEngineTests {
    /// Two engines with the same rules, the store that both would have, and what is done to both.
    struct Pair {
        var compact = RuleEngine(defaultSymbols: [btc, eth], symbols: someSymbols)
        var general = RuleEngine(defaultSymbols: [btc, eth], symbols: someSymbols)
        /// Rules of the compact engine as stored.
        var stored: [RuleID: Rule] = [:]
        var generator: SeededGenerator
        var lastID: Int64 = 0
        var time = start
        var prices = [100.0, 100.0]
        var fired = 0
        var changes = 0
        var mismatch: String?

        static let signs = [">", ">=", "<", "<="]
        static let lives = ["", " every 3m", " every 1m", " every 45s as high", " once", " every 2m once as critical"]

        func inGeneralForm(_ rule: Rule) -> Rule {
            var rule = rule
            let words = rule.text.split(separator: " ", maxSplits: 1)
            rule.text = "\(words[0]) price * 1 \(words[1])"
            return rule
        }

        mutating func add(_ rule: Rule) {
            stored[rule.id] = rule
            compact.apply(.added(rule))
            general.apply(.added(inGeneralForm(rule)))
        }

        mutating func addAnother() {
            lastID += 1
            let sign = Pair.signs.randomElement(using: &generator) ?? ">"
            let life = Pair.lives.randomElement(using: &generator) ?? ""
            let level = Double(Int.random(in: 184...216, using: &generator)) / 2
            let name = Bool.random(using: &generator) ? "BTC" : "ETH"
            add(
                Rule(
                    id: RuleID(lastID), owner: RecipientID(lastID % 5), number: Int(lastID),
                    text: "\(name) \(sign) \(Decimals.plain(level))\(life)", createdAt: time))
        }

        mutating func applyToBoth(_ change: RuleChange) {
            compact.apply(change)
            general.apply(change)
        }

        mutating func check(_ a: DecisionBatch, _ b: DecisionBatch, _ what: String) {
            for (id, state) in a.ruleStates { stored[id]?.state = state }
            for id in a.endedRules { stored[id] = nil }
            fired += a.alerts.count
            changes += a.ruleStates.count
            let isSame =
                told(a) == told(b) && a.ruleStates == b.ruleStates && a.endedRules.sorted() == b.endedRules.sorted()
            if !isSame, mismatch == nil { mismatch = "\(what): \(told(a)) \(told(b)) \(a.ruleStates) \(b.ruleStates)" }
        }

        /// Everything but the text, in an order that does not depend on how rules were found.
        private func told(_ batch: DecisionBatch) -> [String] {
            batch.alerts.map { alert in
                guard case .ruleFired(var firing) = alert.body else { return "?" }
                firing.text = ""
                return "\(alert.naturalKey) \(alert.priority) \(alert.issuedAt) \(alert.audience) \(firing)"
            }.sorted()
        }

        /// Both engines anew, from what is stored.
        mutating func restart() {
            compact = RuleEngine(defaultSymbols: [btc, eth], symbols: someSymbols)
            general = RuleEngine(defaultSymbols: [btc, eth], symbols: someSymbols)
            for rule in stored.values.sorted(by: { $0.id < $1.id }) { add(rule) }
        }

        mutating func step(_ number: Int) {
            let market = Int.random(in: 0..<2, using: &generator)
            let symbol = [btc, eth][market]
            time += .milliseconds(Int64.random(in: 200...40_000, using: &generator))
            if number % 311 == 0 { time += .minutes(10) }
            let known = stored.keys.sorted().randomElement(using: &generator)
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<8: addAnother()
            case 8..<14:
                guard let known else { return }
                stored[known] = nil
                applyToBoth(.removed(known))
            case 14..<17:
                guard let known else { return }
                let paused = stored[known]?.paused == true
                stored[known]?.paused = !paused
                applyToBoth(paused ? .resumed(known) : .paused(known))
            case 17 where number % 5 == 0: restart()
            case 18..<30: check(compact.advance(to: time), general.advance(to: time), "advance \(number)")
            case 30..<38:
                let late = number % 4 == 0
                let opens = Timestamp(milliseconds: time.milliseconds / 60_000 * 60_000) - .minutes(late ? 4 : 1)
                let candle = flat(move(market), opens: opens)
                check(
                    compact.handle(candle: candle, of: symbol, late: late),
                    general.handle(candle: candle, of: symbol, late: late), "candle \(number)")
            case 38:
                let candles = (0..<5).map { flat(prices[market], opens: time - .minutes(Int64(10 - $0))) }
                compact.warmUp(symbol, base: candles, longer: [:])
                general.warmUp(symbol, base: candles, longer: [:])
            default:
                let quote = quote(move(market), symbol, at: time)
                check(compact.handle(quote: quote), general.handle(quote: quote), "quote \(number)")
            }
        }

        private mutating func move(_ market: Int) -> Double {
            let move = Double(Int.random(in: -8...8, using: &generator)) / 4
            prices[market] = min(110, max(90, prices[market] + move))
            return prices[market]
        }
    }

    @Test(
        "they decide exactly as looking at every quote does: added, removed, paused, restarted, late, silent",
        arguments: 0..<16)
    func againstEveryQuote(seed: Int) {
        var pair = Pair(generator: SeededGenerator(seed: UInt64(seed)))
        for _ in 0..<40 { pair.addAnother() }
        for number in 0..<4_000 where pair.mismatch == nil { pair.step(number) }
        #expect(pair.mismatch == nil)
        #expect(pair.fired > 300)
        #expect(pair.changes > 600)
        #expect(pair.compact.rules.isEmpty)
        #expect(pair.general.thresholds.count == 0)
        #expect(pair.compact.ruleCount == pair.stored.count)
        #expect(pair.general.ruleCount == pair.stored.count)
        for (id, rule) in pair.stored { #expect(pair.compact.state(of: id) == pair.general.state(of: id), "\(rule)") }
    }

    @Test("an alert says the rule in its stored words")
    func text() throws {
        let texts = ["ETH/BTC >= 0.0525 every 4h as high", "$MAX < 0.00001234", "1INCH > 100000 once"]
        var engine = RuleEngine(defaultSymbols: [], symbols: someSymbols)
        for (index, text) in texts.enumerated() { engine.apply(.added(try rule(text, id: Int64(index + 1)))) }
        #expect(engine.thresholds.count == 3)
        #expect(engine.requiredSymbols == [symbol("ETH/BTC"), symbol("MAX"), symbol("1INCH")])
        var fired: [RuleFiring] = []
        for (name, price) in [("ETH/BTC", 0.06), ("MAX", 0.00001), ("1INCH", 200_000)] {
            fired += engine.handle(quote: quote(price, symbol(name), at: start)).firings
        }
        #expect(fired.map(\.text) == texts)
        #expect(engine.ruleCount == 2)
    }

    @Test("a rule that does not fit the compact form is kept in the general one")
    func misfits() throws {
        var engine = RuleEngine(defaultSymbols: [], symbols: someSymbols)
        let foreign = RuleState(sequence: 2, symbols: ["ETH": .init(phase: .armed)])
        let held = RuleState(sequence: 2, symbols: ["BTC": .init(phase: .armed, heldSince: start)])
        let many = RuleState(sequence: Int(Int32.max) + 1)
        for (index, state) in [foreign, held, many].enumerated() {
            engine.apply(.added(try rule("BTC > 10", id: Int64(index + 1), state: state)))
        }
        #expect(engine.thresholds.count == 0)
        #expect(engine.ruleCount == 3)
        #expect(engine.handle(quote: quote(11, at: start)).alerts.count == 3)
    }

    @Test("a rule changed under its key takes the place of the old one, whatever the form")
    func replaced() throws {
        var engine = try engine("BTC > 10")
        engine.apply(.added(try rule("BTC crosses above 10", id: 1)))
        #expect(engine.thresholds.count == 0)
        #expect(engine.ruleCount == 1)
        engine.apply(.added(try rule("BTC > 12", id: 1)))
        #expect(engine.rules.isEmpty)
        #expect(engine.handle(quote: quote(11, at: start)).alerts.isEmpty)
        #expect(engine.handle(quote: quote(13, at: minute(0.1))).firings.map(\.text) == ["BTC > 12"])
    }

    @Test("places are taken again by later rules, and keys far apart are found")
    func places() {
        var table = ThresholdTable()
        func record(_ id: Int64) -> ThresholdRecord? {
            ThresholdRecord(
                Rule(id: RuleID(id), owner: RecipientID(1), number: 1, text: "BTC > 1", createdAt: start),
                PlainThreshold(comparison: .greater, level: 1), market: 0, of: btc)
        }
        let ids = (0..<3_000).map { Int64($0) * 7 } + [.max, -5]
        for id in ids { _ = record(id).map { table.insert($0) } }
        #expect(table.count == ids.count)
        #expect(ids.allSatisfy { id in table.index(of: RuleID(id)).map { table[$0].id.rawValue } == id })
        #expect(table.index(of: RuleID(8)) == nil)
        for id in ids.prefix(2_000) { if let index = table.index(of: RuleID(id)) { table.remove(at: index) } }
        #expect(table.count == 1_002)
        let again = record(8).map { table.insert($0) }
        #expect((again ?? .max) < 3_000)
        #expect(again.map { table[$0].generation } == 1)
        #expect(MemoryLayout<ThresholdRecord>.stride == 56)
    }
}
