import Charts
import Market
import Testing
import Turns

@Suite(.oneAtATime) struct TextChartTests {
    private let end = Timestamp(seconds: 1_764_000_000)

    @Test(
        "no line is wider than 34 columns, whatever the size of prices",
        arguments: [1e-9, 0.00001234, 0.5, 100, 61_234.5, 9_999_999])
    func width(price: Double) throws {
        let series = candles(60, endingAt: end) { price * (1 + 0.01 * Double($0 % 7)) }
        let chart = try #require(TextChart(candles: series))
        #expect(chart.lines.allSatisfy { $0.count <= 34 }, "\(chart.text)")
        #expect(chart.candles.count >= 12)
        #expect(chart.candles.last == series.last)
    }

    @Test("the scale names the highest and the lowest price, and marks the last")
    func scale() throws {
        let series = candles(20, endingAt: end) { [100, 110, 90, 105][$0 % 4] }
        let chart = try #require(TextChart(candles: series))
        #expect(chart.high == 110 * 1.001)
        #expect(chart.low == 90 * 0.999)
        #expect(chart.lines.count == 14)
        #expect(chart.lines[0].hasSuffix("110"))
        #expect(chart.lines[12].hasSuffix("90"))
        let marked = chart.lines.filter { $0.contains("◂") }
        #expect(marked.count == 1)
        #expect(marked.first?.contains("105") == true)
    }

    @Test("rising and falling bodies differ, and rows run from high to low")
    func bodies() throws {
        let rising = try #require(TextChart(candles: candles(10, endingAt: end) { 100 + Double($0) * 10 }))
        #expect(rising.lines[0].contains("█"))
        #expect(!rising.text.contains("░"))
        #expect(rising.lines[0].firstIndex(of: "█")! > rising.lines[11].firstIndex(of: "█")!)
        let falling = try #require(TextChart(candles: candles(10, endingAt: end) { 200 - Double($0) * 10 }))
        #expect(falling.text.contains("░"))
    }

    @Test("a market that stands still is drawn in the middle")
    func flat() throws {
        let flat = (0..<5).map {
            Candle(openTime: end + .hours(Int64($0)), open: 2, high: 2, low: 2, close: 2, volume: 0)
        }
        let chart = try #require(TextChart(candles: flat))
        #expect(chart.lines[6].hasPrefix("█████◂"))
        #expect(chart.lines.count == 13, "no volume, no row for it")
    }

    @Test("nothing can be drawn of nothing, of broken candles, or in no space")
    func impossible() {
        let good = candles(3, endingAt: end)
        var broken = good
        broken[1].high = .nan
        #expect(TextChart(candles: []) == nil)
        #expect(TextChart(candles: broken) == nil)
        #expect(TextChart(candles: good, width: 10) == nil)
        #expect(TextChart(candles: good, height: 2) == nil)
    }

    @Test("bars stand against the greatest value")
    func bars() {
        #expect(TextChart.bars([0, 1, 4, 8]) == "▁▁▄█")
        #expect(TextChart.bars([0, 0]) == nil)
    }
}
