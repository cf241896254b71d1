import ArgumentParser
import Foundation
import Market
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the database to this version's schema.",
        discussion: "Example: vigia migrate --dry-run")

    @OptionGroup var options: SettingOptions
    @Flag(help: "Only says what is pending.") var dryRun = false
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let database = try await DatabaseOpening.open(options.settings(), migrate: false)
        let names: [String]
        do { names = try await database.migrate(dryRun: dryRun) } catch { throw CommandFailure("migrate: \(error)") }
        if json {
            try Console.json([dryRun ? "pending" : "applied": names])
        } else {
            let verb = dryRun ? "pending" : "applied"
            Console.out(names.isEmpty ? "nothing to do" : names.map { "\(verb): \($0)" }.joined(separator: "\n"))
        }
    }
}

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Stores candles of a file; where both exist, aggregation from 1m wins.",
        discussion: "Example: vigia import btc.csv.gz --symbol BTC --timeframe 1h --venue binance")

    @OptionGroup var options: SettingOptions
    @Argument(help: "CSV with the header open_time,open,high,low,close,volume; gzip accepted.") var file: String
    @Option(help: "Symbol, as BTC or ETH/BTC.") var symbol: String
    @Option(help: "1m, 5m, 15m, 1h, 4h, 1d or 1w.") var timeframe: String
    @Option(help: "Venue of the series.") var venue: String = "binance"
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let series = try SeriesArgument.series(symbol: symbol, timeframe: timeframe, venue: venue)
        let candles = try CandleArgument.read(file)
        if let stray = candles.first(where: { !series.timeframe.isAligned($0.openTime) }) {
            throw CommandFailure(
                "\(file): open_time \(stray.openTime.milliseconds) does not begin a \(timeframe) candle")
        }
        let store = SQLCandleStore(try await DatabaseOpening.open(options.settings()))
        let kept = try await CandleImport(store: store).run(candles, series: series)
        if json {
            try Console.json(["read": candles.count, "stored": kept])
        } else {
            Console.out("\(candles.count) candles read, \(kept) stored as \(venue) \(symbol) \(timeframe)")
        }
    }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints stored candles as CSV.",
        discussion: "Example: vigia export --symbol BTC --timeframe 1h > btc.csv")

    @OptionGroup var options: SettingOptions
    @Option(help: "Symbol, as BTC or ETH/BTC.") var symbol: String
    @Option(help: "1m, 5m, 15m, 1h, 4h, 1d or 1w.") var timeframe: String
    @Option(help: "Venue of the series.") var venue: String = "binance"
    @Flag(help: "One JSON object a candle.") var json = false

    func run() async throws {
        let series = try SeriesArgument.series(symbol: symbol, timeframe: timeframe, venue: venue)
        let store = SQLCandleStore(try await DatabaseOpening.open(options.settings()))
        let candles = try await store.candles(of: series, from: nil, to: nil, limit: nil)
        if json {
            for candle in candles { try Console.json(candle) }
        } else {
            Console.out(([CandleFile.header] + candles.map(CandleFile.line)).joined(separator: "\n"))
        }
    }
}

enum SeriesArgument {
    static func series(symbol: String, timeframe: String, venue: String) throws -> CandleSeries {
        guard let symbol = Symbol(symbol) else {
            throw CommandFailure("--symbol \(symbol.prefix(40)): expected a symbol such as BTC or ETH/BTC", code: 2)
        }
        guard let timeframe = Timeframe(rawValue: timeframe) else {
            let accepted = Timeframe.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("--timeframe \(timeframe.prefix(40)): expected one of \(accepted)", code: 2)
        }
        return CandleSeries(symbol: symbol, timeframe: timeframe, venue: Venue(venue))
    }
}

/// Stores imported candles. Native candles are kept as they are; one whose span is covered by stored 1m candles, and a
/// longer one that 1m candles complete, are what the minutes say.
struct CandleImport {
    let store: any CandleStore

    /// Returns how many rows changed.
    func run(_ candles: [Candle], series: CandleSeries) async throws -> Int {
        var changed = try await store.save(candles, of: series)
        if series.timeframe == .m1 {
            guard let first = candles.first, let last = candles.last else { return changed }
            for longer in Timeframe.allCases where longer > .m1 {
                let whole = longer.openTime(containing: first.openTime)
                let minutes = try await store.candles(
                    of: series, from: whole, to: longer.openTime(containing: last.openTime) + longer.span, limit: nil)
                changed += try await store.save(
                    CandleAggregator.aggregate(minutes, from: .m1, to: longer),
                    of: CandleSeries(symbol: series.symbol, timeframe: longer, venue: series.venue))
            }
        } else {
            let minutes = CandleSeries(symbol: series.symbol, timeframe: .m1, venue: series.venue)
            if let extent = try await store.extent(of: minutes) {
                let covered = try await store.candles(of: minutes, from: extent.lowerBound, to: nil, limit: nil)
                _ = try await store.save(
                    CandleAggregator.aggregate(covered, from: .m1, to: series.timeframe), of: series)
            }
        }
        return changed
    }
}
