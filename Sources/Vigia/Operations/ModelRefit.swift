import Forecasts
import Foundation
import Market

/// Fits the forecast models anew on stored candles once they are four weeks old, and keeps them in the store.
struct ModelRefit {
    /// Weights monthly: refitting more often bought nothing measurable.
    private static let every = Span.days(28)

    let candles: any CandleStore
    let store: ModelStore
    var symbols: [Symbol]
    let venue: Venue
    let horizons: [Timeframe]

    /// Returns what was kept; empty where nothing was due or there is too little to learn from.
    func run(now: Timestamp) async throws -> [Timeframe] {
        var kept: [Timeframe] = []
        let due = horizons.filter { horizon in
            guard horizon >= .h1 else { return false }
            // One that scored worse and was kept aside counts too: it would score the same an hour later.
            let latest = store.versions(horizon).last.flatMap { store.model($0, horizon) }
            return latest.map { now - $0.to >= Self.every } ?? true
        }
        guard !due.isEmpty else { return [] }
        let series = try await stored()
        for horizon in due {
            try Task.checkCancellation()
            guard let model = WalkForward(horizon: horizon).train(series) else { continue }
            _ = try store.offer(model)
            kept.append(horizon)
            await Task.yield()
        }
        return kept
    }

    /// Fits every horizon at once, however young its model is, on the stored hours of the symbols and of further ones.
    /// Horizons with too little to learn from are left out.
    func runNow(adding further: Set<Symbol>) async throws -> [(horizon: Timeframe, isAdopted: Bool)] {
        var wider = self
        wider.symbols += further.subtracting(symbols).sorted { $0.description < $1.description }
        let series = try await wider.stored()
        var fitted: [(horizon: Timeframe, isAdopted: Bool)] = []
        for horizon in horizons where horizon >= .h1 {
            try Task.checkCancellation()
            guard let model = WalkForward(horizon: horizon).train(series) else { continue }
            fitted.append((horizon, try store.offer(model).isAdopted))
            await Task.yield()
        }
        return fitted
    }

    /// Stored hours of the symbols that have any.
    func stored() async throws -> [SymbolCandles] {
        var found: [SymbolCandles] = []
        for symbol in symbols {
            let series = CandleSeries(symbol: symbol, timeframe: .h1, venue: venue)
            let hours = try await candles.candles(of: series, from: nil, to: nil, limit: nil)
            if !hours.isEmpty { found.append(SymbolCandles(symbol: symbol, candles: hours)) }
        }
        return found
    }
}

/// Where the models of an agent lie: beside its database, `vigia-models` for `vigia.sqlite`.
enum ModelFolder {
    static func url(_ settings: Settings) -> URL {
        let database = settings.text("DATABASE_URL")
        let path = database.hasPrefix("sqlite:") ? String(database.dropFirst("sqlite:".count)) : "vigia.sqlite"
        let file = URL(fileURLWithPath: path.isEmpty ? "vigia.sqlite" : path)
        let name = file.deletingPathExtension().lastPathComponent + "-models"
        return file.deletingLastPathComponent().appending(path: name)
    }
}
