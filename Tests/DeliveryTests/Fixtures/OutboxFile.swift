import Chat
import Decisions
import Foundation
import Market
import Messages
import People
import Synchronization

@testable import Delivery
@testable import Storage

/// A real database file with the stores of delivery. The file goes with the value.
final class OutboxFile: Sendable {
    private let folder: URL
    let database: SQLiteDatabase

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-delivery-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.appending(path: "test.sqlite").path)
        try await database.migrate()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The store as a process of its own sees it: leases of another are not its.
    func outbox(_ process: String = "first") -> SQLOutboxStore { SQLOutboxStore(database, owner: process) }
    var alerts: SQLAlertStore { SQLAlertStore(database) }
    var held: SQLHeldStore { SQLHeldStore(database) }
    var chat: SQLChatStore { SQLChatStore(database) }

    /// People who are reached at their number and subscribe to BTC.
    func addPeople(_ numbers: ClosedRange<Int>, preferences: Preferences = Preferences()) async throws {
        try await chat.write { session in
            for number in numbers {
                let person = try session.addRecipient(
                    kind: .person, role: .user, preferences: preferences,
                    identity: Identity(platform: .telegram, externalID: "\(number)"),
                    address: Address(channel: .telegram, value: "\(number)"), at: start)
                try session.subscribe(person.id, to: Subscription(symbol: .btc, minimumStrength: 0), at: start)
            }
        }
    }

    func reply(_ words: String, to address: String, at now: Timestamp = WallTime().now) async throws {
        try await chat.write { session in
            try session.enqueue(
                ReplyDelivery(
                    channel: .telegram, address: address, recipient: nil, message: text(words), form: .new,
                    createdAt: now,
                    expiresAt: now + .minutes(5)))
        }
    }

    func publish(_ alert: Alert) async throws {
        _ = try await alerts.publish(DecisionBatch(alerts: [alert]), now: WallTime().now)
        while try await alerts.expandNext(limit: 500, now: WallTime().now) != nil {}
    }

    func count(_ condition: String) async throws -> Int {
        try await database.read { sql in Int(try sql.integer("SELECT count(*) FROM outbox WHERE \(condition)") ?? -1) }
    }
}

extension Symbol {
    static var btc: Symbol {
        guard let symbol = Symbol("BTC") else { preconditionFailure("BTC is a symbol") }
        return symbol
    }
}

/// A wall clock that is ahead of the machine's.
struct AheadTime: TimeSource {
    var ahead: Span
    var now: Timestamp { WallTime().now + ahead }
}

/// A clock that is set by hand.
final class SetTime: TimeSource {
    private let time: Mutex<Timestamp>
    init(_ now: Timestamp) { time = Mutex(now) }
    var now: Timestamp { time.withLock { $0 } }
    func set(_ now: Timestamp) { time.withLock { $0 = now } }
}
