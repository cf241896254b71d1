import Indicators
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct BatchTests {
    /// Walks, and prices on a grid with flat stretches and without volume.
    static func series(_ seed: UInt64, _ count: Int) -> [Candle] {
        var candles = seed % 2 == 0 ? [Candle].walk(count, seed: seed) : CandlePatternTests.grid(count, seed: seed)
        if seed % 3 == 0 {
            for index in candles.indices where index / 30 % 3 == 1 {
                let close = candles[index / 30 * 30].close
                (candles[index].open, candles[index].high) = (close, close)
                (candles[index].low, candles[index].close, candles[index].volume) = (close, close, 0)
            }
        }
        return candles
    }

    private func agree(_ a: Double, _ b: Double, _ noise: Double) -> Bool {
        a.isNaN && b.isNaN || a == b || abs(a - b) <= max(noise, 1e-12 * max(abs(a), abs(b)))
    }

    @Test("a whole series gives what the stream gives at every candle", arguments: EveryIndicatorTests.all, 0..<4)
    func wholeIsStream(text: String, seed: UInt64) throws {
        let candles = Self.series(seed, 600)
        let spec = try IndicatorSpec.parse(text)
        let columns = IndicatorBatch.columns(of: spec, over: CandleColumns(candles))
        #expect(columns.count == spec.columns.count)
        var stream = IndicatorStream(spec)
        var set = IndicatorSet([spec])
        // Differences of large numbers near zero are the rounding of these.
        let noise = columns.map { column in 1e-12 * (column.map(abs).filter { !$0.isNaN }.max() ?? 0) }
        for (row, candle) in candles.enumerated() {
            stream.update(candle)
            set.update(candle)
            for (part, column) in columns.enumerated() {
                let value = stream.value(part: part) ?? .nan
                #expect(agree(column[row], value, noise[part]), "\(text) part \(part) row \(row)")
                #expect(agree(set.values[part], value, 0), "\(text) part \(part) row \(row)")
            }
        }
    }

    @Test("a prefix gives what the whole gives, however short", arguments: EveryIndicatorTests.all)
    func prefixes(text: String) throws {
        let candles = Self.series(2, 170)
        let spec = try IndicatorSpec.parse(text)
        let whole = IndicatorBatch.columns(of: spec, over: CandleColumns(candles))
        for count in Array(0...60) + [90, 133, 169] {
            let prefix = IndicatorBatch.columns(of: spec, over: CandleColumns(Array(candles.prefix(count))))
            for (part, column) in prefix.enumerated() {
                #expect(column.count == count)
                for row in 0..<count { #expect(agree(column[row], whole[part][row], 0), "\(text) \(count) \(row)") }
            }
        }
    }

    @Test("a set's copy goes its own way, and parts of one indicator share its calculation")
    func sets() throws {
        let candles = [Candle].walk(200, seed: 4)
        var set = IndicatorSet(IndicatorSet.common)
        #expect(set.columns.count == set.values.count)
        for candle in candles.prefix(120) { set.update(candle) }
        let before = set.values
        var copy = set
        for candle in candles.suffix(80) { copy.update(candle) }
        #expect(set.values == before)
        for candle in candles.suffix(80) { set.update(candle) }
        #expect(set.values == copy.values)
        #expect(set.values.allSatisfy { $0.isFinite })
    }
}
