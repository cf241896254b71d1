import ArgumentParser
import Indicators
import Market

struct IndicatorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "indicators", abstract: "Computes indicators over a candles file, as CSV.",
        discussion: "Example: vigia indicators btc_1h.csv.gz --of \"rsi(14), macd(12,26,9), bollinger(20,2)\"")

    @Argument(help: "CSV with the header open_time,open,high,low,close,volume; gzip accepted.") var file: String
    @Option(name: .customLong("of"), help: "Indicators, comma separated, as rules spell them.") var list: String
    @Flag(help: "One JSON object a candle instead of CSV.") var json = false

    func run() throws {
        let specs: [IndicatorSpec]
        do { specs = try IndicatorSpec.parseList(list) } catch { throw CommandFailure("--of: \(error)", code: 2) }
        let candles = try CandleArgument.read(file)
        guard json else {
            Console.out(IndicatorTable.csv(candles: candles, specs: specs))
            return
        }
        let table = IndicatorTable.values(candles: candles, specs: specs)
        let names = specs.flatMap(\.columns)
        for (candle, row) in zip(candles, table) {
            let entry = Dictionary(uniqueKeysWithValues: zip(names, row))
            try Console.json(Row(openTime: candle.openTime, values: entry))
        }
    }

    private struct Row: Encodable {
        var openTime: Timestamp
        var values: [String: Double?]

        enum CodingKeys: String, CodingKey {
            case openTime = "open_time"
            case values
        }
    }
}

/// Candle files named on the command line.
enum CandleArgument {
    static func read(_ path: String) throws -> [Candle] {
        do { return try CandleFile.read(path: path) } catch { throw CommandFailure("\(path): \(error)") }
    }
}
