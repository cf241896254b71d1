package import Market

/// What a replay of one symbol gives to statistics: the firings, and what the price did after them and after every
/// close. It holds no candles, so that several symbols fit in memory side by side.
package struct ReplaySample: Sendable {
    /// How long after a firing the price is looked at.
    static let horizons: [Span] = [.hours(1), .hours(24), .days(7)]
    /// Horizon that firings are compared with random ones at.
    static let drawHorizon = Span.hours(24)
    /// Closes that the base rate is taken over, evenly spread.
    private static let mostBase = 4096

    /// Open time of the first candle, close times of the first and the last one.
    var began: Timestamp
    var from: Timestamp
    package var to: Timestamp
    /// Close times of the candles at whose close it fired.
    package var firings: [Timestamp]
    var outcomes: [Outcome]
    var draws: Draws
    package var picture: ReplayPicture

    /// What the price did some time after.
    struct Outcome: Sendable {
        var after: Span
        /// Price then over price at the firing, minus 1, of the firings that the data shows it for.
        var moves: [Double]
        /// Close times of those firings.
        var times: [Int64]
        /// The same as `moves`, from closes evenly spread over the data.
        var base: [Double]
    }

    /// Whether the price stood higher `drawHorizon` later: 1, 0, or −1 where it is not known; a number a close.
    struct Draws: Sendable {
        var rose: [Int8]
        /// Places of the firings in it.
        var firings: [Int]
    }

    /// Replays `rule` over `candles` of `symbol`, oldest first. `nil` without candles.
    package init?(
        of rule: RuleDefinition, candles: [Candle], timeframe: Timeframe, symbol: Symbol,
        after leadIn: [Timeframe: [Candle]] = [:]
    ) {
        guard let first = candles.first, let last = candles.last else { return nil }
        var replay = RuleReplay(rule, subject: rule.subject(among: symbol), symbol: symbol, base: timeframe)
        let readings = CandleReadings.of(
            rule, candles: candles, timeframe: timeframe, symbol: symbol, subject: rule.subject(among: symbol))
        let fired = replay.firings(over: candles, after: leadIn, readings: readings)
        began = first.openTime
        from = first.closeTime(timeframe)
        to = last.closeTime(timeframe)
        let path = PricePath(candles: candles, timeframe: timeframe)
        firings = fired.map { candles[$0].closeTime(timeframe) }
        let stride = max(1, candles.count / ReplaySample.mostBase)
        let everywhere = Array(Swift.stride(from: 0, to: candles.count, by: stride))
        outcomes = ReplaySample.horizons.map { Outcome(after: $0, path, firings: fired, everywhere: everywhere) }
        let rose = path.rose(after: ReplaySample.drawHorizon)
        draws = Draws(rose: rose, firings: fired.filter { $0 < rose.count && rose[$0] >= 0 })
        picture = ReplayPicture(candles: candles, timeframe: timeframe, firings: firings)
    }
}

extension RuleDefinition {
    /// Whom it is replayed for over candles of `symbol`.
    func subject(among symbol: Symbol) -> Symbol {
        switch symbols {
        case .all: symbol
        case .listed(let listed): listed.contains(symbol) ? symbol : listed[0]
        }
    }
}

extension ReplaySample.Outcome {
    fileprivate init(after span: Span, _ path: PricePath, firings: [Int], everywhere: [Int]) {
        after = span
        var moves: [Double] = []
        var times: [Int64] = []
        for index in firings {
            guard let move = path.move(from: index, after: span) else { continue }
            moves.append(move)
            times.append(path.time(of: index))
        }
        self.moves = moves
        self.times = times
        base = everywhere.compactMap { path.move(from: $0, after: span) }
    }
}

/// Closes of the data by time.
struct PricePath {
    let candles: [Candle]
    let timeframe: Timeframe

    func time(of index: Int) -> Int64 { candles[index].openTime.milliseconds + timeframe.span.milliseconds }

    /// Close `span` after that of a candle over its own, minus 1; `nil` where the data ends before or has a hole there.
    func move(from index: Int, after span: Span) -> Double? {
        let then = time(of: index) + span.milliseconds
        guard let last = candles.indices.last, then <= time(of: last) else { return nil }
        // A candle is never closer than its interval to the next one, so the one sought is not further away than this.
        var low = index
        var high = min(candles.count, index + Int(span.milliseconds / timeframe.span.milliseconds) + 1)
        while low < high {
            let middle = (low + high) / 2
            if time(of: middle) <= then { low = middle + 1 } else { high = middle }
        }
        return move(from: index, to: low - 1, then)
    }

    private func move(from index: Int, to place: Int, _ then: Int64) -> Double? {
        // Looking ahead by less than a candle finds the candle itself, which says nothing.
        guard place > index, then - time(of: place) <= Staleness.limit(timeframe) else { return nil }
        return candles[place].close / candles[index].close - 1
    }

    /// For every close that has one `span` later: whether that is higher.
    func rose(after span: Span) -> [Int8] {
        guard let last = candles.indices.last else { return [] }
        let end = time(of: last)
        var rose: [Int8] = []
        rose.reserveCapacity(candles.count)
        var place = 0
        for index in candles.indices {
            let then = time(of: index) + span.milliseconds
            if then > end { break }
            while place + 1 < candles.count, time(of: place + 1) <= then { place += 1 }
            rose.append(move(from: index, to: place, then).map { $0 > 0 ? 1 : 0 } ?? -1)
        }
        return rose
    }
}
