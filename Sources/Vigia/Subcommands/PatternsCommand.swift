import ArgumentParser
import Indicators
import Market

struct PatternsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patterns", abstract: "Finds candlestick and chart patterns in a candles file, as CSV.",
        discussion: """
            Example: vigia patterns btc_1h.csv.gz
            A column for each of TA-Lib's 61 functions with its values, -200 to 200, empty while undefined. With \
            --chart-patterns the shapes of many candles instead, a line each, in the order in which they became known.
            """)

    @Argument(help: "CSV with the header open_time,open,high,low,close,volume; gzip accepted.") var file: String
    @Flag(help: "Double tops, head and shoulders, triangles, channels, levels and break-outs, with their points.")
    var chartPatterns = false
    @Flag(help: "JSON instead of CSV: one object a candle, or a chart pattern.") var json = false

    func run() throws {
        let candles = try CandleArgument.read(file)
        switch (chartPatterns, json) {
        case (false, false): Console.out(CandlePatternTable.csv(candles: candles))
        case (true, false): Console.out(ChartPattern.csv(candles: candles))
        case (true, true):
            var stream = ChartPatternStream()
            for candle in candles { for pattern in stream.update(candle) { try Console.json(pattern) } }
        case (false, true):
            let table = CandlePatternTable(candles: candles)
            for (row, candle) in candles.enumerated() {
                let values = CandlePattern.all.map { ($0.functionName, table.value($0, at: row)) }
                try Console.json(Row(openTime: candle.openTime, values: Dictionary(uniqueKeysWithValues: values)))
            }
        }
    }

    private struct Row: Encodable {
        var openTime: Timestamp
        var values: [String: Int?]

        enum CodingKeys: String, CodingKey {
            case openTime = "open_time"
            case values
        }
    }
}
