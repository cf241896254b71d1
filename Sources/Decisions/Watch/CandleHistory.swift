import Market

/// Reads what the watch starts from: stored candles of one venue.
///
/// The 5m and 15m candles that rules want come from the stored base, the 4h and longer ones from the stored hours, so
/// that they are there however the history got in (live feed, back-fill, import of one timeframe).
struct CandleHistory: Sendable {
    /// What the board keeps.
    static let minutes = 1_500
    static let hours = 200

    let store: any CandleStore
    let venue: Venue
    let base: Timeframe

    /// Candles that were complete at `end` (`nil`: all), as many as the engines and the board need, and as rules
    /// `need`.
    func load(_ symbol: Symbol, upTo end: Timestamp?, needs: [Timeframe: Int]) async throws -> WatchState.History {
        func count(_ frames: [Timeframe], over unit: Timeframe, atLeast least: Int) -> Int {
            frames.reduce(least) { most, frame in
                // One more for the candle that is cut off at the beginning.
                max(most, needs[frame].map { ($0 + 1) * Int(frame.span.milliseconds / unit.span.milliseconds) } ?? 0)
            }
        }
        let long = Timeframe.allCases.filter { $0 >= .h1 }
        var hourly = try await stored(
            symbol, .h1, upTo: end, limit: count(long, over: .h1, atLeast: DecisionEngine.historyNeeded))
        var base = hourly
        if self.base < .h1 {
            let short = Timeframe.allCases.filter { $0 >= self.base && $0 < .h1 }
            base = try await stored(
                symbol, self.base, upTo: end, limit: count(short, over: self.base, atLeast: CandleHistory.minutes))
            // Hours that the base knows and the store does not yet.
            let tail = base.drop { candle in hourly.last.map { candle.openTime < $0.closeTime(.h1) } ?? false }
            hourly += CandleAggregator.aggregate(Array(tail), from: self.base, to: .h1)
        }
        var longer: [Timeframe: [Candle]] = [:]
        for (frame, wanted) in needs where frame > self.base {
            let made =
                frame == .h1
                ? hourly
                : CandleAggregator.aggregate(
                    frame < .h1 ? base : hourly, from: frame < .h1 ? self.base : .h1, to: frame)
            longer[frame] = Array(made.suffix(wanted))
        }
        return WatchState.History(base: base, hourly: hourly, longer: longer)
    }

    /// Base candles that were complete after `mark`.
    func undecided(_ symbol: Symbol, after mark: Timestamp) async throws -> [Candle] {
        try await store.candles(of: series(symbol, base), from: mark, to: nil, limit: nil)
    }

    /// A ladder that goes on where the stored candles end. What its rungs hold of their unfinished candles is made from
    /// the base and the hours, which every way into the store fills (live feed, back-fill, import); 5m, 15m and 4h
    /// candles are stored only once they were made here.
    func ladder(_ symbol: Symbol, after last: Candle?) async throws -> CandleLadder {
        var ladder = CandleLadder(base: base, after: last?.openTime)
        guard let next = last?.closeTime(base) else { return ladder }
        let unit = max(base, .h1)
        var hours = try await store.candles(
            of: series(symbol, unit), from: Timeframe.w1.openTime(containing: next),
            to: next - unit.span + .milliseconds(1), limit: nil)
        var minutes: [Candle] = []
        if base < unit {
            let known = hours.last?.closeTime(unit) ?? Timeframe.d1.openTime(containing: next)
            minutes = try await store.candles(
                of: series(symbol, base), from: min(known, unit.openTime(containing: next)), to: next, limit: nil)
            hours += CandleAggregator.aggregate(minutes.filter { $0.openTime >= known }, from: base, to: unit)
        }
        for step in CandleLadder.steps(from: base).reversed() {
            let source = step.part < unit ? base : unit
            let open = step.whole.openTime(containing: next)
            let pieces = (source == base && base < unit ? minutes : hours).filter { $0.openTime >= open }
            ladder.restore(CandleAggregator.aggregate(pieces, from: source, to: step.part), of: step.part)
        }
        return ladder
    }

    func series(_ symbol: Symbol, _ timeframe: Timeframe) -> CandleSeries {
        CandleSeries(symbol: symbol, timeframe: timeframe, venue: venue)
    }

    private func stored(
        _ symbol: Symbol, _ timeframe: Timeframe, upTo end: Timestamp?, limit: Int
    ) async throws -> [Candle] {
        try await store.candles(
            of: series(symbol, timeframe), from: nil, to: end.map { $0 - timeframe.span + .milliseconds(1) },
            limit: limit)
    }
}
