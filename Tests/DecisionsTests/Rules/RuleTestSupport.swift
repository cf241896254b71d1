import Market
import People

@testable import Decisions

/// Resolves a handful of symbols in the spellings that people use, and no others.
let someSymbols: SymbolLookup = {
    let known = ["BTC", "ETH", "ADA", "SOL", "AVAX", "MAX", "1INCH", "ETH/BTC"].compactMap { Symbol($0) }
    let spelled = SpelledSymbols(known: known)
    return SymbolLookup {
        spelled.symbol(named: $0).flatMap { known.contains($0) ? $0 : nil }
    } nearest: {
        spelled.nearest(to: $0)
    }
}()

func symbol(_ text: String) -> Symbol { Symbol(text) ?? { preconditionFailure("\(text) is no symbol") }() }

let btc = symbol("BTC")
let eth = symbol("ETH")

/// Start of the made-up candles: a Monday, 2024-01-01.
let start = Timestamp(seconds: 1_704_067_200)

func minute(_ count: Double) -> Timestamp { start + .milliseconds(Int64(count * 60_000)) }

/// A candle whose prices are all the same.
func flat(_ price: Double, opens: Timestamp, volume: Double = 1) -> Candle {
    Candle(openTime: opens, open: price, high: price, low: price, close: price, volume: volume)
}

/// One candle a minute, the first closing at `minute(1)`; `nil` is a hole.
func minutes(_ closes: [Double?]) -> [Candle] {
    closes.enumerated().compactMap { index, close in close.map { flat($0, opens: minute(Double(index))) } }
}

/// Minutes at whose close the rule fires.
func firings(_ text: String, _ closes: [Double?], timeframe: Timeframe = .m1) throws -> [Int] {
    let rule = try RuleText.parse(text, symbols: someSymbols)
    let preview = RulePreview.run(rule, candles: minutes(closes), timeframe: timeframe, symbol: btc)
    return preview.firings.map { Int(($0 - start).milliseconds / 60_000) }
}

func rule(
    _ text: String, id: Int64 = 1, owner: Int64 = 1, state: RuleState = RuleState(),
    symbols: some SymbolResolving = someSymbols
) throws -> Rule {
    Rule(
        id: RuleID(id), owner: RecipientID(owner), number: Int(id),
        text: try RuleText.parse(text, symbols: symbols, sources: Set(RuleSource.allCases)).text,
        createdAt: start, state: state)
}

func quote(_ price: Double, _ symbol: Symbol = btc, at time: Timestamp) -> Quote {
    guard let last = Price(price) else { preconditionFailure("\(price) is no price") }
    return Quote(symbol: symbol, venue: .binance, last: last, venueTime: time, receivedAt: time)
}

func engine(_ texts: String...) throws -> RuleEngine {
    var engine = RuleEngine(defaultSymbols: [btc, eth], symbols: someSymbols)
    for (index, text) in texts.enumerated() { engine.apply(.added(try rule(text, id: Int64(index + 1)))) }
    return engine
}

extension DecisionBatch {
    var firings: [RuleFiring] {
        alerts.compactMap { if case .ruleFired(let firing) = $0.body { firing } else { nil } }
    }
    var firedAt: [Timestamp] { firings.map(\.at) }
}

/// A small generator with a seed (SplitMix64), so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
