import Chat
import Decisions
import Delivery
import Forecasts
import Foundation
import Logging
import Market
import Messages
import People
import Storage
import Synchronization

extension MessageRenderer: ContentRendering {}

/// A conversation over a real SQLite file, with a market that stands still and clocks that the test moves.
final class Conversations: Sendable {
    struct Sent {
        var recipient: RecipientID?
        var address: String
        var message: Message
        var form: OutboxContent.Form
        var text: String { message.plainText }
        var commands: [String] {
            message.buttons.flatMap { $0 }.compactMap { if case .command(let line) = $0.action { line } else { nil } }
        }
    }

    let folder: URL
    let database: SQLiteDatabase
    let store: SQLChatStore
    let candles: SQLCandleStore
    let outbox: SQLOutboxStore
    let book: SQLContactBook
    let sms: SQLSMSLedger
    let wall = MovedTime(Timestamp(seconds: 1_764_000_000))
    let rules = MovedTime(Timestamp(seconds: 1_764_000_000))
    let board = StillBoard()
    let heard = Heard()
    let router: CommandRouter
    let inline: InlineQuotes
    let commands: CommandList
    private let updates = Mutex(0)

    init(
        access: AccessMode = .open, administrators: Set<Identity> = [], commands: CommandList = .standard,
        throttle: CommandThrottle = CommandThrottle(limit: 10_000),
        renderer: (any ContentRendering)? = nil, mostRules: Int = 100,
        contacts: ContactPolicy = ContactPolicy(channels: [.email, .sms], smsPrefixes: ["+34"]),
        forecaster: any Forecaster = PlainForecaster(), patience: Duration = .milliseconds(500),
        texts: TextDesk? = nil, sentences: SentenceBook = .empty
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-chat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(url: "sqlite:" + folder.appending(path: "chat.sqlite").path)
        _ = try await database.migrate()
        let vault = ContactVault(
            seal: ContactSeal(try SecretKey("a secret of the tests, long enough to be one")),
            renderer: try MessageRenderer())
        store = SQLChatStore(database, vault: vault)
        candles = SQLCandleStore(database)
        outbox = SQLOutboxStore(database, vault: vault)
        book = SQLContactBook(database, vault: vault, time: wall)
        sms = SQLSMSLedger(database, vault: vault)
        self.commands = commands
        let symbols = FewSymbols()
        var policy = ChatPolicy(
            access: access, administrators: administrators, startLink: { "https://t.me/vigia_test_bot?start=\($0)" })
        policy.mostRules = mostRules
        policy.contacts = contacts
        var desk = ChatDesk(
            market: MarketDesk(
                board: board, symbols: symbols, candles: candles, forecaster: forecaster, venue: .simulated,
                defaultSymbols: [Symbol("BTC"), Symbol("ETH")].compactMap { $0 }),
            policy: policy, clocks: ChatClocks(wall: wall, rules: rules),
            operations: OperationsDesk(
                version: "0.0-test", startedAt: Timestamp(seconds: 1_763_990_000),
                recentLog: { _ in ["line <one>", "line two"] }),
            codes: CountedCodes(),
            rules: .stored(
                symbols: symbols, replay: StoredReplay(ReplayCandles(candles, life: .zero), venue: .simulated)),
            ledger: SQLLedger(database), texts: texts, sentences: sentences)
        let store = self.store
        let wall = self.wall
        desk.sharedRule = { hash in try await store.read { try $0.sharedRule(hash: hash, at: wall.now) } }
        let database = self.database
        desk.scorecard = { try await SQLScorecard(database).scorecard(of: $0, owner: $1) }
        desk.operations.smsCaps = SMSCaps(daily: 20, monthly: 200)
        let heard = heard
        var hooks = ConversationHooks(
            ruleChanges: heard, demandChanged: { heard.add(demand: $0) },
            settingChanged: { heard.add(setting: $0, $1) }, repliesWaiting: { heard.add(channels: $0) })
        hooks.retrainWanted = { heard.add(retrain: $0) }
        hooks.operatorsChanged = { heard.add(operators: $0, isOperator: $1) }
        hooks.entryChanged = { _, symbol, price in heard.add(entry: symbol, price) }
        hooks.answerTakesTime = { heard.add(slow: $0) }
        let rendering: any ContentRendering = try renderer ?? MessageRenderer()
        inline = InlineQuotes(store: store, renderer: rendering, desk: desk, throttle: CommandThrottle(limit: 3))
        router = CommandRouter(
            store: store, renderer: rendering, desk: desk, hooks: hooks,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), commands: commands,
            throttle: throttle, patience: patience)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A message of the person `id` in the private chat, as Telegram would bring it.
    func message(
        _ text: String, from id: String = "1", language: String? = "en", pressedOn: String? = nil, group: String? = nil,
        administrator: Bool? = nil, key: String? = nil, platform: Platform = .telegram
    ) -> IncomingMessage {
        let number = updates.withLock { number in
            number += 1
            return number
        }
        let scene: IncomingMessage.Scene =
            if let group {
                .place(
                    channel: .telegram, address: group, identity: Identity(platform: .telegram, externalID: group))
            } else {
                .privateChat(channel: ChannelKind(rawValue: platform.rawValue) ?? .telegram, address: id)
            }
        return IncomingMessage(
            updateKey: key ?? "telegram:\(number)", sender: Identity(platform: platform, externalID: id), scene: scene,
            text: text, pressedOn: pressedOn, languageHint: language, senderIsPlaceAdministrator: administrator,
            receivedAt: wall.now)
    }

    /// Says it and returns everything that lies in the outbox afterwards.
    @discardableResult
    func say(
        _ text: String, from id: String = "1", language: String? = "en", pressedOn: String? = nil, group: String? = nil,
        administrator: Bool? = nil
    ) async throws -> [Sent] {
        try await router.handle(
            [
                message(
                    text, from: id, language: language, pressedOn: pressedOn, group: group, administrator: administrator
                )
            ], [])
        return try await replies()
    }

    /// The text of the only answer, or every answer.
    func answer(_ text: String, from id: String = "1", language: String? = "en", pressedOn: String? = nil) async throws
        -> String
    {
        try await say(text, from: id, language: language, pressedOn: pressedOn).map(\.text).joined(separator: "\n---\n")
    }

    /// Says it on another platform and returns what lies in its outbox afterwards.
    func say(_ text: String, from id: String, on platform: Platform, language: String? = "en") async throws -> [Sent] {
        try await router.handle([message(text, from: id, language: language, platform: platform)], [])
        return try await replies(ChannelKind(rawValue: platform.rawValue) ?? .telegram)
    }

    /// Takes the outbox empty as a dispatcher would.
    func replies(_ channel: ChannelKind = .telegram) async throws -> [Sent] {
        var sent: [Sent] = []
        while true {
            let claimed = try await outbox.claim(
                channel: channel, limit: 200, now: wall.now, lease: wall.now + .seconds(30))
            if claimed.isEmpty { return sent }
            try await outbox.beginSend(claimed.map(\.entry.id), now: wall.now)
            for entry in claimed.map(\.entry) {
                if case .message(let message, let form) = entry.content {
                    sent.append(
                        Sent(recipient: entry.recipient, address: entry.address, message: message, form: form))
                }
            }
            try await outbox.record(
                claimed.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "m")) }, now: wall.now)
        }
    }

    func person(_ id: String = "1") async throws -> Recipient? {
        try await store.read { try $0.recipient(for: Identity(platform: .telegram, externalID: id)) }
    }

    func ruleTexts(_ id: String = "1") async throws -> [String] {
        try await store.read { session in
            guard let person = try session.recipient(for: Identity(platform: .telegram, externalID: id)) else {
                return []
            }
            return try session.rules(of: person.id).map(\.text)
        }
    }
}

/// Time that stands until it is moved.
final class MovedTime: TimeSource {
    private let time: Mutex<Timestamp>
    init(_ time: Timestamp) { self.time = Mutex(time) }
    var now: Timestamp { time.withLock { $0 } }
    func advance(by span: Span) { time.withLock { $0 += span } }
}

/// What the rest of the agent was told.
final class Heard: RuleChanges {
    struct State {
        var rules: [RuleChange] = []
        var demand: Set<Symbol> = []
        var settings: [String: String?] = [:]
        var wakes = 0
        var retrains: [Symbol?] = []
        var operators: [String: Bool] = [:]
        var entries: [Symbol: Double?] = [:]
        var slow: [IncomingMessage.Scene] = []
    }
    let slowHeard = Wakeup()
    private let state = Mutex(State())
    var now: State { state.withLock { $0 } }
    func apply(_ changes: [RuleChange]) async { state.withLock { $0.rules += changes } }
    func add(demand: Set<Symbol>) { state.withLock { $0.demand.formUnion(demand) } }
    func add(setting: String, _ value: String?) { state.withLock { $0.settings[setting] = .some(value) } }
    func add(retrain symbol: Symbol?) { state.withLock { $0.retrains.append(symbol) } }
    func add(operators identities: [Identity], isOperator: Bool) {
        state.withLock { state in for identity in identities { state.operators["\(identity)"] = isOperator } }
    }
    func add(entry symbol: Symbol, _ price: Double?) { state.withLock { $0.entries[symbol] = .some(price) } }
    func add(slow scene: IncomingMessage.Scene) {
        state.withLock { $0.slow.append(scene) }
        slowHeard.signal()
    }
    func add(channels: Set<ChannelKind>) { state.withLock { $0.wakes += channels.count } }
}

/// A board whose values the test puts there.
final class StillBoard: BoardReader {
    struct State {
        var views: [Symbol: SymbolView] = [:]
        var sources: [SourceHealth] = []
        var opportunities: [Opportunity] = []
        var silences: [Symbol: Timestamp] = [:]
    }
    let state = Mutex(State())
    func view(of symbol: Symbol) -> SymbolView? { state.withLock { $0.views[symbol] } }
    func symbols() -> [Symbol] { state.withLock { Array($0.views.keys) } }
    func sources() -> [SourceHealth] { state.withLock { $0.sources } }
    func opportunities() -> [Opportunity] { state.withLock { $0.opportunities } }
    func silences() -> [Symbol: Timestamp] { state.withLock { $0.silences } }

    func put(_ name: String, _ price: String, at time: Timestamp, change24h: Double? = nil) {
        guard let symbol = Symbol(name), let last = Price(price) else { return }
        var view = SymbolView(
            quote: Quote(symbol: symbol, venue: .simulated, last: last, venueTime: time, receivedAt: time))
        view.change24h = change24h
        view.high24h = last.double * 1.02
        view.low24h = last.double * 0.98
        view.volume24h = 12_345
        let put = view
        state.withLock { $0.views[symbol] = put }
    }
}

/// Knows three markets, one of them by name.
struct FewSymbols: SymbolMatching, SymbolResolving {
    private let names = ["BTC": "BTC", "BITCOIN": "BTC", "BTCUSDT": "BTC", "ETH": "ETH", "SOL": "SOL"]

    func match(_ text: String) -> SymbolMatch {
        if let symbol = symbol(named: text.hasPrefix("$") ? String(text.dropFirst()) : text) { return .symbol(symbol) }
        return .unknown(nearest: nearest(to: text).compactMap { Symbol($0) })
    }
    func symbol(named text: String) -> Symbol? { names[text.uppercased()].flatMap { Symbol($0) } }
    func nearest(to text: String) -> [String] {
        EditDistance.nearest(to: text.uppercased(), in: ["BTC", "ETH", "SOL"], limit: 3)
    }
}

/// The band is the price and 1% around it: enough to see what the command makes of a forecast.
struct PlainForecaster: Forecaster {
    func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int) { (.h1, 100) }

    func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp) throws(ForecastRefusal)
        -> Forecast
    {
        guard let last = candles.last, candles.count >= 50 else {
            throw .historyTooShort(have: candles.count, need: 50)
        }
        if last.high > last.close * 100 { throw .unfamiliar(input: "variance of 1 h") }
        return Forecast(
            symbol: symbol, horizon: horizon, at: last.closeTime(.h1), price: last.close, median: last.close,
            band50: PriceBand(low: last.close * 0.99, high: last.close * 1.01),
            band90: PriceBand(low: last.close * 0.97, high: last.close * 1.03), sigma: 0.01,
            record90: BandRecord(held: 91, count: 100), record50: BandRecord(held: 49, count: 100),
            moveChances: [MoveChance(move: 0.02, chance: 0.31)], probabilityUp: nil, voters: ["har": 1],
            skill: 0.042, trainedAt: last.closeTime(.h1) - .days(5))
    }
}

/// Codes `code1`, `code2`, …
final class CountedCodes: CodeMaking {
    private let count = Mutex(0)
    func newCode() -> (code: String, hash: String) {
        let code = count.withLock { count in
            count += 1
            return "code\(count)"
        }
        return (code, hash(of: code))
    }
    func hash(of code: String) -> String { "hash-" + code }
}

func candles(_ count: Int, timeframe: Timeframe = .h1, endingAt end: Timestamp, price: (Int) -> Double = { _ in 100 })
    -> [Candle]
{
    let last = timeframe.openTime(containing: end) - timeframe.span
    return (0..<count).map { index in
        let close = price(index)
        let open = index > 0 ? price(index - 1) : close
        return Candle(
            openTime: last - timeframe.span * Int64(count - 1 - index), open: open, high: max(open, close) * 1.001,
            low: min(open, close) * 0.999, close: close, volume: 5)
    }
}
