import Indicators
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct LongSeriesTests {
    static let candles = [Candle].walk(200_000, seed: 7)

    @Test(
        "after 200,000 candles a stream still gives what the definition gives", arguments: 0..<NaiveFormulas.table.count
    )
    func noDrift(index: Int) throws {
        let (spec, formula) = NaiveFormulas.table[index]
        var stream = IndicatorStream(try IndicatorSpec.parse(spec))
        var worst = 0.0
        for (row, candle) in Self.candles.enumerated() {
            stream.update(candle)
            guard row > 100, row % 1009 == 0 || row > 199_980 else { continue }
            let found = try #require(stream.value)
            let expected = formula(Self.candles, row)
            worst = max(worst, abs(found - expected) / max(abs(expected), 1e-3))
        }
        #expect(worst < 1e-8, "\(spec)")
    }

    @Test("averages with memory follow their recursion over 200,000 candles")
    func recursions() throws {
        var ema = IndicatorStream(try IndicatorSpec.parse("ema(26)"))
        var rsi = IndicatorStream(try IndicatorSpec.parse("rsi(14)"))
        var atr = IndicatorStream(try IndicatorSpec.parse("atr(14)"))
        let candles = Self.candles
        // Weights written out: (1 − 2/27)^age and (13/14)^age, back to where they vanish.
        for row in stride(from: 1000, to: candles.count, by: 19_997) {
            var (weighted, weight, sum) = (0.0, 1.0, 0.0)
            for age in 0..<900 {
                weighted += weight * candles[row - age].close
                sum += weight
                weight *= 25.0 / 27
            }
            let expectedEMA = weighted / sum
            (weight, sum) = (1, 0)
            var (gain, loss, range) = (0.0, 0.0, 0.0)
            for age in 0..<900 {
                let change = candles[row - age].close - candles[row - age - 1].close
                gain += weight * max(change, 0)
                loss += weight * max(-change, 0)
                range += weight * NaiveFormulas.trueRange(candles, row - age)
                sum += weight
                weight *= 13.0 / 14
            }
            // The streams see all candles up to the row once.
            let from = row == 1000 ? 0 : row - 19_997 + 1
            for candle in candles[from...row] {
                ema.update(candle)
                rsi.update(candle)
                atr.update(candle)
            }
            #expect(abs(try #require(ema.value) / expectedEMA - 1) < 1e-10)
            #expect(abs(try #require(rsi.value) / (100 * gain / (gain + loss)) - 1) < 1e-10)
            #expect(abs(try #require(atr.value) / (range / sum) - 1) < 1e-10)
        }
    }
}
