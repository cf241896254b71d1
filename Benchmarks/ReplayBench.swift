import Decisions
import Foundation
import Market
import Storage

/// Replay of a rule over a year, with its statistics: candles at hand, and from the store first.
enum ReplayBench {
    static func run() async throws {
        guard let symbol = Symbol("BTC") else { return }
        let minutes = Series.walk(count: 525_600)
        let hours = CandleAggregator.aggregate(minutes, from: .m1, to: .h1)
        let symbols = SpelledSymbols(known: [symbol])
        for (name, text) in [
            ("price", "BTC > 31000"), ("price_crossing", "BTC crosses above 31000"),
            ("two_indicators", "BTC rsi(14, 4h) < 30 and price > sma(50, 1d)"),
            ("two_minute_indicators", "BTC rsi(14, 1m) < 30 and price > ema(200, 1m)"),
        ] {
            let rule = try RuleText.parse(text, symbols: symbols)
            for (length, candles, timeframe) in [("1m", minutes, Timeframe.m1), ("1h", hours, .h1)] {
                if length == "1h", text.contains("1m") { continue }
                let time = best(length == "1h" ? 15 : 5) {
                    _ = ReplaySample(of: rule, candles: candles, timeframe: timeframe, symbol: symbol)
                        .flatMap { RuleStatistics([$0], of: rule) }
                }
                report("replay_\(name)_year_of_\(length)", time, "ms")
            }
        }
        try await fromStore(minutes, hours, symbol, symbols)
    }

    /// What a person waits for: the first rule of a symbol, and the next one.
    private static func fromStore(
        _ minutes: [Candle], _ hours: [Candle], _ symbol: Symbol, _ symbols: SpelledSymbols
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(url: "sqlite:" + folder.appending(path: "bench.sqlite").path)
        _ = try await database.migrate()
        let store = SQLCandleStore(database)
        for start in stride(from: 0, to: minutes.count, by: 50_000) {
            let piece = Array(minutes[start..<min(minutes.count, start + 50_000)])
            try await store.save(piece, of: CandleSeries(symbol: symbol, timeframe: .m1, venue: .binance))
        }
        try await store.save(hours, of: CandleSeries(symbol: symbol, timeframe: .h1, venue: .binance))
        let rule = try RuleText.parse("BTC > 31000", symbols: symbols)
        let noisy = try RuleText.parse("BTC rsi(14, 15m) < 40 every 10m", symbols: symbols)
        var (first, next, calmer) = (Double.infinity, Double.infinity, Double.infinity)
        for _ in 0..<3 {
            let replay = StoredReplay(ReplayCandles(store), venue: .binance)
            let began = ContinuousClock.now
            _ = try await replay.replay(rule, for: [symbol])
            let loaded = ContinuousClock.now
            _ = try await replay.replay(rule, for: [symbol])
            let again = ContinuousClock.now
            _ = try await replay.replay(noisy, for: [symbol])
            first = min(first, (loaded - began).milliseconds)
            next = min(next, (again - loaded).milliseconds)
            calmer = min(calmer, (ContinuousClock.now - again).milliseconds)
        }
        report("replay_price_year_of_1m_from_store", first, "ms")
        report("replay_price_year_of_1m_next_rule", next, "ms")
        report("replay_noisy_rule_with_suggestion", calmer, "ms")
    }

    /// Milliseconds of processor time of the fastest run.
    private static func best(_ runs: Int, _ body: () -> Void) -> Double {
        var best = Double.infinity
        for _ in 0..<runs {
            let began = clock()
            body()
            best = min(best, Double(clock() - began) / Double(CLOCKS_PER_SEC) * 1e3)
        }
        return best
    }
}
