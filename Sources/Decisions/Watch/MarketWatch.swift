package import Forecasts
package import Logging
package import Market
package import People
import ServiceLifecycle

/// The service that turns market events into stored decisions: saves closed candles, keeps the board, runs `WatchState`
/// and hands what it decided to the `AlertSink`.
///
/// One consumer takes events, rule changes and deadlines in turn, so the state has one owner and every event is whole
/// (saved, decided, published) before the next. A store that fails is tried again until it answers: nothing is skipped
/// or lost, the feed waits. On a graceful stop the event in hand is finished, unless its store fails, and nothing new
/// is taken: what was not decided is decided at the next start.
package final class MarketWatch: Service, RuleChanges {
    package struct Settings: Sendable {
        package var primaryVenue: Venue
        /// `DEFAULT_SYMBOLS`.
        package var defaultSymbols: [Symbol]
        package var base: Timeframe
        package var tradingRules: TradingRules
        /// `VENUE_TOLERANCE` as a fraction; `nil` asks no second venue.
        package var venueTolerance: Double?

        package init(
            primaryVenue: Venue, defaultSymbols: [Symbol], base: Timeframe = .m1,
            tradingRules: TradingRules = TradingRules(), venueTolerance: Double? = nil
        ) {
            self.primaryVenue = primaryVenue
            self.defaultSymbols = defaultSymbols
            self.base = base
            self.tradingRules = tradingRules
            self.venueTolerance = venueTolerance
        }
    }

    /// Where candles, rules and progress come from and decisions go to.
    package struct Stores: Sendable {
        package var candles: any CandleStore
        package var rules: any RuleStore
        /// Without it every stored candle counts as decided.
        package var progress: (any WatchProgress)?
        package var sink: any AlertSink
        /// Answers rules that read forecasts; without it these stay unknown.
        package var forecaster: (any Forecaster)?
        /// Whose owners are told when a feed falls silent; without it nobody is.
        package var criticalRules: (any CriticalRules)?
        /// What owners paid, for `since entry`; without it that stays unknown.
        package var entries: (any EntryReader)?
        /// Where forecasts that rules read are entered; without it nowhere.
        package var forecasts: (any ForecastJournal)?

        package init(
            candles: any CandleStore, rules: any RuleStore, progress: (any WatchProgress)?, sink: any AlertSink,
            forecaster: (any Forecaster)? = nil, criticalRules: (any CriticalRules)? = nil,
            entries: (any EntryReader)? = nil, forecasts: (any ForecastJournal)? = nil
        ) {
            self.forecasts = forecasts
            self.entries = entries
            self.forecaster = forecaster
            self.criticalRules = criticalRules
            self.candles = candles
            self.rules = rules
            self.progress = progress
            self.sink = sink
        }
    }

    /// The rule clock (`VIGIA_CLOCK`).
    package enum RuleClock: Sendable {
        /// The machine's: deadlines come by themselves.
        case wall(any TimeSource)
        /// The primary venue's: moved by its events, deadlines come with them.
        case venue(VenueTime)

        var source: any TimeSource {
            switch self {
            case .wall(let time): time
            case .venue(let time): time
            }
        }
    }

    private let settings: Settings
    private let stores: Stores
    private let board: MarketBoard
    private let symbols: any SymbolResolving
    private let ruleClock: RuleClock
    private let sleeper: any Clock<Duration>
    private let logger: Logger
    private let mailbox = Mailbox()
    private let pump: @Sendable (Mailbox) async -> Void

    /// `events` is consumed once, by `run()`; when it ends, `run()` returns. `clock` is what back-offs and deadlines wait
    /// on.
    package init(
        events: some AsyncSequence<MarketEvent, Never> & Sendable, settings: Settings, stores: Stores,
        board: MarketBoard,
        symbols: any SymbolResolving, ruleClock: RuleClock, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "vigia.watch")
    ) {
        self.settings = settings
        self.stores = stores
        self.board = board
        self.symbols = symbols
        self.ruleClock = ruleClock
        sleeper = clock
        self.logger = logger
        pump = { mailbox in
            for await event in events { await mailbox.post(event) }
        }
    }

    /// Tells the watch that rules changed. Returns at once; the change takes effect before the next event.
    package func apply(_ changes: [RuleChange]) async { mailbox.post(changes) }

    package func run() async throws {
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await watch()
            } onGracefulShutdown: { [mailbox] in
                mailbox.stop()
            }
        } onCancel: { [mailbox] in
            mailbox.stop()
        }
    }

    private func watch() async throws {
        let forecasts = stores.forecaster.map {
            RuleForecasts(
                forecaster: $0, candles: stores.candles, venue: settings.primaryVenue, journal: stores.forecasts,
                logger: logger)
        }
        var loop = WatchLoop(
            settings: settings, stores: stores, board: board, symbols: symbols, ruleClock: ruleClock, sleeper: sleeper,
            mailbox: mailbox, forecasts: forecasts, logger: logger)
        do {
            try await loop.prepare()
            logger.info("watching", metadata: ["rules": "\(loop.ruleCount)", "symbols": "\(loop.symbolCount)"])
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [mailbox, pump] in
                    await pump(mailbox)
                    mailbox.finish()
                }
                if let forecasts {
                    group.addTask { [mailbox, ruleClock] in
                        await forecasts.run {
                            ruleClock.source.now
                        } tell: {
                            await mailbox.post(.reading($0))
                        }
                    }
                }
                if case .wall = ruleClock {
                    group.addTask { [mailbox, sleeper] in
                        // A deadline may be set by any event, so the line is asked often rather than planned ahead.
                        while (try? await sleeper.sleep(for: .milliseconds(500))) != nil { mailbox.tick() }
                    }
                }
                while let input = await mailbox.next() {
                    do {
                        try await loop.take(input)
                    } catch {
                        // Only a stop ends a store's retries; the stores have what was decided before.
                        break
                    }
                }
                mailbox.stop()
                group.cancelAll()
            }
        } catch is CancellationError {
            return
        }
        logger.info("watch stopped")
    }
}
