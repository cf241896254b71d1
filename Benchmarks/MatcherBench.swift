import Decisions
import Foundation
import Market
import People

/// A million price thresholds over 500 symbols: what a quote, a new rule and a removed one cost, and what a rule takes.
enum MatcherBench {
    static func run() {
        let world = MatcherWorld()
        for count in [1_000, 1_000_000] {
            let before = resident
            var engine = world.engine(rules: count)
            if count == 1_000_000 { report("matcher_bytes", (resident - before) / Double(count), "bytes/rule") }
            quotes(world, engine, count)
            if count == 1_000_000 { changes(world, &engine, count) }
        }
    }

    /// Of the process, in bytes.
    static var resident: Double {
        let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Quotes that fire nothing: prices that walk between the levels. Then prices that walk across them.
    private static func quotes(_ world: MatcherWorld, _ engine: RuleEngine, _ count: Int) {
        for (name, spread, step) in [("", 0.004, 0.0001), ("_crossing", 0.05, 0.001)] {
            let walk = world.walk(count: 400_000, spread: spread, step: step)
            var best = Double.infinity
            var (fired, changed) = (0, 0)
            for _ in 0..<5 {
                var engine = engine
                (fired, changed) = (0, 0)
                let began = clock()
                for quote in walk {
                    let batch = engine.handle(quote: quote)
                    if batch.isEmpty { continue }
                    fired += batch.alerts.count
                    changed += batch.ruleStates.count
                }
                best = min(best, Double(clock() - began) / Double(CLOCKS_PER_SEC))
            }
            report("matcher_quotes\(name)_\(count)", Double(walk.count) / best, "quotes/s")
            report("matcher_fired\(name)_\(count)", Double(fired) / Double(walk.count), "alerts/quote")
            report("matcher_changed\(name)_\(count)", Double(changed) / Double(walk.count), "states/quote")
        }
    }

    /// Rules that come and go, a hundred between two quotes of each symbol's walk.
    private static func changes(_ world: MatcherWorld, _ engine: inout RuleEngine, _ count: Int) {
        let more = 100_000
        let rules = (0..<more).map { world.rule(count + $0) }
        let walk = world.walk(count: more, spread: 0.004, step: 0.0001)
        let kinds: [(name: String, change: (Rule) -> RuleChange)] = [
            ("insert", { .added($0) }), ("remove", { .removed($0.id) }),
        ]
        for (name, change) in kinds {
            var took = 0.0
            for start in stride(from: 0, to: more, by: 100) {
                let changes = rules[start..<start + 100].map(change)
                let began = clock()
                for change in changes { engine.apply(change) }
                took += Double(clock() - began) / Double(CLOCKS_PER_SEC)
                for quote in walk[start..<start + 100] { _ = engine.handle(quote: quote) }
            }
            report("matcher_\(name)", took * 1e9 / Double(more), "ns/rule")
        }
    }
}

/// Symbols, their prices and rules around them, from a fixed seed.
final class MatcherWorld: SymbolResolving {
    static let symbolCount = 500
    /// Unix milliseconds of the first quote.
    static let begin = Timestamp(milliseconds: 1_700_000_000_000)
    let symbols: [Symbol]
    let prices: [Double]
    private let known: [String: Symbol]

    init() {
        symbols = (0..<Self.symbolCount).compactMap { Symbol("C\(1000 + $0)X") }
        prices = (0..<Self.symbolCount).map { MatcherWorld.rounded(pow(10, Double($0 % 50) / 10 - 1)) }
        known = Dictionary(uniqueKeysWithValues: symbols.map { ($0.description, $0) })
    }

    func symbol(named text: String) -> Symbol? { known[text] }
    func nearest(to text: String) -> [String] { [] }

    /// To six digits, as people write prices.
    static func rounded(_ price: Double) -> Double { Double(String(format: "%.6g", price)) ?? price }

    /// The n-th rule: a threshold 0.5% to 50% away from its symbol's price, on the side where it does not hold.
    func rule(_ index: Int) -> Rule {
        let symbol = index % Self.symbolCount
        let mixed = UInt64(index).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15).low >> 40
        let away = 0.005 + 0.495 * Double(mixed) / Double(1 << 24)
        let isAbove = index / Self.symbolCount % 2 == 0
        let level = MatcherWorld.rounded(prices[symbol] * (isAbove ? 1 + away : 1 - away))
        return Rule(
            id: RuleID(Int64(index + 1)), owner: RecipientID(Int64(index / 100 + 1)), number: index % 100 + 1,
            text: "\(symbols[symbol]) \(isAbove ? ">" : "<") \(Price(level)?.description ?? "1")",
            createdAt: Self.begin)
    }

    /// An engine with that many rules, each evaluated once.
    func engine(rules count: Int) -> RuleEngine {
        var engine = RuleEngine(defaultSymbols: [], symbols: self)
        for index in 0..<count { engine.apply(.added(rule(index))) }
        for index in symbols.indices { _ = engine.handle(quote: quote(index, prices[index], at: Self.begin)) }
        return engine
    }

    func quote(_ symbol: Int, _ price: Double, at time: Timestamp) -> Quote {
        let last = Price(MatcherWorld.rounded(price)) ?? Price("1")
        guard let last else { preconditionFailure("1 is a price") }
        return Quote(symbol: symbols[symbol], venue: .binance, last: last, venueTime: time, receivedAt: time)
    }

    /// A quote a millisecond: random walks of all symbols that stay within a share of their price.
    func walk(count: Int, spread: Double, step: Double) -> [Quote] {
        var seed: UInt64 = 88_172_645_463_325_252
        func next() -> UInt64 {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return seed
        }
        var offsets = [Double](repeating: 0, count: Self.symbolCount)
        return (0..<count).map { index in
            let symbol = Int(next() % UInt64(Self.symbolCount))
            let move = (Double(next() >> 11) / Double(1 << 53) - 0.5) * 2 * step
            offsets[symbol] = max(-spread, min(spread, offsets[symbol] + move))
            return quote(
                symbol, prices[symbol] * (1 + offsets[symbol]), at: Self.begin + .milliseconds(Int64(index)))
        }
    }
}
