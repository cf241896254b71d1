import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage

/// A database that goes with the value.
final class Scratch: Sendable {
    let folder: URL
    let database: SQLiteDatabase

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.appending(path: "bench.sqlite").path)
        try await database.migrate()
    }

    static func filled(people: Int, alerts: Int) async throws -> Scratch {
        let scratch = try await Scratch()
        try await scratch.add(people: people)
        try await scratch.publish(alerts)
        return scratch
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// People who subscribe to BTC, each with one address; without `address` a chat.
    func add(
        people: Int, address: @escaping @Sendable (Int) -> Address = { Address(channel: .telegram, value: "\($0)") }
    ) async throws {
        guard let symbol = Symbol("BTC") else { return }
        let now = WallTime().now
        for start in stride(from: 1, through: people, by: 1_000) {
            try await SQLChatStore(database).write { session in
                for number in start..<min(start + 1_000, people + 1) {
                    let address = address(number)
                    let person = try session.addRecipient(
                        kind: .person, role: .user, preferences: Preferences(),
                        identity: Identity(platform: .telegram, externalID: address.value), address: address, at: now)
                    try session.subscribe(
                        person.id, to: Subscription(symbol: symbol, minimumStrength: 0), at: now)
                }
            }
        }
    }

    /// Opportunities half an hour apart on the rule clock, so that each is told, and their entries.
    func publish(
        _ count: Int, from first: Int = 0, at now: Timestamp = WallTime().now, ruleTime: Timestamp = WallTime().now,
        priority: Priority = .medium
    ) async throws {
        guard let symbol = Symbol("BTC") else { return }
        let store = SQLAlertStore(database)
        let alerts = (first..<first + count).map { index -> Alert in
            let at = ruleTime + .minutes(Int64(index - first) * 30)
            return Alert(
                naturalKey: "bench:\(index)", symbol: symbol, priority: priority, issuedAt: at,
                audience: .subscribers(symbol, strength: 0.9),
                body: .opportunity(
                    Opportunity(
                        symbol: symbol, kind: .trend, side: .buy, score: 0.7, strength: 0.9,
                        strengthIsProvisional: false, price: 100, at: at, outlook: .hours1to4, factors: [],
                        reasons: [], riskLevel: nil, expectedMove: nil, moveRatio: nil, measured: nil)))
        }
        _ = try await store.publish(DecisionBatch(alerts: alerts), now: now)
        while !(try await store.expand(limit: 10_000, now: now)).isEmpty {}
    }
}

/// Words without a catalogue.
struct PlainRendering: AlertRendering {
    let message = Message(blocks: [.text([InlineSpan("BTC buy signal, strength 90%")])])
    func message(for alert: StoredAlert, reader: Reader) throws -> Message { message }
    func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message { message }
}
