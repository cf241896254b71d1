import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("The rule engine on live data", .oneAtATime)
struct RuleEngineTests {
    /// One quote a minute from `from` on.
    private func feed(_ engine: inout RuleEngine, _ prices: [Double], from first: Int, _ symbol: Symbol = btc)
        -> [RuleFiring]
    {
        prices.enumerated().flatMap { offset, price in
            engine.handle(quote: quote(price, symbol, at: minute(Double(first + offset)))).firings
        }
    }

    @Test("a firing that falls into the rest happens at the instant the rest ends")
    func restEnd() throws {
        var engine = try engine("BTC > 10 every 10m")
        #expect(feed(&engine, [9, 11, 9, 11, 11, 11, 11, 11, 11, 11], from: 0).map(\.at) == [minute(1)])
        #expect(engine.nextDeadline == minute(11))
        #expect(engine.advance(to: minute(10.9)).isEmpty)
        let batch = engine.advance(to: minute(11))
        #expect(batch.firedAt == [minute(11)])
        #expect(batch.alerts.map(\.naturalKey) == ["rule:1:2"])
        #expect(batch.ruleStates[RuleID(1)]?.sequence == 2)
        #expect(engine.nextDeadline == nil)
    }

    @Test("what is false again when the rest ends does not fire")
    func restEndFalse() throws {
        var engine = try engine("BTC > 10 every 10m")
        #expect(feed(&engine, [9, 11, 9, 11, 11, 11, 11, 11, 11, 11, 9], from: 0).count == 1)
        #expect(engine.advance(to: minute(11)).isEmpty)
        #expect(feed(&engine, [11], from: 12).map(\.at) == [minute(12)])
    }

    @Test("an event after the end of a rest is judged after that end")
    func restBeforeEvent() throws {
        var engine = try engine("BTC > 10 every 10m")
        _ = feed(&engine, [9, 11, 9, 11, 11, 11, 11, 11, 11, 11, 11], from: 0)
        #expect(engine.handle(quote: quote(9, at: minute(11.5))).firedAt == [minute(11)])
    }

    @Test("a price that is too old when the rest ends fires with the next one")
    func staleAtRestEnd() throws {
        var engine = try engine("BTC > 10 every 10m")
        _ = feed(&engine, [9, 11, 9, 11], from: 0)
        #expect(engine.advance(to: minute(11)).isEmpty)
        #expect(engine.handle(quote: quote(11, at: minute(12))).firedAt == [minute(12)])
    }

    @Test("a hold fires at the instant it is long enough")
    func hold() throws {
        var engine = try engine("BTC > 10 for 90s")
        #expect(feed(&engine, [9, 11], from: 0).isEmpty)
        #expect(engine.nextDeadline == minute(2.5))
        let batch = engine.handle(quote: quote(11, at: minute(2)))
        #expect(batch.isEmpty)
        #expect(engine.advance(to: minute(2.5)).firedAt == [minute(2.5)])
    }

    @Test("a crossing is over when only time passed")
    func crossingInRest() throws {
        var engine = try engine("BTC crosses above 10 every 2m")
        #expect(feed(&engine, [9, 11, 9], from: 0).map(\.at) == [minute(1)])
        _ = engine.handle(quote: quote(11, at: minute(2.9)))
        #expect(engine.advance(to: minute(3)).isEmpty)
        #expect(feed(&engine, [12, 9, 12], from: 4).map(\.at) == [minute(6)])
    }

    @Test("what is true when the rule is made is said at once, and marked")
    func alreadyTrue() throws {
        var engine = try engine("BTC > 5")
        _ = feed(&engine, [9], from: 0)
        engine.apply(.added(try rule("BTC > 8", id: 2, owner: 7)))
        #expect(engine.nextDeadline != nil)
        let batch = engine.advance(to: minute(0.5))
        let firing = try #require(batch.firings.first)
        #expect(batch.firings.count == 1)
        #expect(firing.rule == RuleID(2))
        #expect(firing.wasAlreadyTrue)
        #expect(firing.price == 9)
        #expect(firing.values == [.init(text: "price", value: 9)])
        #expect(batch.alerts.first?.audience == .owner(RecipientID(7), via: []))
        #expect(batch.ruleStates[RuleID(2)]?.symbols["BTC"]?.phase == .spent)
    }

    @Test("a restart repeats nothing, and tells late what was missed")
    func restart() throws {
        var first = try engine("BTC > 10", "BTC > 20")
        let batch1 = first.handle(quote: quote(9, at: minute(0)))
        let batch2 = first.handle(quote: quote(11, at: minute(1)))
        #expect(batch2.firings.map(\.rule) == [RuleID(1)])
        let states = batch1.ruleStates.merging(batch2.ruleStates) { $1 }
        #expect(states[RuleID(2)]?.symbols["BTC"]?.phase == .armed)

        var second = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        second.apply(.added(try rule("BTC > 10", id: 1, state: states[RuleID(1)] ?? RuleState())))
        second.apply(.added(try rule("BTC > 20", id: 2, state: states[RuleID(2)] ?? RuleState())))
        let firings = second.handle(quote: quote(21, at: minute(60))).firings
        #expect(firings.map(\.rule) == [RuleID(2)])
        #expect(firings.first?.late == true)
        #expect(firings.first?.wasAlreadyTrue == false)
    }

    @Test("false before a silent feed and true after it is marked late")
    func silence() throws {
        var engine = try engine("BTC > 10", "BTC change(1h) > 0 or price > 10")
        _ = feed(&engine, [9], from: 0)
        let firings = engine.handle(quote: quote(11, at: minute(20))).firings
        #expect(firings.map(\.late) == [true, false])
        // The second rule was unknown before: whether it became true meanwhile nobody knows.
        #expect(firings.map(\.wasAlreadyTrue) == [false, true])
    }

    @Test("candles that fill a gap fire late at their own close, and a newer price stays")
    func lateCandles() throws {
        var engine = try engine("BTC > 10 every 1m")
        _ = feed(&engine, [9], from: 0)
        #expect(engine.handle(quote: quote(9.5, at: minute(30))).isEmpty)
        var firings: [RuleFiring] = []
        for (index, close) in [9.0, 11, 9, 12, 9].enumerated() {
            let candle = flat(close, opens: minute(Double(index + 1)))
            firings += engine.handle(candle: candle, of: btc, late: true).firings
        }
        #expect(firings.map(\.at) == [minute(3), minute(5)])
        #expect(firings.allSatisfy { $0.late && $0.price > 10 })
        #expect(engine.handle(quote: quote(9.5, at: minute(30.1))).isEmpty)
        #expect(engine.handle(quote: quote(10.5, at: minute(30.2))).firedAt == [minute(30.2)])
    }

    @Test("a late candle does not arm a rule that fired after it")
    func lateAfterFiring() throws {
        var engine = try engine("BTC > 10 every 1m")
        _ = feed(&engine, [9], from: 0)
        #expect(engine.handle(quote: quote(11, at: minute(30))).firings.map(\.late) == [true])
        #expect(engine.handle(candle: flat(9, opens: minute(1)), of: btc, late: true).isEmpty)
        #expect(engine.handle(quote: quote(11, at: minute(32))).isEmpty)
    }

    @Test("a candle that comes after a newer quote does not take the price back")
    func lateCloseEvent() throws {
        var engine = try engine("BTC > 10 every 1s")
        _ = feed(&engine, [9], from: 0)
        #expect(engine.handle(quote: quote(11, at: minute(1.01))).firings.count == 1)
        #expect(engine.handle(candle: flat(9, opens: minute(0)), of: btc, late: false).isEmpty)
        #expect(engine.handle(quote: quote(11, at: minute(1.1))).isEmpty)
    }

    @Test("old quotes and repeated candles are passed over")
    func outOfOrder() throws {
        var engine = try engine("BTC > 10")
        _ = feed(&engine, [9, 9], from: 0)
        #expect(engine.handle(quote: quote(11, at: minute(0.5))).isEmpty)
        #expect(engine.handle(candle: flat(9, opens: minute(1)), of: btc, late: false).isEmpty)
        #expect(engine.handle(candle: flat(11, opens: minute(1)), of: btc, late: false).isEmpty)
    }

    @Test("several symbols in one condition: whoever moves speaks")
    func severalSymbols() throws {
        var engine = try engine("BTC > 70 or ETH > 4", "BTC > 70 and ETH > 4")
        #expect(engine.requiredSymbols == [btc, eth])
        #expect(engine.handle(quote: quote(60, at: minute(0))).alerts.isEmpty)
        _ = engine.handle(quote: quote(3, eth, at: minute(0.1)))
        let firing = try #require(engine.handle(quote: quote(5, eth, at: minute(0.2))).firings.first)
        #expect(firing.symbol == eth)
        #expect(firing.price == 5)
        #expect(firing.values == [.init(text: "price", value: 60), .init(text: "ETH price", value: 5)])
        #expect(engine.handle(quote: quote(71, at: minute(0.3))).firings.map(\.symbol) == [btc])
        // ETH's price is too old to be believed.
        _ = engine.handle(quote: quote(60, at: minute(0.4)))
        #expect(engine.handle(quote: quote(71, at: minute(40))).alerts.isEmpty)
    }

    @Test("a list has one state a symbol and one firing sequence")
    func list() throws {
        var engine = try engine("BTC,ETH > 10")
        _ = engine.handle(quote: quote(9, at: minute(0)))
        _ = engine.handle(quote: quote(9, eth, at: minute(0)))
        let first = engine.handle(quote: quote(11, eth, at: minute(1)))
        let second = engine.handle(quote: quote(11, at: minute(1)))
        #expect((first.alerts + second.alerts).map(\.naturalKey) == ["rule:1:1", "rule:1:2"])
        #expect((first.firings + second.firings).map(\.symbol) == [eth, btc])
        #expect(second.ruleStates[RuleID(1)]?.symbols.keys.sorted() == ["BTC", "ETH"])
    }

    @Test("a rule over * follows its owner's subscriptions, else the default symbols")
    func everySymbol() throws {
        var engine = try engine("* > 10 every 1s")
        let sol = symbol("SOL")
        #expect(engine.requiredSymbols == [btc, eth])
        engine.apply(.subscriptions(RecipientID(2), [sol]))
        #expect(engine.requiredSymbols == [btc, eth])
        engine.apply(.subscriptions(RecipientID(1), [sol, eth]))
        #expect(engine.requiredSymbols == [sol, eth])
        _ = engine.handle(quote: quote(9, sol, at: minute(0)))
        #expect(engine.handle(quote: quote(11, sol, at: minute(1))).firings.map(\.symbol) == [sol])
        #expect(engine.handle(quote: quote(11, at: minute(1))).isEmpty)
        engine.apply(.subscriptions(RecipientID(1), []))
        #expect(engine.requiredSymbols == [btc, eth])
    }

    @Test("paused and removed rules are not looked at; a resumed one goes on")
    func pausing() throws {
        var engine = try engine("BTC > 10", "BTC > 11 and volume(1h) > 0", "BTC crosses above 12")
        _ = feed(&engine, [9], from: 0)
        for id in 1...3 { engine.apply(.paused(RuleID(Int64(id)))) }
        #expect(engine.requiredSymbols.isEmpty)
        #expect(feed(&engine, [13], from: 1).isEmpty)
        engine.apply(.resumed(RuleID(1)))
        let firings = engine.handle(quote: quote(13, at: minute(2))).firings
        #expect(firings.map(\.rule) == [RuleID(1)])
        #expect(firings.map(\.late) == [true])
        engine.apply(.removed(RuleID(1)))
        engine.apply(.removed(RuleID(2)))
        #expect(engine.ruleCount == 1)
        #expect(feed(&engine, [9, 13], from: 40).isEmpty)
    }

    @Test("once and until end a rule")
    func ending() throws {
        var engine = try engine("BTC > 10 once", "BTC > 20 until 2024-01-01T00:05", "BTC,ETH > 10 once")
        _ = feed(&engine, [9], from: 0)
        let batch = engine.handle(quote: quote(11, at: minute(1)))
        #expect(batch.endedRules.sorted() == [RuleID(1), RuleID(3)])
        #expect(batch.ruleStates[RuleID(1)]?.sequence == 1)
        #expect(engine.nextDeadline == minute(5))
        #expect(engine.advance(to: minute(5)).endedRules == [RuleID(2)])
        #expect(engine.ruleCount == 0)
        #expect(engine.requiredSymbols.isEmpty)
    }

    @Test("a stored rule that cannot be read is kept, reported and never looked at")
    func unreadable() throws {
        var engine = try engine("BTC > 10")
        let broken = Rule(id: RuleID(5), owner: RecipientID(1), number: 5, text: "XYZ >", createdAt: start)
        engine.apply(.added(broken))
        #expect(engine.unreadableRules.map(\.rule) == [broken])
        #expect(engine.unreadableRules.map(\.error.description) == ["unknown symbol 'XYZ' (column 1)"])
        #expect(engine.ruleCount == 1)
        engine.apply(.removed(RuleID(5)))
        #expect(engine.unreadableRules.isEmpty)
    }

    @Test("history fires nothing, makes indicators known and tells a crossing where it comes from")
    func warmUp() throws {
        var engine = try engine("BTC crosses above sma(3, 1h)", "BTC > 105", "BTC change(1h) > 1%")
        #expect(engine.symbolsAwaitingHistory == [btc])
        let needed = try #require(engine.historyNeeded[btc])
        #expect((needed[.h1] ?? 0) >= 3)
        #expect((needed[.m1] ?? 0) >= 60)
        let longer = (0..<5).map { flat(100 + Double($0), opens: start + .hours(Int64($0))) }
        let base = (0..<90).map { flat(103, opens: start + .hours(4) + .minutes(Int64($0))) }
        engine.warmUp(btc, base: base, longer: [.h1: longer])
        #expect(engine.symbolsAwaitingHistory.isEmpty)
        // sma = (102 + 103 + 103) / 3: the hour from 4:00 is made of base candles, not of the longer one.
        let now = start + .minutes(5 * 60 + 30)
        #expect(engine.advance(to: now).alerts.isEmpty)
        #expect(engine.handle(quote: quote(102, at: now + .seconds(1))).alerts.isEmpty)
        let batch = engine.handle(quote: quote(104, at: now + .seconds(2)))
        #expect(batch.firings.map(\.rule) == [RuleID(1)])
        let value = try #require(batch.firings.first?.values.last)
        #expect(value.text == "sma(3, 1h)")
        #expect(abs(value.value - 308.0 / 3) < 1e-9)
    }

    @Test("a correction rebuilds and fires nothing")
    func correction() throws {
        var engine = try engine("BTC crosses above sma(3, 1h)")
        let base = (0..<240).map { flat(100, opens: start + .minutes(Int64($0))) }
        engine.warmUp(btc, base: base, longer: [:])
        #expect(engine.handle(quote: quote(99, at: start + .minutes(240))).alerts.isEmpty)
        let corrected = (0..<240).map { flat(90, opens: start + .minutes(Int64($0))) }
        engine.rebuild(btc, base: corrected, longer: [:])
        // Above the corrected average already: it did not cross.
        #expect(engine.advance(to: start + .minutes(241)).alerts.isEmpty)
        #expect(engine.handle(quote: quote(99.5, at: start + .minutes(241))).isEmpty)
    }

    @Test("an indicator is shared by all who read it, and goes with the last")
    func sharing() throws {
        var engine = try engine(
            "BTC rsi(14, 1h) < 30", "BTC rsi(14, 1h) > 70", "BTC bollinger(20, 2, 1h).upper < price",
            "BTC > bollinger(20, 2, 1h).lower")
        let market = try #require(engine.marketIndex[btc])
        #expect(engine.markets[market].indicatorCount == 2)
        for id in 1...3 { engine.apply(.removed(RuleID(Int64(id)))) }
        #expect(engine.markets[market].indicatorCount == 1)
        engine.apply(.removed(RuleID(4)))
        #expect(engine.markets[market].indicatorCount == 0)
    }

    @Test("a quote looks only at the levels it passes")
    func levels() throws {
        var engine = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        for id in 1...1000 { engine.apply(.added(try rule("BTC > \(1000 + id) for 1m", id: Int64(id)))) }
        _ = engine.handle(quote: quote(1000, at: minute(0)))
        #expect(engine.slots.count(where: { $0?.lastEvent == engine.eventNumber }) == 1000)
        #expect(engine.handle(quote: quote(1003.5, at: minute(0.1))).isEmpty == false)
        #expect(engine.slots.count(where: { $0?.lastEvent == engine.eventNumber }) == 3)
        #expect(engine.advance(to: minute(1.1)).firings.map(\.rule.rawValue) == [1, 2, 3])
        let before = engine.eventNumber
        _ = engine.handle(quote: quote(1003.6, at: minute(2)))
        #expect(engine.slots.count(where: { ($0?.lastEvent ?? 0) > before }) == 0)
    }

    @Test("levels decide exactly as looking at every quote does", arguments: 0..<12)
    func levelsAgainstEveryQuote(seed: Int) throws {
        let lives = [
            "", "every 3m", "for 2m every 1m", "hysteresis 2% every 1m", "every 1m", "hysteresis 1% for 1m every 5m",
        ]
        // With `until` even `>` is no plain threshold, but still judged by its level alone.
        let signs = [">", "<", ">=", "<=", "crosses above", "crosses below", "crosses", "="]
        var generator = SeededGenerator(seed: UInt64(seed))
        var quick = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        var plain = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        var id: Int64 = 0
        for life in lives {
            for sign in signs {
                id += 1
                let level = 95 + Int.random(in: 0...10, using: &generator)
                quick.apply(.added(try rule("BTC \(sign) \(level) \(life) until 2030-01-01", id: id)))
                plain.apply(.added(try rule("BTC price * 1 \(sign) \(level) \(life) until 2030-01-01", id: id)))
            }
        }
        let index = try #require(quick.marketIndex[btc])
        #expect(quick.readers[index].levels.count > 48)
        #expect(plain.readers[index].levels.count == 0)
        var price = 100.0
        var time = start
        var fired = 0
        for step in 0..<1500 {
            time += .seconds(Int64.random(in: 1...90, using: &generator))
            if step % 211 == 0 { time += .minutes(10) }
            if Bool.random(using: &generator) {
                let (a, b) = (quick.advance(to: time), plain.advance(to: time))
                #expect(key(a) == key(b))
                fired += a.alerts.count
                continue
            }
            price = min(108, max(92, price + Double(Int.random(in: -4...4, using: &generator)) / 2))
            let (a, b) = (quick.handle(quote: quote(price, at: time)), plain.handle(quote: quote(price, at: time)))
            #expect(key(a) == key(b), "seed \(seed) step \(step) price \(price)")
            fired += a.alerts.count
        }
        #expect(fired > 300)
    }

    /// What a batch decided, in an order that does not depend on how rules were found.
    private func key(_ batch: DecisionBatch) -> [String] {
        batch.firings.map { "\($0.rule) \($0.sequence) \($0.at.milliseconds) \($0.late) \($0.wasAlreadyTrue)" }.sorted()
    }

    @Test("live candles fire as the replay of the same candles does")
    func liveAgainstReplay() throws {
        var generator = SeededGenerator(seed: 99)
        var price = 100.0
        var candles: [Candle] = []
        for index in 0..<6000 {
            let open = price
            price = max(50, price * (1 + Double.random(in: -0.004...0.004, using: &generator)))
            candles.append(
                Candle(
                    openTime: minute(Double(index)), open: open, high: max(open, price) * 1.001,
                    low: min(open, price) * 0.999,
                    close: price, volume: Double.random(in: 1...50, using: &generator)))
        }
        let texts = [
            "BTC > 101 every 5m", "BTC < 99 for 3m every 7m", "BTC crosses above sma(20, 5m) every 1m",
            "BTC change(15m) > 1% every 10m", "BTC rsi(14, 5m) < 30",
            "BTC volume(5m) > 1.5 * average(volume(5m), 12) every 15m",
            "BTC price > highest(price, 30) every 1m", "BTC drawdown(1h) < -1.5% hysteresis 5%",
            "BTC (rsi(14, 1h) > 60 or price < 95) and not change(5m) > 0.5%", "BTC close(1h) crosses below ema(10, 1h)",
            "BTC average(change(15m), 8) > 0.1% every 20m",
        ]
        var total = 0
        for text in texts {
            let definition = try RuleText.parse(text, symbols: someSymbols)
            let replayed = RulePreview.run(definition, candles: candles, timeframe: .m1, symbol: btc).firings
            var live = try engine(text)
            var fired: [Timestamp] = []
            for candle in candles {
                fired += live.handle(candle: candle, of: btc, late: false).firedAt
                fired += live.advance(to: candle.closeTime(.m1)).firedAt
            }
            #expect(fired == replayed, "\(text)")
            total += replayed.count
        }
        #expect(total > 200)
    }

    @Test("history in two timeframes gives the values that the base alone gives")
    func historyInTwoTimeframes() throws {
        var generator = SeededGenerator(seed: 5)
        let base = (0..<9000).map { index in
            flat(100 + Double.random(in: -3...3, using: &generator), opens: minute(Double(index)), volume: 2)
        }
        let hours = CandleAggregator.aggregate(base, from: .m1, to: .h1)
        let text =
            "BTC rsi(14, 1h) > 200 or average(volume(1h), 24) > 1m or average(change(1h), 24) > 5 or change(1d) > 5 or drawdown(1d) > 5"
        var whole = try engine(text)
        var split = try engine(text)
        whole.warmUp(btc, base: base, longer: [:])
        split.warmUp(btc, base: Array(base.suffix(2000)), longer: [.h1: hours])
        let index = try #require(whole.marketIndex[btc])
        let context = EvaluationContext(now: minute(9000).milliseconds)
        let shown = try #require(whole.slots.first??.binding.shown)
        #expect(shown.count == 5)
        for (text, operand) in shown {
            let value = whole.markets[index].value(of: operand.source, context)
            #expect(value.isFinite, "\(text)")
            #expect(value == split.markets[index].value(of: operand.source, context), "\(text)")
        }
    }
}
