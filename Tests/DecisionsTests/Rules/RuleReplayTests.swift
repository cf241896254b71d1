import Foundation
import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("Fast replay", .oneAtATime)
struct RuleReplayTests {
    /// Firings of the engine that watches live data, in the pace of closes.
    private func engineFirings(
        _ rule: RuleDefinition, _ candles: [Candle], _ base: Timeframe, after leadIn: [Timeframe: [Candle]] = [:]
    ) -> [Timestamp] {
        var engine = RuleEngine(base: base, defaultSymbols: [], symbols: SpelledSymbols(known: [btc]), pace: .closes)
        let placeholder = Rule(
            id: RuleID(0), owner: RecipientID(0), number: 0, text: rule.text,
            createdAt: candles.first?.openTime ?? Timestamp(milliseconds: 0))
        engine.add(placeholder, rule, only: [rule.subject(among: btc)])
        if !leadIn.isEmpty { engine.warmUp(btc, base: [], longer: leadIn) }
        return candles.flatMap { candle in
            engine.handle(candle: candle, of: btc, late: false).alerts.map(\.issuedAt)
        }
    }

    private func replayFirings(
        _ rule: RuleDefinition, _ candles: [Candle], _ base: Timeframe, after leadIn: [Timeframe: [Candle]] = [:]
    ) -> [Timestamp] {
        var replay = RuleReplay(rule, subject: rule.subject(among: btc), symbol: btc, base: base)
        return replay.firings(over: candles, after: leadIn).map { candles[$0].closeTime(base) }
    }

    /// A walk around 100 with holes.
    private func walk(_ count: Int, _ base: Timeframe, seed: UInt64, from begin: Timestamp = start) -> [Candle] {
        var random = SeededGenerator(seed: seed)
        var close = 100.0
        var time = begin
        return (0..<count).map { _ in
            let open = close
            close = max(1, close * (1 + Double.random(in: -0.01...0.01, using: &random)) + (100 - close) * 0.002)
            if Int.random(in: 0..<200, using: &random) == 0 {
                time += base.span * Int64.random(in: 1...20, using: &random)
            }
            defer { time += base.span }
            return Candle(
                openTime: time, open: open, high: max(open, close) * 1.001, low: min(open, close) * 0.999, close: close,
                volume: Double.random(in: 1...20, using: &random))
        }
    }

    /// A rule near what the walk does, so that most fire.
    private func text(_ random: inout SeededGenerator, base: Timeframe) -> String {
        let frames = Timeframe.allCases.filter { $0 >= base && $0 <= .h4 }.map(\.rawValue)
        func pick(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
        func number(_ range: ClosedRange<Double>) -> String {
            String(format: "%.2f", Double.random(in: range, using: &random))
        }
        func comparison() -> String {
            let frame = pick(frames)
            let sign = pick([">", "<", ">=", "<=", "crosses", "crosses above", "crosses below"])
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: return "price \(sign) \(number(96...104))"
            case 2: return "rsi(14, \(frame)) \(sign) \(number(35...65))"
            case 3: return "price \(sign) sma(20, \(frame))"
            case 4: return "change(\(pick(["1h", "4h", "1d"]))) \(sign) \(number(-2...2))%"
            case 5: return "drawdown(1d) \(sign) -\(number(1...6))%"
            case 6: return "volume(\(frame)) \(sign) \(number(0.5...1.5)) * average(volume(\(frame)), 12)"
            case 7: return "close(\(frame)) \(sign) highest(close(\(frame)), 10)"
            default: return "macd(12, 26, 9, \(frame)).histogram \(sign) \(number(-0.2...0.2))"
            }
        }
        var text = "BTC " + comparison()
        while Int.random(in: 0..<3, using: &random) == 0 {
            text += pick([" and ", " or ", " and not "]) + comparison()
        }
        if Int.random(in: 0..<4, using: &random) == 0 { text += " for \(pick(["10m", "2h"]))" }
        if Int.random(in: 0..<4, using: &random) == 0 { text += " hysteresis 0.5%" }
        if Int.random(in: 0..<5, using: &random) == 0 { text += " since last alert" }
        if Int.random(in: 0..<3, using: &random) == 0 { text += " every \(pick(["10m", "4h"]))" }
        if Int.random(in: 0..<8, using: &random) == 0 { text += " until 2024-01-04" }
        if Int.random(in: 0..<10, using: &random) == 0 { text += " once" }
        return text
    }

    @Test("fires exactly when the engine does, for 400 made-up rules over candles with holes")
    func sameAsEngine() throws {
        var random = SeededGenerator(seed: 4)
        var (fired, rules) = (0, 0)
        let files: [(Timeframe, [Candle])] = [
            (.m1, walk(3_000, .m1, seed: 1)), (.m5, walk(2_000, .m5, seed: 2)), (.h1, walk(1_200, .h1, seed: 3)),
        ]
        for round in 0..<400 {
            let (base, candles) = files[round % 3]
            let text = text(&random, base: base)
            guard let rule = try? RuleText.parseStored(text, symbols: someSymbols) else {
                Issue.record("\(text)")
                continue
            }
            rules += 1
            let expected = engineFirings(rule, candles, base)
            #expect(replayFirings(rule, candles, base) == expected, "\(text) over \(base.rawValue)")
            if !expected.isEmpty { fired += 1 }
        }
        #expect(rules == 400 && fired > 250)
    }

    @Test("rules of any shape decide as in the engine, with longer candles before")
    func anyShape() {
        var maker = RuleMaker(seed: 77)
        let candles = walk(1_500, .m15, seed: 5, from: start + .days(60))
        let hours = walk(24 * 60, .h1, seed: 6).filter { $0.closeTime(.h1) <= start + .days(60) }
        let leadIn: [Timeframe: [Candle]] = [
            .h1: hours, .h4: CandleAggregator.aggregate(hours, from: .h1, to: .h4),
            .d1: CandleAggregator.aggregate(hours, from: .h1, to: .d1),
        ]
        var fired = 0
        var random = SeededGenerator(seed: 9)
        for round in 0..<300 {
            let rule: RuleDefinition
            if round % 3 == 0 {
                rule = maker.definition()
            } else {
                guard
                    let read = try? RuleText.parseStored(text(&random, base: .m15), symbols: someSymbols)
                else { continue }
                rule = read
            }
            let expected = engineFirings(rule, candles, .m15, after: leadIn)
            #expect(replayFirings(rule, candles, .m15, after: leadIn) == expected, "\(rule.text)")
            if !expected.isEmpty { fired += 1 }
        }
        #expect(fired > 100)
    }

    @Test("averages that look far back are known from the first close when longer candles lie before")
    func leadIn() throws {
        let rule = try RuleText.parse("BTC > sma(20, 1d)", symbols: someSymbols)
        let days = (0..<30).map { flat(100, opens: start + .days($0)) }
        let minutes = (0..<60).map { flat($0 < 30 ? 90 : 110, opens: start + .days(30) + .minutes($0)) }
        #expect(replayFirings(rule, minutes, .m1).isEmpty)
        #expect(replayFirings(rule, minutes, .m1, after: [.d1: days]) == [start + .days(30) + .minutes(31)])
    }

    @Test("statistics are those of a slow count over candles with holes")
    func statistics() throws {
        let candles = walk(4_000, .h1, seed: 8)
        let rule = try RuleText.parse("BTC change(4h) > 1%", symbols: someSymbols)
        let preview = RulePreview.run(rule, candles: candles, timeframe: .h1, symbol: btc)
        let statistics = try #require(preview.statistics)
        #expect(preview.firings.count > 50)
        for move in statistics.moves {
            var (moves, times) = ([Double](), [Timestamp]())
            for firing in preview.firings {
                let now = try #require(candles.first { $0.closeTime(.h1) == firing })
                guard let last = candles.last, firing + move.after <= last.closeTime(.h1),
                    let then = candles.last(where: { $0.closeTime(.h1) <= firing + move.after }), then != now,
                    firing + move.after - then.closeTime(.h1) <= .hours(3)
                else { continue }
                moves.append(then.close / now.close - 1)
                times.append(firing)
            }
            #expect(move.count == moves.count)
            #expect(move.median == RuleStatistics.median(moves))
            let up = Double(moves.filter { $0 > 0 }.count) / Double(moves.count)
            #expect(move.shareUp == up)
            var independent: [Timestamp] = []
            for time in times where independent.last.map({ time - $0 >= move.after }) ?? true {
                independent.append(time)
            }
            #expect(move.independent == independent.count)
            let low = try #require(move.shareUpLow)
            let high = try #require(move.shareUpHigh)
            #expect(low < up && up < high)
            // Fewer observations than firings make the interval wider.
            let n = Double(independent.count)
            let z = 1.959964
            let half = z * (up * (1 - up) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
            #expect(abs((high - low) / 2 - half) < 1e-12)
        }
        let week = try #require(candles.last).closeTime(.h1) - .days(7)
        #expect(statistics.lastWeek == preview.firings.filter { $0 > week }.count)
        let burst = preview.firings.map { first in
            preview.firings.filter { $0 >= first && $0 - first < .days(1) }.count
        }.max()
        #expect(statistics.longestBurst == burst)
    }

    @Test("several symbols are one stream of firings, and what happened at once counts once in the interval")
    func pooled() throws {
        let candles = walk(3_000, .h1, seed: 8)
        let rule = try RuleText.parse("BTC,ETH change(4h) > 1%", symbols: someSymbols)
        let one = try #require(ReplaySample(of: rule, candles: candles, timeframe: .h1, symbol: btc))
        let same = try #require(ReplaySample(of: rule, candles: candles, timeframe: .h1, symbol: eth))
        let alone = try #require(RuleStatistics([one], of: rule))
        let both = try #require(RuleStatistics([one, same], of: rule))
        #expect(both.count == 2 * alone.count)
        #expect(both.longestBurst == 2 * alone.longestBurst)
        #expect(both.moves.map(\.count) == alone.moves.map { 2 * $0.count })
        #expect(both.moves.map(\.independent) == alone.moves.map(\.independent))
        #expect(both.moves.map(\.shareUpLow) == alone.moves.map(\.shareUpLow))
    }

    @Test("a rule that knows the future is not matched by random ones, one that knows nothing is")
    func chance() throws {
        // Days of hours that rise all day when their first hour is marked by volume, and fall else.
        var random = SeededGenerator(seed: 21)
        var (price, candles) = (100.0, [Candle]())
        for day in 0..<360 {
            let rises = Bool.random(using: &random)
            for hour in 0..<24 {
                let close = price * (rises ? 1.001 : 0.999)
                candles.append(
                    Candle(
                        openTime: start + .hours(Int64(day * 24 + hour)), open: price, high: max(price, close),
                        low: min(price, close), close: close, volume: hour == 0 && rises ? 50 : 10))
                price = close
            }
        }
        func chance(_ text: String) throws -> RuleStatistics.Chance? {
            let rule = try RuleText.parse(text, symbols: someSymbols)
            return RulePreview.run(rule, candles: candles, timeframe: .h1, symbol: btc).statistics?.chance
        }
        let knows = try #require(try chance("BTC volume(1h) > 40"))
        #expect(knows.draws == 1_000 && knows.asGood < 0.01)
        #expect(try chance("BTC volume(1h) > 40") == knows)
        #expect(try chance("BTC price > 1") == nil)
        // One that fires at every second day, whatever happens there.
        for index in candles.indices { candles[index].volume = index % 48 == 5 ? 50 : 10 }
        let blind = try #require(try chance("BTC volume(1h) > 40"))
        #expect(blind.asGood > 0.05)
        #expect(abs(knows.corrected(tries: 1) - knows.asGood) < 1e-12)
        #expect(abs(blind.corrected(tries: 3) - (1 - pow(1 - blind.asGood, 3))) < 1e-12)
    }

    @Test("chances of rules that know nothing are spread evenly, however their firings cluster")
    func calibrated() throws {
        // Bursts at random times over a random walk: the share of small chances must not exceed what is said.
        var random = SeededGenerator(seed: 33)
        var small = 0
        for round in 0..<120 {
            var candles = walk(2_000, .h1, seed: UInt64(1_000 + round))
            for index in candles.indices { candles[index].volume = 1 }
            for _ in 0..<12 {
                let begin = Int.random(in: 0..<1_900, using: &random)
                for step in stride(from: 0, to: Int.random(in: 2...12, using: &random), by: 2) {
                    candles[begin + step].volume = 100
                }
            }
            let rule = try RuleText.parse("BTC volume(1h) > 50", symbols: someSymbols)
            let chance = RulePreview.run(rule, candles: candles, timeframe: .h1, symbol: btc).statistics?.chance
            if try #require(chance).asGood <= 0.1 { small += 1 }
        }
        // 12 are expected; 22 would be three standard deviations too many.
        #expect(small < 22)
    }

    @Test("a noisy rule is offered one that fires about once a week, in its own words")
    func suggestion() throws {
        let candles = walk(40_000, .m5, seed: 12)
        for text in [
            "BTC change(1h) > 0.1% as high", "BTC rsi(14, 15m) < 50 every 10m", "BTC,ETH change(30m) < -0.1% every 10m",
            "BTC volume(5m) > 1.1 * average(volume(5m), 12) every 10m",
        ] {
            let rule = try RuleText.parse(text, symbols: someSymbols)
            let preview = RulePreview.run(rule, candles: candles, timeframe: .m5, symbol: btc, suggesting: true)
            let statistics = try #require(preview.statistics)
            #expect(statistics.isNoisy, "\(text)")
            // Volumes here are at most 20 and at least 1: no multiple of the average is rare.
            guard let suggestion = statistics.suggestion else {
                #expect(text.contains("volume"), "\(text)")
                continue
            }
            let calmer = try RuleText.parse(suggestion.text, symbols: someSymbols)
            #expect(calmer.text == suggestion.text && calmer.text != rule.text)
            #expect(calmer.priority == rule.priority && calmer.rest == rule.rest)
            let again = RulePreview.run(calmer, candles: candles, timeframe: .m5, symbol: btc).statistics
            #expect((0.2...5).contains(again?.perWeek ?? 0), "\(suggestion.text): \(again?.perWeek ?? 0)")
        }
        let calm = try RuleText.parse("BTC > 105", symbols: someSymbols)
        let preview = RulePreview.run(calm, candles: candles, timeframe: .m5, symbol: btc, suggesting: true)
        #expect(preview.statistics?.suggestion == nil)
    }

    @Test("the picture holds each firing of its time once")
    func picture() throws {
        let candles = walk(3_000, .h1, seed: 8)
        let rule = try RuleText.parse("BTC change(4h) > 1%", symbols: someSymbols)
        let sample = try #require(ReplaySample(of: rule, candles: candles, timeframe: .h1, symbol: btc))
        #expect(sample.picture.columns.count == 24)
        #expect(sample.picture.columns.reduce(0) { $0 + $1.firings } == sample.firings.count)
        #expect(sample.picture.columns.map(\.candle.high).max() == candles.map(\.high).max())
        #expect(sample.picture.columns.last?.candle.close == candles.last?.close)
        let two = try #require(ReplaySample(of: rule, candles: Array(candles[..<2]), timeframe: .h1, symbol: btc))
        #expect(two.picture.columns.count == 2)
    }

    @Test("live firings are counted by themselves, as far as their outcome is known")
    func live() throws {
        #expect(ScoredFiring.record(of: []) == nil)
        #expect(ScoredFiring.record(of: [ScoredFiring(at: start, price: 100, later: [nil, nil, nil])]) == nil)
        let record = try #require(
            ScoredFiring.record(of: [
                ScoredFiring(at: start, price: 100, later: [101, 110, nil]),
                ScoredFiring(at: start + .hours(2), price: 100, later: [99, nil, nil]),
            ]))
        #expect(record.map(\.after) == [.hours(1), .hours(24)])
        #expect(record[0].count == 2 && record[0].up == 0.5 && abs(record[0].median ?? 1) < 1e-12)
        #expect(record[1].count == 1 && record[1].up == 1)
    }
}
