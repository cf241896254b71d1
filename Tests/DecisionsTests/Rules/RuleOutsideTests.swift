import Indicators
import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("Rules over figures, venues and events", .oneAtATime)
struct RuleOutsideTests {
    private func reading(_ kind: MarketReading.Kind, _ value: Double?, at time: Timestamp) -> MarketReading {
        MarketReading(symbol: btc, kind: kind, value: value, time: time)
    }

    private func coinbase(_ price: Double, at time: Timestamp) -> Quote {
        var second = quote(price, at: time)
        second.venue = .coinbase
        return second
    }

    @Test("a figure is unknown until it comes, decides when it comes, and is not believed when it is old")
    func readings() throws {
        var engine = try engine("BTC strength >= 70% every 1m", "BTC price > 5 and probability(1h) > 60%")
        #expect(engine.horizonsRead(of: btc) == [.h1])
        #expect(engine.horizonsRead(of: eth) == [])
        _ = engine.handle(quote: quote(10, at: minute(0)))
        #expect(engine.handle(reading: reading(.strength, 0.5, at: minute(0))).alerts.isEmpty)
        #expect(engine.handle(reading: reading(.strength, 0.8, at: minute(60))).firedAt == [minute(60)])
        // An older figure than the one at hand changes nothing.
        #expect(engine.handle(reading: reading(.strength, 0.1, at: minute(59))).ruleStates.isEmpty)
        _ = engine.handle(quote: quote(10, at: minute(60)))
        #expect(engine.handle(reading: reading(.probability(.h1), nil, at: minute(60))).alerts.isEmpty)
        #expect(engine.handle(reading: reading(.probability(.h4), 0.9, at: minute(60))).alerts.isEmpty)
        let told = engine.handle(reading: reading(.probability(.h1), 0.61, at: minute(60.5)))
        #expect(told.firings.map(\.text) == ["BTC > 5 and probability(1h) > 60%"])
        #expect(told.firings[0].values.map(\.text) == ["price", "probability(1h)"])
        // False for a while, then so old that nothing is known any more.
        #expect(!engine.handle(reading: reading(.strength, 0.2, at: minute(120))).ruleStates.isEmpty)
        var late = engine
        #expect(late.handle(quote: quote(10, at: minute(400))).alerts.isEmpty)
        #expect(late.handle(reading: reading(.strength, 0.9, at: minute(480))).firedAt == [minute(480)])
    }

    @Test("a spread compares quotes of the same minute, whichever came last")
    func spread() throws {
        var engine = try engine("BTC spread(binance, coinbase) > 0.5% every 1m")
        #expect(engine.handle(quote: quote(100, at: minute(0))).ruleStates.isEmpty)
        #expect(engine.handle(second: coinbase(100, at: minute(0.1))).alerts.isEmpty)
        #expect(engine.handle(quote: quote(100.4, at: minute(0.2))).alerts.isEmpty)
        #expect(engine.handle(quote: quote(100.6, at: minute(0.3))).firedAt == [minute(0.3)])
        #expect(engine.handle(second: coinbase(100.5, at: minute(0.4))).alerts.isEmpty)
        #expect(engine.handle(second: coinbase(100, at: minute(1.35))).firedAt == [])
        // By then the primary venue's quote is more than a minute old: unknown. A new one decides.
        #expect(engine.handle(quote: quote(100.7, at: minute(1.5))).firedAt == [minute(1.5)])
        var mirrored = try DecisionsTests.engine("BTC spread(coinbase, binance) < -0.5%")
        _ = mirrored.handle(quote: quote(100, at: minute(0)))
        _ = mirrored.handle(second: coinbase(100, at: minute(0)))
        #expect(mirrored.handle(second: coinbase(99, at: minute(0.1))).alerts.count == 1)
    }

    @Test("two venues that part are an anomaly at the observation that shows it")
    func divergence() throws {
        var engine = try engine("BTC anomaly(divergence)")
        var fired: [Timestamp] = []
        for second in 0..<400 {
            let time = start + .seconds(Int64(second) * 10)
            _ = engine.handle(quote: quote(100 + Double(second % 3) * 0.01, at: time))
            let other = second < 350 ? 100 + Double(second % 2) * 0.01 : 101
            fired += engine.handle(second: coinbase(other, at: time)).firedAt
        }
        #expect(fired == [start + .seconds(3_510)])
    }

    @Test("a pattern holds from the close that ends it to the next close")
    func patterns() throws {
        // Doji candles at minutes 20 and 40 among long bodies.
        let candles = (0..<60).map { index -> Candle in
            let opens = minute(Double(index))
            return index == 20 || index == 40
                ? Candle(openTime: opens, open: 100, high: 101, low: 99, close: 100, volume: 1)
                : Candle(
                    openTime: opens, open: 100, high: 101.2, low: 98.8, close: index % 2 == 0 ? 101 : 99, volume: 1)
        }
        func fired(_ text: String) throws -> [Int] {
            let rule = try RuleText.parse(text, symbols: someSymbols)
            return RulePreview.run(rule, candles: candles, timeframe: .m1, symbol: btc).firings.map {
                Int(($0 - start).milliseconds / 60_000)
            }
        }
        #expect(try fired("BTC pattern(doji, 1m) every 1m") == [21, 41])
        #expect(try fired("BTC pattern(bullish_doji, 1m) every 1m") == [21, 41])
        #expect(try fired("BTC pattern(bearish_doji, 1m) every 1m") == [])
        #expect(try fired("BTC not pattern(doji, 1m) every 1m") == [11, 22, 42])
        #expect(try fired("BTC pattern(double_top, 1m)") == [])
        #expect(try fired("BTC pattern(doji, 1h)") == [])
    }

    @Test("anomalies of a replay are those of the detector over 1h candles")
    func anomalies() throws {
        var generator = SeededGenerator(seed: 5)
        var price = 100.0
        let hours = (0..<3_000).map { index -> Candle in
            let before = price
            price *= 1 + Double.random(in: -0.004...0.004, using: &generator) + (index % 700 == 699 ? 0.2 : 0)
            let top = max(before, price)
            return Candle(
                openTime: start + .hours(Int64(index)), open: before, high: top, low: min(before, price), close: price,
                volume: Double.random(in: 90...110, using: &generator))
        }
        var detector = AnomalyDetector(timeframe: .h1)
        var expected: [Timestamp] = []
        for hour in hours where detector.update(hour).contains(where: { $0.kind == .price }) {
            expected.append(hour.closeTime(.h1))
        }
        #expect(expected.count >= 2)
        let rule = try RuleText.parse("BTC anomaly(price)", symbols: someSymbols)
        let preview = RulePreview.run(rule, candles: hours, timeframe: .h1, symbol: btc)
        #expect(preview.firings == expected)
        #expect(preview.notes.isEmpty)
        // The rule asks for what the detector needs, and gets it before live candles.
        var engine = try engine("BTC anomaly(price)")
        #expect((engine.historyNeeded(for: btc)[.h1] ?? 0) >= 4_000)
        engine.apply(.removed(RuleID(1)))
        #expect(engine.historyNeeded(for: btc).isEmpty)
    }

    @Test("strength and expected moves of a replay are known at the close they speak of, and never before")
    func replayedFigures() throws {
        var generator = SeededGenerator(seed: 9)
        var price = 100.0
        let hours = (0..<2_600).map { index -> Candle in
            let before = price
            price *= 1 + Double.random(in: -0.01...0.01, using: &generator) * (index % 400 < 200 ? 0.5 : 2)
            return Candle(
                openTime: start + .hours(Int64(index)), open: before, high: max(before, price) * 1.001,
                low: min(before, price) * 0.999, close: price, volume: 100)
        }
        func firings(_ text: String, _ candles: some Collection<Candle>) throws -> [Timestamp] {
            let rule = try RuleText.parse(text, symbols: someSymbols)
            return RulePreview.run(rule, candles: Array(candles), timeframe: .h1, symbol: btc).firings
        }
        for text in ["BTC strength > 60%", "BTC expected_move(1d) > 5%", "BTC forecast(1h) > 100 and price > 100"] {
            let whole = try firings(text, hours)
            #expect(whole.count >= 1, "\(text)")
            // What comes later changes nothing of what fired.
            let end = hours[1_999].closeTime(.h1)
            #expect(try firings(text, hours.prefix(2_000)) == whole.filter { $0 <= end }, "\(text)")
        }
        let rule = try RuleText.parse("BTC spread(binance, coinbase) > 1% or probability(1h) > 1", symbols: someSymbols)
        let notes = RulePreview.run(rule, candles: hours, timeframe: .d1, symbol: btc).notes.map(\.sentence)
        #expect(
            notes == [
                "spread(binance, coinbase) is unknown here: candles do not tell it",
                "probability(1h) is unknown here: the candles are 1d long",
            ])
    }

    @Test("a new market is told once to each rule that waits for one")
    func listings() throws {
        var engine = try engine("* listing", "* listing once", "BTC > 5", "* listing until 2023-01-01")
        let pepe = NewListing(symbol: symbol("PEPE"), venue: .binance, price: 0.5, time: minute(1))
        let batch = engine.handle(listing: pepe)
        #expect(batch.firings.map(\.rule) == [RuleID(1), RuleID(2)])
        #expect(batch.firings[0].symbol == symbol("PEPE"))
        #expect(batch.firings[0].price == 0.5)
        #expect(batch.endedRules.contains(RuleID(2)))
        #expect(engine.handle(listing: pepe).alerts.isEmpty)
        // The state that is stored says so, also after a restart.
        var again = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        again.apply(.added(try rule("* listing", state: try #require(batch.ruleStates[RuleID(1)]))))
        #expect(again.handle(listing: pepe).alerts.isEmpty)
        let other = NewListing(symbol: symbol("WIF"), venue: .binance, price: 2, time: minute(2))
        #expect(again.handle(listing: other).firings.map(\.sequence) == [2])
        again.apply(.paused(RuleID(1)))
        let third = NewListing(symbol: symbol("XYZ"), venue: .binance, price: 2, time: minute(3))
        #expect(again.handle(listing: third).alerts.isEmpty)
    }

    @Test("since entry measures from the owner's own price")
    func sinceEntry() throws {
        var engine = RuleEngine(defaultSymbols: [btc], symbols: someSymbols)
        let text = "BTC change(1h) <= -10% since entry"
        for owner in [1, 2] {
            engine.apply(
                .added(
                    Rule(
                        id: RuleID(Int64(owner)), owner: RecipientID(Int64(owner)), number: 1, text: text,
                        createdAt: start)))
        }
        engine.apply(.entries(RecipientID(1), [btc: 100]))
        _ = engine.handle(quote: quote(95, at: minute(0)))
        #expect(engine.handle(quote: quote(90, at: minute(0.1))).firings.map(\.owner) == [RecipientID(1)])
        engine.apply(.entries(RecipientID(1), [:]))
        #expect(engine.handle(quote: quote(50, at: minute(1))).ruleStates.isEmpty)
    }

    @Test("the watch hands on what is not of its primary venue, and strength at each closed hour")
    func watch() throws {
        var state = WatchState(
            rules: try engine("BTC spread(binance, coinbase) > 1%", "BTC strength >= 0"), primaryVenue: .binance)
        _ = state.handle(.quote(quote(100, at: minute(0))), now: minute(0))
        let spread = state.handle(.quote(coinbase(98, at: minute(0.1))), now: minute(0.1))
        #expect(spread.firings.map(\.rule) == [RuleID(1)])
        var batch = DecisionBatch()
        // Long enough for the scores of one hour after another to be known.
        for hour in 0..<2_300 {
            for quarter in 0..<60 {
                let opens = start + .minutes(Int64(hour * 60 + quarter))
                let price = 100 + Double((hour * 7) % 13) + Double(quarter % 5) * 0.1
                let closed = ClosedCandle(
                    symbol: btc, venue: .binance, timeframe: .m1, candle: flat(price, opens: opens),
                    receivedAt: opens)
                batch.merge(state.handle(.candleClosed(closed), now: opens + .minutes(1)))
            }
            if batch.firings.contains(where: { $0.rule == RuleID(2) }) { break }
        }
        let told = try #require(batch.firings.first { $0.rule == RuleID(2) })
        #expect(told.at.milliseconds % 3_600_000 == 0)
    }
}
