import Collectors
import Decisions
import Delivery
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
    let venue: Venue
    let symbols: any SymbolResolving
    let services: [any Service]
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
    /// - Parameter simulated: takes the place of the real venues.
    init(_ base: Foundations, sink: AlertPublisher, held: HeldReleaser) async throws {
        let settings = base.settings
        let defaults = settings.symbols("DEFAULT_SYMBOLS")
        let directory = base.directory
        let feed = MarketFeed()
        venue = .binance
        symbols = DirectorySymbols(directory: directory)
        board = MarketBoard(primaryVenue: venue)
        demand = Demand(watchList: base.watchList)
        demand.replace(with: try await Demand.stored(rules: SQLRuleStore(base.database), symbols: symbols))

        let webSockets: WebSocketTransport
        do { webSockets = try WebSocketTransport(caFile: settings["VIGIA_CA_FILE"]) } catch {
            throw CommandFailure("VIGIA_CA_FILE: \(error)", code: 2)
        }
        let binance = BinanceCollector(
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
            logger: base.logger("vigia.binance"))
        watch = MarketWatch(
            events: feed,
            settings: .init(primaryVenue: venue, defaultSymbols: defaults),
            stores: .init(
                candles: base.candles, rules: SQLRuleStore(base.database), progress: SQLWatchProgress(base.database),
                sink: sink),
            board: board, symbols: symbols, ruleClock: base.venueTime.map { .venue($0) } ?? .wall(base.wall),
            logger: base.logger("vigia.watch"))
        services = [watch, binance]
    }
}
