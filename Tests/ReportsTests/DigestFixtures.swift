import Chat
import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Storage
import Synchronization

@testable import Reports

func symbol(_ name: String) -> Symbol {
    guard let symbol = Symbol(name) else { preconditionFailure("not a symbol: \(name)") }
    return symbol
}

/// Time that stands until it is moved.
final class MovedTime: TimeSource {
    private let time: Mutex<Timestamp>
    init(_ time: Timestamp) { self.time = Mutex(time) }
    var now: Timestamp { time.withLock { $0 } }
    func move(to target: Timestamp) { time.withLock { $0 = target } }
}

/// Reads every symbol as it is spelled.
struct SpelledOnly: SymbolResolving {
    func symbol(named text: String) -> Symbol? { Symbol(text) }
    func nearest(to text: String) -> [String] { [] }
}

/// A database of its own, digests over it, and a clock that the test moves.
final class DigestWorld: Sendable {
    /// Tuesday, 24 November 2026, 07:30 UTC.
    static let start = Timestamp(milliseconds: 1_795_505_400_000)

    let folder: URL
    let database: SQLiteDatabase
    let clock = MovedTime(DigestWorld.start)
    let woken = Mutex<[ChannelKind]>([])

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-digest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.appending(path: "test.sqlite").path)
        try await database.migrate()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var chat: SQLChatStore { SQLChatStore(database) }
    var store: SQLDigestStore { SQLDigestStore(database) }

    func maker() -> DigestMaker {
        DigestMaker(
            candles: SQLCandleStore(database), ledger: SQLLedger(database), symbols: SpelledOnly(), venue: .simulated,
            defaultSymbols: [symbol("BTC")])
    }

    /// As a process that was just started has it.
    func sender(
        store: (any DigestStore)? = nil, channels: Set<ChannelKind> = [.telegram, .email]
    ) throws -> DigestSender {
        DigestSender(
            store: store ?? self.store, maker: maker(),
            contents: DigestContent(alerts: AlertContent(defaultQuote: "USDT")),
            renderer: try MessageRenderer(), channels: channels, time: DeliveryTime(wall: clock, rule: clock),
            wake: { channel in self.woken.withLock { $0.append(channel) } },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    func addPerson(
        _ id: String, zone: String = "UTC", language: String = "en", digest: DigestRhythm? = .daily(minute: 480),
        subscribed: [String] = []
    ) async throws -> Recipient {
        let now = clock.now
        return try await chat.write { session in
            let person = try session.addRecipient(
                kind: .person, role: .user, preferences: Preferences(language: language, zone: zone),
                identity: Identity(platform: .telegram, externalID: id),
                address: Address(channel: .telegram, value: id),
                at: now)
            for name in subscribed {
                try session.subscribe(
                    person.id, to: Subscription(symbol: symbol(name), minimumStrength: 0), at: now)
            }
            if let digest {
                try session.setDigest(digest, of: person.id, nextAt: digest.next(after: now, zone: zone))
            }
            return person
        }
    }

    /// Hourly candles until `end`, oldest first, a price for each.
    func storeCandles(_ name: String, prices: [Double], endingAt end: Timestamp) async throws {
        let last = Timeframe.h1.openTime(containing: end) - .hours(1)
        let candles = prices.enumerated().map { index, price in
            Candle(
                openTime: last - .hours(Int64(prices.count - 1 - index)), open: price, high: price * 1.01,
                low: price * 0.99, close: price, volume: 10)
        }
        try await SQLCandleStore(database).save(
            candles, of: CandleSeries(symbol: symbol(name), timeframe: .h1, venue: .simulated))
    }

    func publish(_ alert: Alert) async throws {
        let alerts = SQLAlertStore(database)
        let now = clock.now
        _ = try await alerts.publish(DecisionBatch(alerts: [alert]), now: now)
        while try await alerts.expandNext(limit: 100, now: now) != nil {}
    }

    /// Takes what is queued on a channel, as a dispatcher would.
    func sent(_ channel: ChannelKind = .telegram) async throws -> [OutboxEntry] {
        let outbox = SQLOutboxStore(database)
        var sent: [OutboxEntry] = []
        while true {
            let claimed = try await outbox.claim(
                channel: channel, limit: 50, now: clock.now, lease: clock.now + .minutes(1))
            if claimed.isEmpty { return sent }
            try await outbox.beginSend(claimed.map(\.entry.id), now: clock.now)
            try await outbox.record(
                claimed.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "m")) }, now: clock.now)
            sent += claimed.map(\.entry)
        }
    }

    /// Texts of the digests among what is queued.
    func digests(_ channel: ChannelKind = .telegram) async throws -> [Message] {
        try await sent(channel).compactMap { if case .message(let message, _) = $0.content { message } else { nil } }
    }
}

func opportunityAlert(
    _ name: String = "BTC", at: Timestamp, price: Double = 100, side: Opportunity.Side = .buy
) -> Alert {
    Alert(
        naturalKey: "opportunity:\(name):trend:\(side):\(at.milliseconds)", symbol: symbol(name), priority: .medium,
        issuedAt: at, audience: .subscribers(symbol(name), strength: 0.7),
        body: .opportunity(
            Opportunity(
                symbol: symbol(name), kind: .trend, side: side, score: side == .buy ? 0.7 : -0.7, strength: 0.7,
                strengthIsProvisional: false, price: price, at: at, outlook: .hours1to4,
                factors: [FactorReading(name: "trend", value: 0.7)],
                reasons: [Reason(key: "macd_up", values: ["value": 0.7])], riskLevel: nil, expectedMove: 0.02,
                moveRatio: 1, measured: nil)))
}
