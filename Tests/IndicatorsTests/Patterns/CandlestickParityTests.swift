import Foundation
import Indicators
import Market
import Support
import Testing
import Turns

/// Against values that TA-Lib gave; the data lies beside the project and the tests are off where it does not.
@Suite(.oneAtATime) struct CandlestickParityTests {
    @Test(
        "all 61 columns are TA-Lib's at every row",
        .enabled(if: SharedData.has("talib_reference/cdl_patterns.csv.gz")))
    func madeUpCandles() throws {
        let candles = try SharedData.referenceCandles()
        let expected = try SharedData.table("talib_reference/cdl_patterns.csv.gz")
        let table = CandlePatternTable(candles: candles)
        #expect(Set(expected.keys).subtracting(["i"]) == Set(CandlePattern.all.map(\.functionName)))
        for pattern in CandlePattern.all {
            let column = try #require(expected[pattern.functionName])
            let found = candles.indices.map { Double(table.value(pattern, at: $0) ?? 0) }
            #expect(found == column, "\(pattern)")
            #expect(column.contains { $0 != 0 }, "\(pattern) is tried")
        }
    }

    @Test(
        "on real candles every hit is TA-Lib's, and no other", .enabled(if: SharedData.has("talib_real_candles")),
        arguments: [
            ("candles/binance_spot_BTCUSDT_1d_20170817_20241231.csv.gz", "BTCUSDT_1d_20170817_20241231", 2694),
            (
                "candles/binance_usdm_perp_ETHUSDT_1h_20200101_20241231.csv.gz",
                "ETHUSDT_perp_1h_first3000_from_20200101", 3000
            ),
        ])
    func realCandles(file: String, name: String, count: Int) throws {
        struct Hit: Hashable {
            var time: Int64
            var pattern: String
            var value: Int
        }
        let bytes = try CandleFile.contents(path: SharedData.path("talib_real_candles/\(name)_cdl_nonzero.csv.gz"))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
        let expected = try lines.map { line in
            let fields = line.split(separator: ",")
            return Hit(
                time: try #require(Int64(fields[0])), pattern: String(fields[1]), value: try #require(Int(fields[2])))
        }
        let candles = Array(try SharedData.candles(file).prefix(count))
        let table = CandlePatternTable(candles: candles)
        let found = candles.indices.flatMap { row in
            table.hits(at: row).map {
                Hit(time: candles[row].openTime.milliseconds, pattern: $0.pattern.functionName, value: $0.value)
            }
        }
        #expect(expected.count > 5000)
        #expect(Set(found) == Set(expected))
        #expect(found.count == expected.count)
    }
}

extension SharedData {
    /// The made-up candles that TA-Lib's reference columns belong to, an hour each.
    static func referenceCandles() throws -> [Candle] {
        let input = try table("talib_reference/input.csv.gz")
        func column(_ name: String) -> [Double] { (input[name] ?? []).map { $0 ?? .nan } }
        let (open, high, low) = (column("open"), column("high"), column("low"))
        let (close, volume) = (column("close"), column("volume"))
        return close.indices.map {
            Candle(
                openTime: Timestamp(seconds: Int64($0) * 3600), open: open[$0], high: high[$0], low: low[$0],
                close: close[$0], volume: volume[$0])
        }
    }
}
