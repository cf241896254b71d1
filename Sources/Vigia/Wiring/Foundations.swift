import Chat
import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import Storage
import Synchronization
import Transport
import Web

/// What everything else stands on: log, metrics, database, clocks, words, symbols.
struct Foundations: Sendable {
    let settings: Settings
    let log: LogStream
    let metrics: MetricsRegistry
    let database: SQLiteDatabase
    let contacts: ContactWiring
    let chatStore: SQLChatStore
    let candles: SQLCandleStore
    /// The machine's clock.
    let wall: WallTime
    /// Set with `VIGIA_CLOCK=venue`.
    let venueTime: VenueTime?
    let renderer: MessageRenderer
    let sentences: SentenceBook
    let directory: SymbolDirectory
    let watchList: WatchList
    let transport: AsyncHTTPTransport
    let startedAt: Timestamp

    /// The clock of rules, rests, windows, quiet hours and budgets.
    var ruleTime: any TimeSource { venueTime ?? wall }

    func logger(_ label: String) -> Logger { log.logger(label) }

    /// Words and layouts, with the operator's overrides.
    static func renderer(_ settings: Settings) throws -> MessageRenderer {
        do {
            return try MessageRenderer(
                templates: settings["VIGIA_TEMPLATES"].map { URL(fileURLWithPath: $0) },
                locales: settings["VIGIA_LOCALES"].map { URL(fileURLWithPath: $0) })
        } catch {
            throw CommandFailure("VIGIA_TEMPLATES or VIGIA_LOCALES: \(error)", code: 2)
        }
    }

    /// Grammars of plain sentences, with the operator's overrides.
    static func sentences(_ settings: Settings) throws -> SentenceBook {
        do {
            return try SentenceBook(overrides: settings["VIGIA_LOCALES"].map { URL(fileURLWithPath: $0) })
        } catch {
            throw CommandFailure("VIGIA_LOCALES: \(error)", code: 2)
        }
    }

    init(settings: Settings, log: LogStream, metrics: MetricsRegistry) async throws {
        self.settings = settings
        self.log = log
        self.metrics = metrics
        wall = WallTime()
        startedAt = wall.now
        database = try await DatabaseOpening.open(settings)
        candles = SQLCandleStore(database)
        venueTime = settings.text("VIGIA_CLOCK") == "venue" ? VenueTime() : nil
        renderer = try Foundations.renderer(settings)
        sentences = try Foundations.sentences(settings)
        contacts = try await ContactWiring(settings, database: database, renderer: renderer)
        chatStore = SQLChatStore(database, vault: contacts.vault)
        let defaults = settings.symbols("DEFAULT_SYMBOLS")
        directory = SymbolDirectory(defaultQuote: settings.text("QUOTE_ASSET"), defaultSymbols: defaults)
        watchList = WatchList(defaults: defaults, limit: settings.count("VIGIA_MAX_SYMBOLS"))
        do {
            transport = try AsyncHTTPTransport(caFile: settings["VIGIA_CA_FILE"])
        } catch {
            throw CommandFailure("VIGIA_CA_FILE: \(error)", code: 2)
        }
    }
}

/// Which symbols people want, on top of the defaults. Symbols are added at once; what nobody wants any more goes at the
/// next full count.
final class Demand: Sendable {
    private let wanted = Mutex<Set<Symbol>>([])
    private let watchList: WatchList

    init(watchList: WatchList) { self.watchList = watchList }

    func add(_ symbols: Set<Symbol>) {
        let all = wanted.withLock { wanted in
            wanted.formUnion(symbols)
            return wanted
        }
        watchList.setDemand(all)
    }

    func replace(with symbols: Set<Symbol>) {
        wanted.withLock { $0 = symbols }
        watchList.setDemand(symbols)
    }

    /// Counts anew from the store.
    static func stored(rules: any RuleStore, symbols: any SymbolResolving) async throws -> Set<Symbol> {
        var demand = RuleDemand(symbols: symbols)
        try await RulePages(store: rules).forEach { demand.add($0.text) }
        return demand.wanted.union(try await rules.subscribedSymbols().values.joined())
    }
}
