import Market
import Testing
import Turns

@testable import Decisions

@Suite("When a rule fires", .oneAtATime)
struct RuleFiringTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var claim: String
        var text: String
        var closes: [Double?]
        var fires: [Int]
        var testDescription: String { claim }
        init(_ claim: String, _ text: String, _ closes: [Double?], _ fires: [Int]) {
            self.claim = claim
            self.text = text
            self.closes = closes
            self.fires = fires
        }
    }

    /// Closes of one candle a minute from minute 1 on, and the minutes at whose close the rule fires.
    static let table: [Case] = [
        Case("false, then true: fires once", "BTC > 10", [9, 11, 11, 11], [2]),
        Case("the level itself is not above it", "BTC > 10", [9, 10, 10, 11], [4]),
        Case("what stays true is not repeated when the rest ends", "BTC > 10 every 2m", [9, 11, 11, 11, 11, 11], [2]),
        Case("true from the start: says so once", "BTC > 10 every 1m", [11, 11, 9, 11], [1, 4]),
        Case("the rest is 30 minutes", "BTC > 10", [9, 11, 9] + Array(repeating: 11, count: 40), [2, 32]),
        Case(
            "armed again in the rest and true at its end: fires then", "BTC > 10 every 3m", [9, 11, 9, 11, 11, 11],
            [2, 5]),
        Case("true in the rest, false at its end: waits", "BTC > 10 every 3m", [9, 11, 9, 11, 9, 11], [2, 6]),
        Case(
            "true, false and true again within a rest: one firing at its end", "BTC > 10 every 5m",
            [9, 11, 9, 11, 9, 11, 11, 11], [2, 7]),
        Case("unknown first is neither true nor false", "BTC > 10 and close(5m) > 0", [11, 11, 11, 11, 11, 11], [5]),
        Case("unknown with a false part is false", "BTC > 10 and close(1h) > 0 or price > 20", [9, 21], [2]),
        Case("unknown with a true part is true", "BTC > 10 or close(1h) > 0", [9, 11], [2]),
        Case("unknown stays unknown under not", "BTC not close(1h) > 0", [9, 11], []),
        Case(
            "unknown in between arms nothing", "BTC change(1m) > -50% every 1m",
            [9, 9, 9, nil, nil, nil, nil, nil, 9, 9, 9], [2]),
        Case(
            "false before a hole and true after it fires once", "BTC > 10", [9, nil, nil, nil, nil, nil, 11, 11], [7]),
        Case(
            "a spent rule stays spent until the price receded", "BTC > 10 hysteresis 10% every 1m",
            [9, 11, 9.5, 11, 9, 11], [2, 6]),
        Case("below, it recedes upwards", "BTC < 10 hysteresis 10% every 1m", [11, 9, 10.5, 9, 11, 9], [2, 6]),
        Case("hysteresis does not keep a rule from being armed at first", "BTC > 10 hysteresis 10%", [9.9, 11], [2]),
        Case(
            "a receding inside not goes the other way", "BTC not price > 10 hysteresis 10% every 1m",
            [11, 9, 10.5, 9, 11.5, 9], [2, 6]),
        Case(
            "held long enough: fires at that close", "BTC > 10 for 3m every 1m",
            [9, 11, 11, 11, 11, 9, 11, 11, 9, 11, 11, 11, 11], [5, 13]),
        Case("held from the start counts from there", "BTC > 10 for 2m", [11, 11, 11, 11], [3]),
        Case(
            "unknown does not break a hold", "BTC close(1m) > 10 for 6m", [9, 11, 11, nil, nil, nil, nil, 11, 11], [8]),
        Case(
            "a hold that ends in the rest fires at its end", "BTC > 10 for 1m every 5m",
            [9, 11, 11, 9, 11, 11, 11, 11, 11], [3, 8]),
        Case(
            "crosses needs the evaluation before", "BTC crosses above 10 every 1m", [11, 9, 11, 12, 9, 10, 11], [3, 7]),
        Case(
            "a crossing in the rest is not repeated later", "BTC crosses above 10 every 5m",
            [9, 11, 9, 11, 11, 11, 11, 11], [2]),
        Case("crosses below from the level itself", "BTC crosses below 10 every 1m", [10, 9, 10, 9], [2, 4]),
        Case("crosses either way", "BTC crosses 10 every 1m", [9, 11, 11, 9, 9], [2, 4]),
        Case(
            "a crossing is armed again only when receded", "BTC crosses above 10 hysteresis 10% every 1m",
            [9, 11, 9.5, 11, 9, 11], [2, 6]),
        Case("once ends it", "BTC > 10 once every 1m", [9, 11, 9, 11], [2]),
        Case("until ends it at its instant", "BTC > 10 every 1m until 2024-01-01T00:04", [9, 11, 9, 11, 9, 11], [2]),
        Case("not", "BTC not price > 10 every 1m", [11, 9, 11, 9], [2, 4]),
        Case("a window covers the values before the newest", "BTC price > average(price, 3)", [1, 2, 3, 4], [4]),
        Case("highest of the past", "BTC > highest(price, 2) every 1m", [5, 6, 5, 7, 7, 8], [4, 6]),
        Case("lowest of the past", "BTC < lowest(price, 2) every 1m", [5, 6, 5, 4, 4, 3], [4, 6]),
        Case("a division by zero is unknown", "BTC price / (price - price) > 0 or price > 20", [9, 21], [2]),
        Case(
            "change is over the price exactly so long ago", "BTC change(2m) >= 25% every 1m", [10, 10, 12.5, 13], [3]),
        Case("change needs a price there", "BTC change(2m) > -50%", [10, 10], []),
        Case(
            "since the last alert, change starts anew", "BTC change(5m) > 10% since last alert every 1m",
            [100, 100, 100, 100, 100, 100, 112, 112, 124, 124], [7, 9]),
        Case("drawdown is against the highest close", "BTC drawdown(3m) < -10%", [10, 10, 10, 8.5], [4]),
        Case("drawdown forgets older closes", "BTC drawdown(2m) < -10%", [10, 9.5, 8.7, 8.5], []),
        Case("a longer candle is read when it closes", "BTC high(5m) >= 12", [9, 12, 9, 9, 9, 9], [5]),
        Case("an incomplete first candle is unknown", "BTC close(5m) > 1", [nil, 9, 9, 9, 9, 9, 9, 9, 9, 9], [10]),
        Case(
            "a longer candle that lost its end in a hole has the value of its own close",
            "BTC highest(change(5m), 2) < 5",
            [Double?](repeating: 10, count: 12) + [Double?](repeating: nil, count: 9) + [10, 10], [22]),
        Case("arithmetic", "BTC (high(1m) + low(1m)) / 2 * 3 - 1 > 29", [9, 10, 10.5], [3]),
    ]

    @Test(arguments: table)
    func fires(_ row: Case) throws {
        #expect(try firings(row.text, row.closes) == row.fires)
    }

    @Test("a file's own timeframe is the unnamed one where it is longer than an hour")
    func unnamedTimeframe() throws {
        let closes = [1, 2, 3, 4, 5].map(Double.init)
        let rule = try RuleText.parse("BTC > sma(3)", symbols: someSymbols)
        let candles = closes.enumerated().map { flat($1, opens: start + .days(Int64($0))) }
        let preview = RulePreview.run(rule, candles: candles, timeframe: .d1, symbol: btc)
        #expect(preview.firings == [start + .days(3)])
    }
}
