import Logging
import Market
import People

/// What the watch's consumer does with each input, and the state that it alone owns.
struct WatchLoop {
    let settings: MarketWatch.Settings
    let stores: MarketWatch.Stores
    let board: MarketBoard
    let symbols: any SymbolResolving
    private let ruleClock: MarketWatch.RuleClock
    private let mailbox: Mailbox
    let logger: Logger
    private let history: CandleHistory
    private let metrics = WatchMetrics()
    let patience: StorePatience
    /// `nil`: what rules read of forecasts stays unknown.
    private let forecasts: RuleForecasts?

    private(set) var state: WatchState
    var silence: FeedSilence
    private var ladders: [Symbol: CandleLadder] = [:]
    private var marks = ProgressMarks()
    /// Symbols whose stored history grew under the engines.
    private var outdated: Set<Symbol> = []
    /// When a grown history was last read again, on the rule clock: a first back-fill comes in hundreds of pieces.
    private var refreshedAt: [Symbol: Timestamp] = [:]
    private static let refreshRest = Span.minutes(5)

    init(
        settings: MarketWatch.Settings, stores: MarketWatch.Stores, board: MarketBoard, symbols: any SymbolResolving,
        ruleClock: MarketWatch.RuleClock, sleeper: any Clock<Duration>, mailbox: Mailbox,
        forecasts: RuleForecasts? = nil,
        logger: Logger
    ) {
        self.settings = settings
        self.stores = stores
        self.board = board
        self.symbols = symbols
        self.ruleClock = ruleClock
        self.mailbox = mailbox
        self.forecasts = forecasts
        self.logger = logger
        history = CandleHistory(store: stores.candles, venue: settings.primaryVenue, base: settings.base)
        patience = StorePatience(sleeper: sleeper, mailbox: mailbox, metrics: metrics, logger: logger)
        state = WatchLoop.freshState(settings, symbols)
        silence = FeedSilence(base: settings.base)
    }

    private static func freshState(_ settings: MarketWatch.Settings, _ symbols: any SymbolResolving) -> WatchState {
        WatchState(
            rules: RuleEngine(base: settings.base, defaultSymbols: settings.defaultSymbols, symbols: symbols),
            primaryVenue: settings.primaryVenue, base: settings.base, tradingRules: settings.tradingRules,
            venueTolerance: settings.venueTolerance)
    }

    var ruleCount: Int { state.rules.ruleCount }
    var symbolCount: Int { ladders.count }
    var now: Timestamp { ruleClock.source.now }

    // MARK: Start

    /// Rules from the store, every wanted symbol's history, then the candles that were stored and not decided.
    mutating func prepare() async throws {
        state = WatchLoop.freshState(settings, symbols)
        ladders = [:]
        marks = ProgressMarks()
        // Changes that were told before this are in the store already.
        mailbox.forgetChanges()
        let stores = stores
        let subscribed = try await patience.whatever("load subscriptions") {
            try await stores.rules.subscribedSymbols()
        }
        let decided = try await patience.whatever("load progress") {
            try await stores.progress?.decidedUpTo() ?? [:]
        }
        for (owner, symbols) in subscribed { state.apply(.subscriptions(owner, symbols)) }
        let entries = try await patience.whatever("load entries") { try await stores.entries?.entryPrices() ?? [:] }
        for (owner, prices) in entries { state.apply(.entries(owner, prices)) }
        try await RulePages(store: stores.rules) { [patience] page in
            try await patience.whatever("load rules", page)
        }.forEach { state.apply(.added($0)) }
        let wanted = Set(settings.defaultSymbols).union(subscribed.values.joined()).union(state.rules.requiredSymbols)
        for symbol in wanted.sorted() { try await warmUp(symbol, decidedUpTo: decided[symbol]) }
        let since = now - VenueAgreement.patience
        let sirens = try await patience.whatever("load sirens") {
            try await stores.progress?.unconfirmedSirens(since: since) ?? []
        }
        state.resume(sirens: sirens)
    }

    /// Gives a symbol its stored history; what is stored after `mark` is decided, as the end of a gap.
    private mutating func warmUp(
        _ symbol: Symbol, decidedUpTo mark: Timestamp? = nil, before end: Timestamp? = nil
    ) async throws {
        let stored = try await load(symbol, upTo: mark ?? end)
        state.warmUp(symbol, with: stored)
        try await settle(symbol, with: stored)
        if let end = state.decidedUpTo[symbol] { marks.stored(symbol, end) }
        orderForecasts(of: symbol)
        if case .venue(let time) = ruleClock, let end = stored.base.last?.closeTime(settings.base) {
            time.advance(to: end)
        }
        guard let mark else { return }
        let history = history
        let undecided = try await patience.whatever("load candles") {
            try await history.undecided(symbol, after: mark)
        }
        if undecided.isEmpty { return }
        logger.notice("deciding stored candles", metadata: ["symbol": "\(symbol)", "count": "\(undecided.count)"])
        try await decideGap(undecided, of: symbol, received: .now)
    }

    private func load(_ symbol: Symbol, upTo mark: Timestamp?) async throws -> WatchState.History {
        let needs = state.rules.historyNeeded(for: symbol)
        let history = history
        return try await patience.whatever("load history") {
            try await history.load(symbol, upTo: mark, needs: needs)
        }
    }

    private mutating func settle(_ symbol: Symbol, with stored: WatchState.History) async throws {
        let history = history
        ladders[symbol] = try await patience.whatever("load history") {
            try await history.ladder(symbol, after: stored.base.last)
        }
        board.seed(
            symbol, minute: settings.base == .m1 ? stored.base.suffix(CandleHistory.minutes) : [],
            hourly: stored.hourly.suffix(CandleHistory.hours))
    }

    // MARK: Inputs

    mutating func take(_ input: WatchInput) async throws {
        switch input {
        case .reload:
            try await prepare()
        case .changes(let changes):
            for change in changes { state.apply(change) }
            for symbol in state.rules.symbolsAwaitingHistory.sorted() { try await giveHistory(symbol) }
            try await publish(state.advance(to: now), received: .now)
        case .tick:
            try await lookForSilence()
            guard let deadline = state.nextDeadline, deadline <= now else { return }
            try await publish(state.advance(to: now), received: .now)
        case .event(let event, let received):
            hear(event)
            try await take(event, received: received)
            // Only events move the venue's clock.
            if case .venue = ruleClock { try await lookForSilence() }
        }
    }

    private mutating func giveHistory(_ symbol: Symbol) async throws {
        guard state.isWarm(symbol) else { return try await warmUp(symbol, before: now) }
        state.warmUpRules(of: symbol, with: try await load(symbol, upTo: state.decidedUpTo[symbol] ?? now))
        orderForecasts(of: symbol)
    }

    private func orderForecasts(of symbol: Symbol) {
        forecasts?.order(symbol, state.rules.horizonsRead(of: symbol))
    }

    private mutating func take(_ event: MarketEvent, received: ContinuousClock.Instant) async throws {
        let primary = settings.primaryVenue
        switch event {
        case .quote(let quote):
            metrics.sawQuote()
            if quote.venue == primary {
                try await see(quote.symbol, before: quote.venueTime)
                board.apply(event)
                try await decide(event, at: quote.venueTime, received: received)
            } else {
                board.apply(event)
                let confirmed = state.handle(event, now: now)
                if !confirmed.isEmpty { try await publish(confirmed, received: received) }
            }
        case .bookTop, .ticker:
            board.apply(event)
            _ = state.handle(event, now: now)
        case .candleClosed(let closed):
            if closed.venue == primary { try await see(closed.symbol, before: closed.candle.openTime) }
            if closed.venue == primary, closed.timeframe == settings.base {
                try await refresh(closed.symbol, before: closed.candle.openTime)
            }
            try await keep(closed)
            guard closed.venue == primary, closed.timeframe == settings.base else { return }
            let close = closed.candle.closeTime(closed.timeframe)
            try await decide(event, at: close, received: received)
            if Timeframe.h1.openTime(containing: close) == close { orderForecasts(of: closed.symbol) }
        case .candleCorrected(let closed):
            let series = CandleSeries(symbol: closed.symbol, timeframe: closed.timeframe, venue: closed.venue)
            try await save([closed.candle], of: series)
            guard closed.venue == primary, state.isWarm(closed.symbol) else { return }
            try await correctLonger(closed)
            try await rebuild(closed.symbol)
        case .backfilled(let backfill):
            guard backfill.venue == primary else { return }
            if backfill.reason == .gap, backfill.timeframe == settings.base {
                try await see(backfill.symbol)
                try await decideGap(backfill.candles, of: backfill.symbol, received: received)
            } else {
                outdated.insert(backfill.symbol)
                // A venue whose clock stands still has told its time by its newest candle all the same.
                if case .venue(let time) = ruleClock, let last = backfill.candles.last {
                    time.advance(to: last.closeTime(backfill.timeframe))
                }
            }
        case .health:
            board.apply(event)
            try await publish(state.handle(event, now: now), received: received)
        case .reading, .listed:
            try await publish(state.handle(event, now: now), received: received)
        }
    }

    /// Warms a symbol up at its first sight, with what was complete at `end`: the store may be ahead of the feed, since
    /// the collector saves what waits here to be decided.
    private mutating func see(_ symbol: Symbol, before end: Timestamp? = nil) async throws {
        if !state.isWarm(symbol) { try await warmUp(symbol, before: end) }
    }

    /// Deadlines that passed before the event, then the event.
    private mutating func decide(
        _ event: MarketEvent, at time: Timestamp, received: ContinuousClock.Instant
    ) async throws {
        if case .venue(let venueTime) = ruleClock { venueTime.advance(to: time) }
        let now = now
        metrics.evaluated()
        var batch = DecisionBatch()
        // A rest that ends at the event's own instant is judged with what the event brings.
        if let deadline = state.nextDeadline, deadline < time { batch = state.advance(to: time - .milliseconds(1)) }
        batch.merge(state.handle(event, now: now))
        // A rest or hold that ended within a gap is seen as late as the gap's candles are.
        if case .backfilled = event { batch.markFiringsLate() }
        try await publish(batch, received: received)
    }

    /// Candles of a gap, oldest first: stored with what they complete, then decided as late. Those that are not newer
    /// than the last decided one fill a hole behind it: the engines are rebuilt from the store.
    private mutating func decideGap(
        _ candles: [Candle], of symbol: Symbol, received: ContinuousClock.Instant
    ) async throws {
        let base = settings.base
        let last = state.decidedUpTo[symbol]
        let fresh = candles.drop { candle in last.map { candle.closeTime(base) <= $0 } ?? false }
        if fresh.count < candles.count { outdated.insert(symbol) }
        for candle in fresh {
            let closed = ClosedCandle(
                symbol: symbol, venue: settings.primaryVenue, timeframe: base, candle: candle, receivedAt: now)
            try await keep(closed)
            let gap = Backfill(
                symbol: symbol, venue: settings.primaryVenue, timeframe: base, candles: [candle], reason: .gap)
            try await decide(.backfilled(gap), at: candle.closeTime(base), received: received)
        }
    }

    // MARK: Candles

    /// Stores a closed candle and the longer ones it completes, and shows them on the board. All of it is done before
    /// anything is decided from them.
    private mutating func keep(_ closed: ClosedCandle) async throws {
        try await save(
            [closed.candle],
            of: CandleSeries(symbol: closed.symbol, timeframe: closed.timeframe, venue: closed.venue))
        board.apply(.candleClosed(closed))
        guard closed.venue == settings.primaryVenue, closed.timeframe == settings.base else { return }
        for longer in ladders[closed.symbol]?.add(closed.candle) ?? [] {
            try await save([longer.candle], of: history.series(closed.symbol, longer.timeframe))
            var whole = closed
            whole.timeframe = longer.timeframe
            whole.candle = longer.candle
            board.apply(.candleClosed(whole))
        }
    }

    private func save(_ candles: [Candle], of series: CandleSeries) async throws {
        let store = stores.candles
        _ = try await patience.whatever("save candle") { try await store.save(candles, of: series) }
    }

    /// Makes the longer candles that hold a corrected one again, where they are complete and stored.
    private func correctLonger(_ closed: ClosedCandle) async throws {
        guard closed.timeframe == settings.base else { return }
        let store = stores.candles
        for step in CandleLadder.steps(from: settings.base) {
            let open = step.whole.openTime(containing: closed.candle.openTime)
            let parts = history.series(closed.symbol, step.part)
            let wholes = history.series(closed.symbol, step.whole)
            let changed = try await patience.whatever("correct candle") {
                let held = try await store.candles(of: wholes, from: open, to: open + .milliseconds(1), limit: nil)
                if held.isEmpty { return false }
                let pieces = try await store.candles(of: parts, from: open, to: open + step.whole.span, limit: nil)
                guard let whole = Candle(joining: pieces, openTime: open) else { return false }
                return try await store.save([whole], of: wholes) > 0
            }
            if !changed { return }
        }
    }

    /// Reads a history that grew again, before the next candle is decided.
    private mutating func refresh(_ symbol: Symbol, before end: Timestamp) async throws {
        guard outdated.contains(symbol) else { return }
        let now = now
        if let last = refreshedAt[symbol], now - last < WatchLoop.refreshRest { return }
        outdated.remove(symbol)
        refreshedAt[symbol] = now
        let stored = try await load(symbol, upTo: state.decidedUpTo[symbol] ?? end)
        state.warmUp(symbol, with: stored)
        try await settle(symbol, with: stored)
    }

    /// Reads the history again after a candle of it was corrected.
    private mutating func rebuild(_ symbol: Symbol) async throws {
        outdated.remove(symbol)
        let stored = try await load(symbol, upTo: state.decidedUpTo[symbol])
        state.rebuild(symbol, with: stored)
        try await settle(symbol, with: stored)
    }

    // MARK: Decisions

    /// Stores what was decided, with how far it got. Marks alone are stored at most once an hour and symbol.
    mutating func publish(_ decided: DecisionBatch, received: ContinuousClock.Instant) async throws {
        var batch = decided
        batch.decidedUpTo = marks.toStore(state.decidedUpTo, withDecision: !decided.isEmpty)
        if batch.isEmpty, batch.decidedUpTo.isEmpty { return }
        let sink = stores.sink
        let whole = batch
        try await patience.whatever("store decisions") { try await sink.publish(whole) }
        for (symbol, mark) in batch.decidedUpTo { marks.stored(symbol, mark) }
        for alert in batch.alerts {
            if case .opportunity(let opportunity) = alert.body { board.record(opportunity) }
        }
        metrics.committed(batch.alerts, elapsed: .now - received)
    }
}

extension DecisionBatch {
    /// A rule that was true already when it was made says that instead.
    fileprivate mutating func markFiringsLate() {
        for index in alerts.indices {
            guard case .ruleFired(var firing) = alerts[index].body, !firing.wasAlreadyTrue else { continue }
            firing.late = true
            alerts[index].body = .ruleFired(firing)
        }
    }
}
