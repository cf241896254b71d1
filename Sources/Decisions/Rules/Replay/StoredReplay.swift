package import Market

/// Replays rules over the stored history of one venue.
///
/// The last year is replayed at every minute where a year of minutes is stored. Else the year is replayed at hourly
/// closes, and what minutes there are count for week and month. Hours before either serve averages that look far back.
package struct StoredReplay: Sendable {
    /// What a replay showed.
    package struct Result: Hashable, Sendable {
        package var statistics: RuleStatistics
        /// Of the first symbol.
        package var picture: ReplayPicture
        /// Symbols that were replayed: a few of many.
        package var symbols: [Symbol]

        package init(statistics: RuleStatistics, picture: ReplayPicture, symbols: [Symbol]) {
            self.statistics = statistics
            self.picture = picture
            self.symbols = symbols
        }
    }

    /// How many symbols of a rule are replayed; a person waits for the answer.
    static let mostSymbols = 5
    private static let year = Span.days(365)
    /// A year of minutes; what is asked for, too.
    private static let minutes = 1_440 * 366
    private static let hours = 24 * 366
    /// Hours before the year, for averages over days.
    private static let leadIn = 24 * 400

    private let candles: ReplayCandles
    private let venue: Venue

    package init(_ candles: ReplayCandles, venue: Venue) {
        self.candles = candles
        self.venue = venue
    }

    /// `nil` where nothing is stored, and for a rule over several symbols at once: a replay sees the candles of one.
    package func replay(
        _ rule: RuleDefinition, for symbols: [Symbol], suggesting: Bool = true
    ) async throws -> Result? {
        guard rule.otherSymbols.isEmpty else { return nil }
        var parts: [Part] = []
        for symbol in symbols.prefix(StoredReplay.mostSymbols) {
            if let part = try await part(rule, symbol) { parts.append(part) }
        }
        guard let first = parts.first, var statistics = RuleStatistics(parts.map(\.main), of: rule) else { return nil }
        // A look every minute sees what an hourly one sees and more, unless its data is too short for an average's
        // lead-in: the greater count is the better one.
        let recent = parts.map { $0.recent.flatMap { RuleStatistics([$0], of: rule) } }
        func greater(_ count: Int?, _ finer: (RuleStatistics) -> Int?) -> Int? {
            let finer = recent.reduce(0 as Int?) { sum, part in
                guard let sum, let part, let count = finer(part) else { return nil }
                return sum + count
            }
            guard let finer else { return count }
            return max(count ?? 0, finer)
        }
        statistics.lastWeek = greater(statistics.lastWeek) { $0.lastWeek }
        statistics.lastMonth = greater(statistics.lastMonth) { $0.lastMonth }
        let isNoisy = statistics.isNoisy || recent.contains { $0?.isNoisy == true }
        if suggesting, isNoisy {
            statistics.suggestion = try await suggestion(rule, first.symbol)
        }
        return Result(statistics: statistics, picture: first.main.picture, symbols: parts.map(\.symbol))
    }

    /// One symbol's replays.
    private struct Part {
        var symbol: Symbol
        var main: ReplaySample
        /// At every minute, where `main` is hourly.
        var recent: ReplaySample?
    }

    private func part(_ rule: RuleDefinition, _ symbol: Symbol) async throws -> Part? {
        let hourly = try await hours(of: symbol)
        let minutes = try await minutes(of: symbol)
        let covered = minutes.last.flatMap { last in minutes.first.map { last.openTime - $0.openTime } } ?? .zero
        if covered >= StoredReplay.year - .days(1) || !RulePreview.canSee(rule, over: .h1) || hourly.isEmpty {
            let main = ReplaySample(
                of: rule, candles: minutes, timeframe: .m1, symbol: symbol,
                after: leadIn(rule, symbol, hourly, before: minutes.first?.openTime, base: .m1))
            return main.map { Part(symbol: symbol, main: $0, recent: nil) }
        }
        let begin = max(0, hourly.count - StoredReplay.hours)
        let year = Array(hourly[begin...])
        let main = ReplaySample(
            of: rule, candles: year, timeframe: .h1, symbol: symbol,
            after: leadIn(rule, symbol, hourly, before: year.first?.openTime, base: .h1))
        let recent = ReplaySample(
            of: rule, candles: minutes, timeframe: .m1, symbol: symbol,
            after: leadIn(rule, symbol, hourly, before: minutes.first?.openTime, base: .m1))
        return main.map { Part(symbol: symbol, main: $0, recent: recent) }
    }

    /// Minutes begin with a day, so that no day of theirs is incomplete.
    private func minutes(of symbol: Symbol) async throws -> [Candle] {
        let stored = try await candles.newest(
            StoredReplay.minutes, of: CandleSeries(symbol: symbol, timeframe: .m1, venue: venue))
        guard let first = stored.first, stored.count > 2 * 1_440 else { return stored }
        let day = Timeframe.d1.openTime(containing: first.openTime)
        return day == first.openTime ? stored : Array(stored.drop { $0.openTime < day + .days(1) })
    }

    private func hours(of symbol: Symbol) async throws -> [Candle] {
        try await candles.newest(
            StoredReplay.hours + StoredReplay.leadIn, of: CandleSeries(symbol: symbol, timeframe: .h1, venue: venue))
    }

    /// Longer candles before `begin`, made from hours, where the rule reads such.
    private func leadIn(
        _ rule: RuleDefinition, _ symbol: Symbol, _ hourly: [Candle], before begin: Timestamp?, base: Timeframe
    ) -> [Timeframe: [Candle]] {
        guard let begin else { return [:] }
        let needed = RuleReplay(rule, subject: rule.subject(among: symbol), symbol: symbol, base: base).leadInNeeded
        guard !needed.isEmpty else { return [:] }
        let before = Array(hourly.prefix { $0.closeTime(.h1) <= begin })
        var longer: [Timeframe: [Candle]] = [:]
        for (timeframe, count) in needed where timeframe >= .h1 {
            longer[timeframe] = Array(CandleAggregator.aggregate(before, from: .h1, to: timeframe).suffix(count))
        }
        return longer
    }

    private func suggestion(_ rule: RuleDefinition, _ symbol: Symbol) async throws -> RuleStatistics.Suggestion? {
        let minutes = try await minutes(of: symbol)
        let isMinutes = minutes.count >= 7 * 1_440
        let searched = isMinutes ? minutes : Array(try await hours(of: symbol).suffix(StoredReplay.hours))
        return LevelSearch.suggestion(for: rule, candles: searched, timeframe: isMinutes ? .m1 : .h1, symbol: symbol)
    }
}
