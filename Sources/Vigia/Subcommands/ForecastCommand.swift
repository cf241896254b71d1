import ArgumentParser
import Forecasts
import Foundation
import Market

struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Forecasts at every candle of a file as they would have been made, as CSV.",
        discussion: "Example: vigia forecast btc_1h.csv.gz --symbol BTC --horizon 1h --from 2024-01-01")

    @Argument(help: "CSV with the header open_time,open,high,low,close,volume; gzip accepted.") var file: String
    @Option(help: "Symbol of the candles.") var symbol: String
    @Option(help: "1h, 4h, 1d or 1w.") var horizon: String = "1h"
    @Option(help: "First day to print, as 2024-01-01 (UTC); what lies before is learned from.") var from: String?
    @Option(help: "Models that take part: har, ewma or constant for size; ridge, logistic for direction.")
    var models: String = ForecastModels.standard.description
    @Flag(help: "One JSON object a step instead of CSV.") var json = false

    func run() throws {
        let input = try ForecastArgument.input(file: file, symbol: symbol, horizon: horizon, from: from)
        let models = try ForecastArgument.models(models)
        let progress = ProgressLine("forecast")
        let walk = WalkForward(horizon: input.horizon, base: input.base, models: models)
        let walks = walk.run([input.candles], from: input.from) { progress.show($0) }
        progress.end()
        let steps = walks[0].steps
        if steps.isEmpty {
            Console.error("\(file): no forecast; about five weeks of candles must lie before the first one")
        }
        guard json else {
            let lines = steps.map {
                ForecastTable.line($0, symbol: input.candles.symbol, horizon: input.horizon)
            }
            Console.out(([ForecastTable.header] + lines).joined(separator: "\n"))
            return
        }
        for step in steps { try Console.json(step) }
    }
}

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Walks forward over candle files and says how forecasts held, against baselines and gates.",
        discussion: "Example: vigia evaluate BTC=btc_1h.csv.gz ETH=eth_1h.csv.gz --horizon 1h --from 2023-01-01")

    @Argument(help: "SYMBOL=FILE of candles.") var files: [String]
    @Option(help: "1h, 4h, 1d or 1w.") var horizon: String = "1h"
    @Option(help: "First day that is judged, as 2024-01-01 (UTC).") var from: String?
    @Option(help: "Day at which judging ends, itself not included.") var to: String?
    @Option(help: "Models that take part: har, ewma or constant for size; ridge, logistic for direction.")
    var models: String = ForecastModels.standard.description
    @Flag(help: "One model over all files instead of one each.") var pooled = false
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let models = try ForecastArgument.models(models)
        let to = try to.map { try ForecastArgument.day($0, option: "--to") }
        let inputs = try files.map { file in
            let (symbol, path) = try ForecastArgument.named(file)
            var input = try ForecastArgument.input(file: path, symbol: symbol, horizon: horizon, from: from)
            if let to { input.candles.candles.removeAll { $0.openTime >= to } }
            return input
        }
        guard let first = inputs.first else { throw CommandFailure("no files", code: 2) }
        guard inputs.allSatisfy({ $0.base == first.base }) else {
            throw CommandFailure("the files have candles of different lengths")
        }
        let progress = ProgressLine("evaluate")
        let walk = WalkForward(horizon: first.horizon, base: first.base, models: models)
        let walks: [SymbolWalk]
        if pooled {
            walks = walk.run(inputs.map(\.candles), from: first.from) { progress.show($0) }
        } else {
            walks = inputs.enumerated().flatMap { index, input in
                walk.run([input.candles], from: first.from) {
                    progress.show((Double(index) + $0) / Double(inputs.count))
                }
            }
        }
        progress.end()
        let report = WalkReport(walks, horizon: first.horizon, base: first.base, models: models)
        guard json else {
            Console.out(report.text)
            return
        }
        try Console.json(Answer(report: report, gates: ForecastGate.all(of: report) ?? []))
    }

    private struct Answer: Encodable {
        var report: WalkReport
        var gates: [ForecastGate]
    }
}

/// What forecast commands are given.
enum ForecastArgument {
    struct Input {
        var candles: SymbolCandles
        var base: Timeframe
        var horizon: Timeframe
        var from: Timestamp?
    }

    static func input(file: String, symbol: String, horizon: String, from: String?) throws -> Input {
        guard let symbol = Symbol(symbol) else {
            throw CommandFailure("--symbol \(symbol.prefix(40)): expected a symbol such as BTC or ETH/BTC", code: 2)
        }
        let horizon = try self.horizon(horizon)
        let from = try from.map { try day($0, option: "--from") }
        let candles = try CandleArgument.read(file)
        guard let timeframe = CandleFile.timeframe(of: candles) else {
            throw CommandFailure(
                "\(file): the candles have no timeframe that is known (1m, 5m, 15m, 1h, 4h, 1d, 1w)")
        }
        guard let prepared = CandleBase.prepare(candles, timeframe: timeframe, horizon: horizon) else {
            throw CommandFailure(
                "\(file): candles of \(timeframe.rawValue) are too long for a forecast over \(horizon.rawValue)")
        }
        return Input(
            candles: SymbolCandles(symbol: symbol, candles: prepared.candles), base: prepared.base,
            horizon: horizon, from: from)
    }

    static func horizon(_ text: String) throws -> Timeframe {
        guard let horizon = Timeframe(rawValue: text), horizon >= .h1 else {
            throw CommandFailure("--horizon \(text.prefix(40)): expected one of 1h, 4h, 1d, 1w", code: 2)
        }
        return horizon
    }

    static func models(_ text: String) throws -> ForecastModels {
        do { return try ForecastModels(text: text) } catch {
            let known = ForecastModels.Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(
                error.isMissing
                    ? "--models \(error.name): this build has no such model; it has \(known)"
                    : "--models \(error.name): expected some of \(known)", code: 2)
        }
    }

    /// Reads `BTC=file`.
    static func named(_ argument: String) throws -> (symbol: String, path: String) {
        let sides = argument.split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { throw CommandFailure("\(argument): expected SYMBOL=FILE", code: 2) }
        return (String(sides[0]), String(sides[1]))
    }

    /// Midnight, UTC, of a day such as 2024-01-31; an instant such as 2024-01-31T12:00:00Z is taken as it is.
    static func day(_ text: String, option: String) throws -> Timestamp {
        let whole = text.contains("T") ? text : text + "T00:00:00Z"
        guard let date = try? Date(whole, strategy: .iso8601) else {
            throw CommandFailure("\(option) \(text.prefix(40)): expected a day such as 2024-01-31", code: 2)
        }
        return Timestamp(date)
    }
}
