import ArgumentParser
import Forecasts
import Foundation
import Market
import Storage

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fits the forecast models on candle files, or on stored candles, and keeps them as new versions.",
        discussion: "Example: vigia train BTC=btc_1h.csv.gz ETH=eth_1h.csv.gz --horizon 1h")

    @OptionGroup var options: SettingOptions
    @Argument(help: "SYMBOL=FILE of 1h candles; without any, the stored ones of DEFAULT_SYMBOLS.")
    var files: [String] = []
    @Option(help: "1h, 4h, 1d or 1w; without it each of PREDICTION_TIMEFRAMES.") var horizon: String?
    @Option(help: "Venue of stored candles.") var venue: String = "binance"
    @Option(help: "Folder of the models; without it the agent's, beside its database.") var folder: String?
    @Flag(help: "Goes back to the version before, and trains nothing.") var rollBack = false
    @Flag(help: "One JSON object a horizon.") var json = false

    func run() async throws {
        let settings = try options.settings()
        let horizons =
            try horizon.map { [try ForecastArgument.horizon($0)] }
            ?? settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
            }.filter { $0 >= .h1 }
        let store = ModelStore(folder: folder.map { URL(fileURLWithPath: $0) } ?? ModelFolder.url(settings))
        if rollBack {
            for horizon in horizons { try goBack(horizon, store) }
            return
        }
        let series = try await series(settings)
        for horizon in horizons {
            let progress = ProgressLine("train \(horizon.rawValue)")
            let model = WalkForward(horizon: horizon).train(series) { progress.show($0) }
            progress.end()
            guard let model else {
                throw CommandFailure("\(horizon.rawValue): too few candles to learn from (five weeks at least)")
            }
            let kept = try keep(model, store)
            try say(model, kept)
        }
    }

    private func series(_ settings: Settings) async throws -> [SymbolCandles] {
        guard files.isEmpty else {
            return try files.map { file in
                let (symbol, path) = try ForecastArgument.named(file)
                let input = try ForecastArgument.input(file: path, symbol: symbol, horizon: "1w", from: nil)
                guard input.base == .h1 else { throw CommandFailure("\(path): expected candles of 1h or shorter") }
                return input.candles
            }
        }
        let refit = ModelRefit(
            candles: SQLCandleStore(try await DatabaseOpening.open(settings)),
            store: ModelStore(folder: ModelFolder.url(settings)), symbols: settings.symbols("DEFAULT_SYMBOLS"),
            venue: Venue(venue), horizons: [])
        let found = try await refit.stored()
        guard !found.isEmpty else {
            throw CommandFailure("the database holds no 1h candles of DEFAULT_SYMBOLS from \(venue)")
        }
        return found
    }

    private func keep(_ model: TrainedModel, _ store: ModelStore) throws -> (version: Int, isAdopted: Bool) {
        do { return try store.offer(model) } catch { throw CommandFailure("\(store.folder.path): \(error)") }
    }

    private func goBack(_ horizon: Timeframe, _ store: ModelStore) throws {
        let version: Int?
        do { version = try store.rollBack(horizon) } catch { throw CommandFailure("\(store.folder.path): \(error)") }
        guard let version else { throw CommandFailure("\(horizon.rawValue): there is no version to go back to") }
        Console.out("\(horizon.rawValue): version \(version) is in use")
    }

    private func say(_ model: TrainedModel, _ kept: (version: Int, isAdopted: Bool)) throws {
        guard !json else {
            try Console.json(Answer(version: kept.version, adopted: kept.isAdopted, model: model))
            return
        }
        func text(_ value: Double) -> String { String(format: "%.3f", value) }
        let scores = model.scores
        Console.out(
            "\(model.horizon.rawValue): version \(kept.version) "
                + (kept.isAdopted ? "is in use" : "kept aside: the one in use scored better")
                + ", \(model.rows) rows to \(model.to.date.formatted(.iso8601.year().month().day())); "
                + "trailing year: loss \(text(scores.loss)) (trailing-year constant \(text(scores.constantLoss))), "
                + "90% band held \(text(scores.coverage90)), 50% \(text(scores.coverage50)), "
                + "skill \(text(scores.skill)), \(scores.judged) judged")
    }

    private struct Answer: Encodable {
        var version: Int
        var adopted: Bool
        var model: TrainedModel
    }
}
