import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct CandleAggregatorTests {
    /// By hand: group by open time, leave out a first group that began earlier and a last one that has not ended.
    private func grouped(_ candles: [Candle], _ base: Timeframe, _ target: Timeframe) -> [Candle] {
        let groups = Dictionary(grouping: candles) { target.openTime(containing: $0.openTime) }
        return groups.keys.sorted().compactMap { open -> Candle? in
            guard let parts = groups[open], let first = parts.first, let last = parts.last else { return nil }
            if open == groups.keys.min(), first.openTime != open { return nil }
            if open == groups.keys.max(), last.openTime + base.span != open + target.span { return nil }
            return Candle(
                openTime: open, open: first.open, high: parts.map(\.high).max() ?? 0, low: parts.map(\.low).min() ?? 0,
                close: last.close, volume: parts.reduce(0) { $0 + $1.volume })
        }
    }

    @Test(
        "a series with holes aggregates to what grouping by open time gives",
        arguments: [
            (Timeframe.m1, Timeframe.m5), (.m1, .m15), (.m1, .h1), (.m1, .d1), (.m15, .h4), (.h1, .d1), (.h1, .w1),
            (.d1, .w1),
        ])
    func agrees(base: Timeframe, target: Timeframe) {
        var random = SteadyRandom(seed: 1)
        for seed in UInt64(1)...8 {
            let offset = Span.milliseconds(base.span.milliseconds * Int64.random(in: 0...200, using: &random))
            let start = base.openTime(containing: Timestamp(seconds: 1_700_000_000)) + offset
            var candles = [Candle].walk(3_000, seed: seed, timeframe: base, start: start)
            for _ in 0..<12 {
                let from = Int.random(in: 0..<candles.count - 100, using: &random)
                candles.removeSubrange(from..<from + Int.random(in: 1...90, using: &random))
            }
            #expect(CandleAggregator.aggregate(candles, from: base, to: target) == grouped(candles, base, target))
        }
    }

    @Test("the same timeframe changes nothing")
    func same() {
        let candles = [Candle].walk(10)
        #expect(CandleAggregator.aggregate(candles, from: .h1, to: .h1) == candles)
    }

    @Test("a candle is given out with its last part, not a part later")
    func prompt() {
        var aggregator = CandleAggregator(from: .m1, to: .m5)
        let parts = [Candle].walk(5, timeframe: .m1, start: Timestamp(seconds: 300))
        #expect(parts.map { aggregator.add($0).count } == [0, 0, 0, 0, 1])
    }

    @Test("a hole at a candle's end is closed by the next candle's first part")
    func hole() {
        var aggregator = CandleAggregator(from: .m1, to: .m5)
        let parts = [Candle].walk(6, timeframe: .m1, start: Timestamp(seconds: 300))
        #expect(aggregator.add(parts[0]).isEmpty)
        let done = aggregator.add(parts[5])
        #expect(done.map(\.openTime) == [Timestamp(seconds: 300)])
        #expect(done.first?.close == parts[0].close)
    }

    @Test(
        "two ways to a day agree on real minutes",
        .enabled(if: SharedData.has("candles/binance_spot_BTCUSDT_1m_20241130_20241229.csv.gz")))
    func realMinutes() throws {
        let minutes = try SharedData.candles("candles/binance_spot_BTCUSDT_1m_20241130_20241229.csv.gz")
        let direct = CandleAggregator.aggregate(minutes, from: .m1, to: .d1)
        #expect(direct == grouped(minutes, .m1, .d1))
        let exchange = try SharedData.candles("candles/binance_spot_BTCUSDT_1d_20170817_20241231.csv.gz")
        let byTime = Dictionary(uniqueKeysWithValues: exchange.map { ($0.openTime, $0) })
        #expect(direct.count > 25)
        for day in direct {
            let theirs = try #require(byTime[day.openTime])
            #expect((day.open, day.high, day.low, day.close) == (theirs.open, theirs.high, theirs.low, theirs.close))
            #expect(abs(day.volume / theirs.volume - 1) < 1e-9)
        }
    }
}
