import Chat
import Collectors
import Decisions
import Delivery
import Forecasts
import Foundation
import Logging
import Market
import ServiceLifecycle
import Storage
import Transport

/// From venues to decisions: collectors, feed, board, watch.
struct MarketWiring {
    let board: MarketBoard
    let watch: MarketWatch
    let demand: Demand
    /// Answers people and rules alike, so that both hear the same.
    let forecaster: any Forecaster
    let venue: Venue
    let symbols: any SymbolResolving
    let replay: StoredReplay
    /// News and posts; none beside a simulated market.
    let texts: TextDesk?
    /// What rules may read beside prices and candles.
    var ruleSources: Set<RuleSource> { texts == nil ? [.entry] : [.entry, .sentiment, .funding] }
    let services: [any Service]

    /// Waits until every symbol has a price, but not for ever.
    func untilPriced(_ symbols: [Symbol]) async {
        for _ in 0..<600 {
            if symbols.allSatisfy({ board.view(of: $0) != nil }) { return }
            guard (try? await ContinuousClock().sleep(for: .milliseconds(50))) != nil else { return }
        }
    }
}

/// Symbols for rules and for people, from the one directory.
struct DirectorySymbols: SymbolResolving {
    let directory: SymbolDirectory

    func symbol(named text: String) -> Symbol? {
        if case .symbol(let symbol) = directory.resolve(text) { symbol } else { nil }
    }

    func nearest(to text: String) -> [String] {
        if case .unknown(let nearest) = directory.resolve(text) { nearest.map(\.description) } else { [] }
    }
}

extension MarketWiring {
    /// - Parameters:
    ///   - simulated: takes the place of the real venues.
    ///   - ruleTimeAdvanced: hears of every event.
    init(
        _ base: Foundations, sink: AlertPublisher, simulated: DemoMarket?,
        ruleTimeAdvanced: @escaping @Sendable () -> Void
    ) async throws {
        let feed = MarketFeed()
        venue = simulated == nil ? .binance : .simulated
        symbols = DirectorySymbols(directory: base.directory)
        board = MarketBoard(primaryVenue: venue)
        forecaster = WitnessedForecaster(
            EnsembleForecaster(store: ModelStore(folder: ModelFolder.url(base.settings))))
        replay = StoredReplay(ReplayCandles(base.candles), venue: venue)
        demand = Demand(watchList: base.watchList)
        demand.replace(with: try await Demand.stored(rules: SQLRuleStore(base.database), symbols: symbols))
        watch = MarketWatch(
            events: feed.map { event in
                ruleTimeAdvanced()
                return event
            },
            settings: .init(
                primaryVenue: venue, defaultSymbols: base.settings.symbols("DEFAULT_SYMBOLS"),
                venueTolerance: SettingCheck.percent(base.settings.text("VENUE_TOLERANCE"))),
            stores: .init(
                candles: base.candles, rules: SQLRuleStore(base.database), progress: SQLWatchProgress(base.database),
                sink: sink, forecaster: forecaster, criticalRules: SQLRuleStore(base.database),
                entries: SQLEntryReader(base.database), forecasts: SQLForecastJournal(base.database, time: base.wall)),
            board: board, symbols: symbols, ruleClock: base.venueTime.map { .venue($0) } ?? .wall(base.wall),
            logger: base.logger("vigia.watch"))
        if let simulated {
            texts = nil
            services = [watch, MarketWiring.simulated(base, simulated, feed)]
        } else {
            let media = try await MediaWiring(
                base, health: feed,
                told: { readings in for reading in readings { await feed.send(.reading(reading)) } })
            texts = media.texts
            services =
                [watch, try MarketWiring.binance(base, feed), MarketWiring.coinbase(base, feed)] + media.services
        }
    }

    private static func simulated(_ base: Foundations, _ market: DemoMarket, _ feed: MarketFeed) -> SimulatedExchange {
        let symbols = base.settings.symbols("DEFAULT_SYMBOLS")
        base.directory.replaceListings(
            SimulatedExchange.listings(symbols, quote: base.settings.text("QUOTE_ASSET")).map { ($0.base, $0.quote) },
            venue: .simulated)
        return SimulatedExchange(
            seed: market.seed, symbols: symbols, start: DemoMarket.start, pace: market.pace, store: base.candles,
            sink: feed,
            wallTime: base.wall)
    }

    private static func binance(_ base: Foundations, _ feed: MarketFeed) throws -> BinanceCollector {
        let settings = base.settings
        let directory = base.directory
        let webSockets: WebSocketTransport
        do { webSockets = try WebSocketTransport(caFile: settings["VIGIA_CA_FILE"]) } catch {
            throw CommandFailure("VIGIA_CA_FILE: \(error)", code: 2)
        }
        return BinanceCollector(
            configuration: BinanceConfiguration(
                apiURL: settings.text("BINANCE_API_URL"), streamURL: settings.text("BINANCE_WS_URL"),
                apiKey: settings["BINANCE_API_KEY"]),
            http: base.transport, webSockets: webSockets, store: base.candles, sink: feed,
            watch: base.watchList.changes(),
            pair: { symbol in
                let pair = directory.pair(of: symbol)
                return pair.base + pair.quote
            },
            onListings: { listings in
                directory.replaceListings(listings.map { ($0.base, $0.quote) }, venue: .binance)
            },
            wallTime: base.wall, logger: base.logger("vigia.binance"))
    }

    private static func coinbase(_ base: Foundations, _ feed: MarketFeed) -> CoinbaseCollector {
        let directory = base.directory
        return CoinbaseCollector(
            apiURL: base.settings.text("COINBASE_API_URL"), http: base.transport, sink: feed,
            watch: base.watchList.changes(),
            product: { symbol in
                // Coinbase quotes in dollars where others do in a dollar coin.
                let pair = directory.pair(of: symbol)
                let quote = ["USDT", "USDC", "FDUSD", "BUSD"].contains(pair.quote) ? "USD" : pair.quote
                return "\(pair.base)-\(quote)"
            },
            wallTime: base.wall, logger: base.logger("vigia.coinbase"))
    }
}
