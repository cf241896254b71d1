import Indicators
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct IndicatorTableTests {
    @Test("the CSV quotes names with commas, leaves the undefined empty and prints numbers that read back")
    func csv() throws {
        let candles = [10, 11, 12, 16].enumerated().map {
            Candle(
                openTime: Timestamp(milliseconds: Int64($0) * 60_000), open: $1, high: $1 + 1, low: $1 - 1, close: $1,
                volume: 1)
        }
        let specs = try IndicatorSpec.parseList("sma(3), macd(2,3,1), obv")
        #expect(
            IndicatorTable.csv(candles: candles, specs: specs) == """
                open_time,sma(3),"macd(2,3,1).line","macd(2,3,1).signal","macd(2,3,1).histogram",obv
                0,,,,,1
                60000,,,,,2
                120000,11,0.5,0.5,0,3
                180000,13,1,1,0,4

                """)
    }

    @Test("a column of a longer timeframe holds the value of its last complete candle")
    func longerTimeframe() throws {
        let candles = [Candle].walk(24 * 7, seed: 9, timeframe: .h1)
        let days = CandleAggregator.aggregate(candles, from: .h1, to: .d1)
        #expect(days.count == 7)
        var stream = IndicatorStream(try IndicatorSpec.parse("sma(3)"))
        let daily = days.map { day -> Double? in
            stream.update(day)
            return stream.value
        }
        let rows = IndicatorTable.values(candles: candles, specs: [try IndicatorSpec.parse("sma(3, 1d)")])
        for (row, values) in rows.enumerated() {
            let closedDays = (row + 1) / 24
            #expect(values == [closedDays == 0 ? nil : daily[closedDays - 1]])
        }
    }

    @Test("no candles give only the header")
    func empty() throws {
        #expect(
            IndicatorTable.csv(candles: [], specs: try IndicatorSpec.parseList("rsi(14)")) == "open_time,rsi(14)\n")
    }
}
