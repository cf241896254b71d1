package import Market

/// Everything the watch knows, as a plain value: rules, the decision engine of each symbol, hours in the making. Events
/// in, decisions out; no waiting, no clock, no store, so that replay runs the same struct.
package struct WatchState: Sendable {
    /// Stored candles of one symbol and the primary venue, closed, oldest first.
    package struct History: Sendable {
        package var base: [Candle]
        /// Up to the last complete hour of `base`.
        package var hourly: [Candle]
        /// What rules asked for (`RuleEngine.historyNeeded`).
        package var longer: [Timeframe: [Candle]]

        package init(base: [Candle] = [], hourly: [Candle] = [], longer: [Timeframe: [Candle]] = [:]) {
            self.base = base
            self.hourly = hourly
            self.longer = longer
        }
    }

    /// A base candle that is decided later than this after its close is late, and what fires at it says so.
    package static let lateAfter = Span.minutes(2)

    package let primaryVenue: Venue
    package let base: Timeframe
    package private(set) var rules: RuleEngine
    /// Close time of the last base candle each symbol was decided at, or warmed up to.
    package private(set) var decidedUpTo: [Symbol: Timestamp] = [:]
    private var symbols: [Symbol: SymbolWatch] = [:]
    private struct ReadingPlace: Hashable, Sendable {
        var symbol: Symbol
        var kind: MarketReading.Kind
    }
    /// The newest figure of each kind that came from outside.
    private var readings: [ReadingPlace: MarketReading] = [:]
    private var notices: SourceNotices
    private let tradingRules: TradingRules
    /// `nil` takes every siren at its word.
    private var venues: VenueAgreement?

    private struct SymbolWatch: Sendable {
        var engine: DecisionEngine
        /// Makes hours out of the base; `nil` where the base is the hour.
        var hours: CandleAggregator?
        /// Of the book, as a fraction of its mid.
        var spread: Double?
        /// At the last closed hour.
        var strength: MarketReading?

        mutating func note(_ assessment: Assessment, of symbol: Symbol) {
            strength = MarketReading(
                symbol: symbol, kind: .strength, value: assessment.strength, time: assessment.factors.at)
        }
    }

    package init(
        rules: RuleEngine, primaryVenue: Venue, base: Timeframe = .m1, tradingRules: TradingRules = TradingRules(),
        venueTolerance: Double? = nil
    ) {
        precondition(base <= .h1)
        self.rules = rules
        self.primaryVenue = primaryVenue
        self.base = base
        self.tradingRules = tradingRules
        venues = venueTolerance.map { VenueAgreement(tolerance: $0) }
        notices = SourceNotices(primarySource: primaryVenue.name)
    }

    /// The symbol has its history, or has been seen without any.
    package func isWarm(_ symbol: Symbol) -> Bool { symbols[symbol] != nil }

    /// Gives a symbol its history; nothing is decided for it. Again at any time: what the history says replaces what
    /// was.
    package mutating func warmUp(_ symbol: Symbol, with history: History) {
        follow(symbol, with: history)
        rules.warmUp(symbol, base: history.base, longer: history.longer)
        recallStrength(of: symbol)
    }

    /// The same after a stored candle was corrected.
    package mutating func rebuild(_ symbol: Symbol, with history: History) {
        follow(symbol, with: history)
        rules.rebuild(symbol, base: history.base, longer: history.longer)
        recallStrength(of: symbol)
    }

    /// Gives rules that were just added the candles they asked for; the decision engine has its own already.
    package mutating func warmUpRules(of symbol: Symbol, with history: History) {
        rules.warmUp(symbol, base: history.base, longer: history.longer)
        recallStrength(of: symbol)
    }

    private mutating func recallStrength(of symbol: Symbol) {
        if let strength = symbols[symbol]?.strength { rules.take(strength) }
    }

    private mutating func follow(_ symbol: Symbol, with history: History) {
        var watch = freshWatch(symbol)
        watch.spread = symbols[symbol]?.spread
        for candle in history.hourly {
            if let assessment = watch.engine.assess(candle) { watch.note(assessment, of: symbol) }
        }
        // Minutes after the last stored hour belong to the hour in the making.
        let open = history.base.drop { candle in watch.engine.lastCloseTime.map { candle.openTime < $0 } ?? false }
        for candle in open {
            for hour in watch.hours?.add(candle) ?? [] {
                if let assessment = watch.engine.assess(hour) { watch.note(assessment, of: symbol) }
            }
        }
        symbols[symbol] = watch
        decidedUpTo[symbol] = history.base.last?.closeTime(base) ?? decidedUpTo[symbol]
    }

    private func freshWatch(_ symbol: Symbol) -> SymbolWatch {
        SymbolWatch(
            engine: DecisionEngine(symbol: symbol, rules: tradingRules),
            hours: base < .h1 ? CandleAggregator(from: base, to: .h1) : nil)
    }

    package mutating func apply(_ change: RuleChange) {
        rules.apply(change)
        // What was told before somebody asked: the next figure may be minutes or hours away.
        if case .added = change { for reading in readings.values { rules.take(reading) } }
    }

    /// Takes up sirens that waited for a second venue when an earlier process ended (`WatchProgress.unconfirmedSirens`).
    package mutating func resume(sirens: [Alert]) { venues?.resume(sirens) }

    /// What an event leads to. `now` is the rule clock. Only the primary venue is decided on; history and corrections
    /// decide nothing and reach the state by `warmUp` and `rebuild`.
    package mutating func handle(_ event: MarketEvent, now: Timestamp) -> DecisionBatch {
        switch event {
        case .quote(let quote):
            guard quote.venue == primaryVenue else {
                var batch = DecisionBatch(alerts: venues?.take(second: quote) ?? [])
                batch.merge(judged(rules.handle(second: quote)))
                return batch
            }
            venues?.take(primary: quote.last.approximate, of: quote.symbol)
            return judged(rules.handle(quote: quote))
        case .bookTop(let top):
            if top.venue == primaryVenue { symbols[top.symbol]?.spread = top.spread }
            return DecisionBatch()
        case .candleClosed(let closed):
            guard closed.venue == primaryVenue, closed.timeframe == base else { return DecisionBatch() }
            let late = now - closed.candle.closeTime(base) > WatchState.lateAfter
            venues?.take(primary: closed.candle.close, of: closed.symbol)
            return judged(decide(closed.candle, of: closed.symbol, late: late, now: now))
        case .backfilled(let backfill):
            guard backfill.venue == primaryVenue, backfill.timeframe == base, backfill.reason == .gap else {
                return DecisionBatch()
            }
            var batch = DecisionBatch()
            for candle in backfill.candles {
                batch.merge(decide(candle, of: backfill.symbol, late: true, now: now))
            }
            return batch
        case .health(let health):
            return DecisionBatch(alerts: notices.notice(health, now: now).map { [$0] } ?? [])
        case .reading(let reading):
            readings[ReadingPlace(symbol: reading.symbol, kind: reading.kind)] = reading
            return judged(rules.handle(reading: reading))
        case .listed(let listing):
            return rules.handle(listing: listing)
        case .ticker, .candleCorrected:
            return DecisionBatch()
        }
    }

    /// One closed base candle: the rules, and at the end of an hour the decision engine. A candle that is not newer
    /// than the last decided one decides nothing.
    private mutating func decide(_ candle: Candle, of symbol: Symbol, late: Bool, now: Timestamp) -> DecisionBatch {
        let closeTime = candle.closeTime(base)
        if let last = decidedUpTo[symbol], closeTime <= last { return DecisionBatch() }
        var watch = symbols[symbol] ?? freshWatch(symbol)
        var batch = rules.handle(candle: candle, of: symbol, late: late)
        let circumstances = Circumstances(now: now, spread: watch.spread)
        for hour in watch.hours?.add(candle) ?? (base == .h1 ? [candle] : []) {
            guard let assessment = watch.engine.assess(hour, circumstances: circumstances) else { continue }
            batch.alerts += assessment.opportunities.map(\.alert)
            batch.vetoes += assessment.vetoes(of: symbol)
            watch.note(assessment, of: symbol)
            if let strength = watch.strength { batch.merge(rules.handle(reading: strength)) }
        }
        symbols[symbol] = watch
        decidedUpTo[symbol] = closeTime
        return batch
    }

    /// Time passed on the rule clock.
    package mutating func advance(to now: Timestamp) -> DecisionBatch { judged(rules.advance(to: now)) }

    /// Sirens that only one venue sounds are none.
    private mutating func judged(_ batch: DecisionBatch) -> DecisionBatch {
        guard venues != nil, batch.alerts.contains(where: { $0.priority == .critical }) else { return batch }
        var batch = batch
        for index in batch.alerts.indices {
            if let alert = venues?.judge(batch.alerts[index]) { batch.alerts[index] = alert }
        }
        return batch
    }

    /// When `advance(to:)` has something to do.
    package var nextDeadline: Timestamp? { rules.nextDeadline }
}

extension BookTop {
    /// Ask less bid over their mean; `nil` for a crossed book.
    package var spread: Double? {
        let bid = bid.approximate
        let ask = ask.approximate
        return ask >= bid ? (ask - bid) / ((ask + bid) / 2) : nil
    }
}
