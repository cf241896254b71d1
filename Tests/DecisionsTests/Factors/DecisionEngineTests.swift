import Market
import Testing
import Turns

@testable import Decisions

@Suite("Decision engine", .oneAtATime)
struct DecisionEngineTests {
    private let symbol = Symbol("BTC")!

    private func run(_ candles: [Candle], _ engine: DecisionEngine? = nil) -> [Assessment] {
        var engine = engine ?? DecisionEngine(symbol: symbol)
        return candles.compactMap { engine.assess($0) }
    }

    @Test("a climb is told once, and then the side rests for as long as it stands")
    func oneCall() throws {
        let assessments = run(HourlyCandles.climb(quiet: 100, rise: 60))
        let told = assessments.flatMap(\.opportunities).filter { $0.kind == .trend }
        #expect(told.count == 1)
        let call = try #require(told.first)
        #expect(call.side == .buy && call.score >= 0.6 && call.strengthIsProvisional && call.strength == call.score)
        #expect(call.reasons.count <= 5 && call.reasons.contains { $0.key == "price_above_averages" })
        let reasons = assessments.map(\.readings[0].decision)
        #expect(
            reasons.contains {
                if case .quiet(.sameSide) = $0 { true } else { false }
            })
    }

    @Test("perturbing the future changes nothing before it", arguments: [300, 1_200, 1_900])
    func noLookAhead(change: Int) {
        let candles = HourlyCandles.walk(2_000, seed: 11)
        var other = candles
        for index in change..<other.count {
            other[index].close *= index % 2 == 0 ? 1.3 : 0.8
            other[index].high = max(other[index].high, other[index].close)
            other[index].low = min(other[index].low, other[index].close)
            other[index].volume *= 7
        }
        let before = run(candles)
        let after = run(other)
        #expect(before.prefix(change) == after.prefix(change))
        #expect(before[change...] != after[change...])
        #expect(before.prefix(change).contains { !$0.opportunities.isEmpty })
    }

    @Test("an engine fed the history it asks for says what one that always ran says")
    func replay() throws {
        let candles = HourlyCandles.walk(DecisionEngine.historyNeeded + 4_500, seed: 21)
        var veteran = DecisionEngine(symbol: symbol)
        for candle in candles.prefix(3_000) { veteran.assess(candle) }
        var novice = DecisionEngine(symbol: symbol)
        var compared = 0
        for (index, candle) in candles.dropFirst(3_000).enumerated() {
            let old = veteran.assess(candle)?.opportunities ?? []
            let new = novice.assess(candle)?.opportunities ?? []
            guard index >= DecisionEngine.historyNeeded else { continue }
            #expect(old.map(\.alert.naturalKey) == new.map(\.alert.naturalKey))
            for (a, b) in zip(old, new) {
                #expect(abs(a.score - b.score) < 1e-9 && abs(a.strength - b.strength) < 1e-9)
                #expect(a.measured?.count == b.measured?.count && !a.strengthIsProvisional)
                compared += 1
            }
        }
        #expect(compared > 3)
    }

    @Test("a candle that is not newer decides nothing")
    func repeated() throws {
        var engine = DecisionEngine(symbol: symbol)
        let candles = HourlyCandles.walk(60, seed: 1)
        for candle in candles { engine.assess(candle) }
        let again = [engine.assess(candles[59]), engine.assess(candles[10])]
        #expect(again == [nil, nil])
    }

    @Test("the moment's vetoes silence a call but are not remembered: a replay ends in the same state")
    func circumstances() throws {
        let candles = HourlyCandles.climb(quiet: 100, rise: 60)
        let bare = run(candles)
        let told = try #require(bare.firstIndex { !$0.opportunities.isEmpty })
        for (circumstance, key) in [
            (Circumstances(now: bare[told].factors.at, spread: 0.006), "wide_spread"),
            (Circumstances(now: bare[told].factors.at + .hours(4)), "stale_data"),
        ] {
            var engine = DecisionEngine(symbol: symbol)
            var results: [Assessment] = []
            for (index, candle) in candles.enumerated() {
                let result = engine.assess(candle, circumstances: index == told ? circumstance : nil)
                results.append(try #require(result))
            }
            guard case .quiet(let reason) = results[told].readings[0].decision else {
                Issue.record("expected \(key)")
                continue
            }
            #expect(reason.key == key)
            #expect(Array(results[(told + 1)...]) == Array(bare[(told + 1)...]))
        }
    }

    @Test("too little turnover is a veto; another quote asset or unknown volume has no floor")
    func turnover() throws {
        let thin = HourlyCandles.climb(quiet: 100, rise: 60, volume: 2)
        #expect(run(thin).flatMap(\.opportunities).isEmpty)
        let pair = DecisionEngine(symbol: try #require(Symbol("ETH/BTC")))
        #expect(!run(thin, pair).flatMap(\.opportunities).isEmpty)
        let unknown = HourlyCandles.climb(quiet: 100, rise: 60, volume: 0)
        #expect(!run(unknown).flatMap(\.opportunities).isEmpty)
    }

    @Test("a hole of more than three hours before the candle is a veto")
    func hole() throws {
        let candles = HourlyCandles.climb(quiet: 100, rise: 60)
        let told = try #require(run(candles).firstIndex { !$0.opportunities.isEmpty })
        let holed = Array(candles[..<(told - 3)] + candles[told...])
        let assessment = run(holed)[told - 3]
        #expect(assessment.opportunities.isEmpty)
        #expect(assessment.readings[0].decision == .quiet(.staleData(age: .hours(4))))
    }

    @Test("no buy above an RSI of 85")
    func extremeRSI() {
        let straight = HourlyCandles.climb(quiet: 100, rise: 40).enumerated().map { index, candle in
            guard index >= 100 else { return candle }
            var candle = candle
            candle.close = 1_000 * (1 + 0.01 * Double(index - 99))
            candle.open = candle.close * 0.995
            candle.high = candle.close
            candle.low = candle.open
            return candle
        }
        let decisions = run(straight).suffix(40).map(\.readings[0].decision)
        #expect(
            decisions.contains {
                if case .quiet(.extremeRSI(let rsi)) = $0 { rsi > 85 } else { false }
            })
        for assessment in run(straight) where !assessment.opportunities.filter({ $0.kind == .trend }).isEmpty {
            #expect(assessment.factors.rsi ?? 0 <= 85)
        }
    }

    @Test("sides contradict each other at least four hours apart, each kind rests a day a side")
    func rests() {
        let told = run(HourlyCandles.walk(9_000, seed: 33)).flatMap(\.opportunities)
        #expect(told.count > 50 && Set(told.map(\.side)).count == 2)
        for (index, call) in told.enumerated() {
            for earlier in told[..<index] where call.at - earlier.at < .hours(24) {
                if earlier.side == call.side { #expect(earlier.kind != call.kind) }
                if earlier.side != call.side { #expect(call.at - earlier.at >= .hours(4)) }
            }
        }
    }

    @Test(
        "priority needs strength and size together, and a provisional strength is never critical",
        arguments: [
            (0.96, 2.1, false, Priority.critical), (0.96, 2.1, true, .high), (0.96, 1.6, false, .high),
            (0.96, 1.2, false, .medium), (0.86, 2.5, false, .high), (0.5, 3, false, .medium), (0.49, 3, false, .low),
        ])
    func priority(strength: Double, ratio: Double, provisional: Bool, expected: Priority) throws {
        var call = try #require(run(HourlyCandles.climb(quiet: 100, rise: 60)).flatMap(\.opportunities).first)
        call.strength = strength
        call.moveRatio = ratio
        call.strengthIsProvisional = provisional
        #expect(call.priority == expected)
    }

    @Test("the outlook follows momentum, then trend")
    func outlook() {
        #expect(Opportunity.Outlook(momentum: -0.6, trend: 0.9) == .hours1to4)
        #expect(Opportunity.Outlook(momentum: 0.5, trend: 0.6) == .days1to3)
        #expect(Opportunity.Outlook(momentum: nil, trend: 0.2) == .days1to2)
    }

    @Test("the expected move of a constant hourly swing is that swing, and usual")
    func moveSize() throws {
        var size = MoveSize()
        for hour in 0..<1_200 { size.add(close: hour % 2 == 0 ? 100 : 101) }
        let swing = 0.00995033
        let hour = size.expected(over: .hours1to4)
        #expect(abs(try #require(hour.move) - swing) < 1e-6)
        #expect(abs(try #require(hour.ratio) - 1) < 1e-9)
        #expect(abs(try #require(size.expected(over: .days1to2).move) - swing * 24.0.squareRoot()) < 1e-6)
        for hour in 0..<6 { size.add(close: hour % 2 == 0 ? 100 : 103) }
        #expect(try #require(size.expected(over: .hours1to4).ratio) > 2)
    }

    @Test("an alert of an opportunity names it and its audience")
    func alert() throws {
        let call = try #require(run(HourlyCandles.climb(quiet: 100, rise: 60)).flatMap(\.opportunities).first)
        #expect(call.alert.naturalKey == "opportunity:BTC:trend:buy:\(call.at.milliseconds)")
        #expect(call.alert.audience == .subscribers(symbol, strength: call.strength))
    }
}
