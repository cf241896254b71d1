import Indicators
import Market
import Testing
import Turns

/// Small series whose values were worked out by hand; `nil` is the lead-in.
@Suite(.oneAtATime) struct HandComputedTests {
    /// Candles of these closes, one apart from it on either side.
    private func candles(_ closes: [Double]) -> [Candle] {
        closes.enumerated().map {
            Candle(
                openTime: Timestamp(seconds: Int64($0) * 60), open: $1, high: $1 + 1, low: $1 - 1, close: $1, volume: 10
            )
        }
    }

    private func values(_ spec: String, _ candles: [Candle]) throws -> [Double?] {
        var stream = IndicatorStream(try IndicatorSpec.parse(spec))
        return candles.map {
            stream.update($0)
            // Twelve digits are enough to tell, and hide the rounding of thirds.
            return stream.value.map { ($0 * 1e12).rounded() / 1e12 }
        }
    }

    @Test(
        "values worked out by hand",
        arguments: [
            // (10+11+12)/3, then (11+12+16)/3.
            ("sma(3)", [10, 11, 12, 16], [nil, nil, 11, 13]),
            // Seed 11, then half way to 16: smoothing 2/4.
            ("ema(3)", [10, 11, 12, 16], [nil, nil, 11, 13.5]),
            // (10 + 2*11 + 3*12)/6, (11 + 2*12 + 3*16)/6.
            ("wma(3)", [10, 11, 12, 16], [nil, nil, 11.333333333333, 13.833333333333]),
            // Gain and loss of the first two steps 0.5 each; then gain 1.25, loss 0.25.
            ("rsi(2)", [10, 11, 10, 12], [nil, nil, 50, 83.333333333333]),
            ("cmo(2)", [10, 11, 10, 12], [nil, nil, 0, 66.666666666667]),
            // True ranges 2, 2, 4; mean 2, then (2 + 4)/2.
            ("atr(2)", [10, 11, 10, 13], [nil, nil, 2, 3]),
            ("natr(2)", [10, 11, 10, 12], [nil, nil, 20, 20.833333333333]),
            ("trange", [10, 11, 10, 13], [nil, 2, 2, 4]),
            // Fast average seeded with (11+12)/2 = 11.5, slow with 11; then 11.5 + 2/3*4.5 = 14.5 and 13.5.
            ("macd(2,3,1).line", [10, 11, 12, 16], [nil, nil, 0.5, 1]),
            // Mean of 0.5 and 1.
            ("macd(2,3,2).signal", [10, 11, 12, 16], [nil, nil, nil, 0.75]),
            ("macd(3,2,2).histogram", [10, 11, 12, 16], [nil, nil, nil, 0.25]),
            // Population deviation of 1, 3 is 1.
            ("bollinger(2,2).upper", [1, 3, 3], [nil, 4, 3]),
            ("bollinger(2,2).lower", [1, 3, 3], [nil, 0, 3]),
            ("stddev(2)", [1, 3, 3], [nil, 1, 0]),
            ("var(2)", [1, 5, 3], [nil, 4, 1]),
            ("roc(1)", [10, 11, 5.5], [nil, 10, -50]),
            ("mom(2)", [10, 11, 5.5], [nil, nil, -4.5]),
            ("max(2)", [3, 1, 2], [nil, 3, 2]),
            ("min(2)", [3, 1, 2], [nil, 1, 1]),
            ("midpoint(2)", [3, 1, 2], [nil, 2, 1.5]),
            ("midprice(2)", [3, 1, 2], [nil, 2, 1.5]),
            ("obv", [10, 11, 11, 9], [10, 20, 20, 10]),
            ("vwap(2)", [10, 11, 14], [nil, 10.5, 12.5]),
            // Highs 11, 12, 11; lows 9, 10, 9; close 10 is half way.
            ("williams(3)", [10, 11, 10], [nil, nil, -66.666666666667]),
            ("stochf(3,1).k", [10, 11, 10], [nil, nil, 33.333333333333]),
            ("aroon(2).up", [10, 12, 11], [nil, nil, 50]),
            ("aroon(2).down", [10, 12, 11], [nil, nil, 0]),
            ("aroonosc(2)", [10, 12, 11], [nil, nil, 50]),
            // Line through 1, 2, 6: slope 2.5, mean 3.
            ("linearreg(3)", [1, 2, 6], [nil, nil, 5.5]),
            ("linearreg_slope(3)", [1, 2, 6], [nil, nil, 2.5]),
            ("donchian(2).upper", [10, 12, 11], [nil, 13, 13]),
            ("donchian(2).middle", [10, 12, 11], [nil, 11, 11.5]),
            // ema(2): 11.5 seed of (10, 13), then 11.5 + 2/3*(12-11.5); atr(2) 2 more candles on.
            ("keltner(2,1).middle", [10, 13, 12], [nil, nil, 11.833333333333]),
            ("ichimoku(1,2,2).conversion", [10, 12, 11], [10, 12, 11]),
            ("ichimoku(1,1,2).span_b", [10, 12, 16], [nil, nil, 11]),
            ("ichimoku(1,1,2).span_a", [10, 12, 16], [nil, 10, 12]),
        ] as [(String, [Double], [Double?])])
    func byHand(spec: String, closes: [Double], expected: [Double?]) throws {
        #expect(try values(spec, candles(closes)) == expected)
    }

    @Test("supertrend turns only when a close goes through the stop")
    func supertrend() throws {
        // atr(1) is the true range: 2, 2, 6, 2, 8. Middles are the closes.
        let closes: [Double] = [10, 11, 10, 15, 14, 7]
        // Upper stop with k = 1: 13 begins; 12 is lower; 15 > 12 turns it up at the lower stop 15 - 6 = 9 (it never fell
        // below 9 before: 9, then 8 is refused). Then 14 - 2 = 12, and 7 < 12 turns it down at 7 + 8 = 15.
        #expect(try values("supertrend(1,1).direction", candles(closes)) == [nil, -1, -1, 1, 1, -1])
        #expect(try values("supertrend(1,1).value", candles(closes)) == [nil, 13, 12, 9, 12, 15])
    }

    @Test("a volume-weighted price is undefined while nothing is traded, even after a huge trade")
    func noVolume() throws {
        var series = candles([10, 11, 12, 13])
        for index in series.indices { series[index].volume = index == 0 ? 1e18 : index == 3 ? 2 : 0 }
        #expect(try values("vwap(2)", series) == [nil, 10, nil, 13])
    }
}
