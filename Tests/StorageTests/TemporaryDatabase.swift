import Chat
import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
@testable import Storage

/// A migrated database in a file of its own, and builders with defaults. The file goes with the value.
final class TemporaryDatabase: Sendable {
    let path: String
    let database: SQLiteDatabase

    init(migrated: Bool = true) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "test.sqlite").path
        database = try SQLiteDatabase(path: path)
        if migrated { try await database.migrate() }
    }

    deinit {
        try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
    }

    /// A second process, as far as the file can tell.
    func reopened() async throws -> SQLiteDatabase {
        let other = try SQLiteDatabase(path: path)
        try await other.migrate()
        return other
    }

    var chat: SQLChatStore { SQLChatStore(database) }
    var alerts: SQLAlertStore { SQLAlertStore(database) }
    var outbox: SQLOutboxStore { SQLOutboxStore(database, owner: "first") }
    var held: SQLHeldStore { SQLHeldStore(database) }
    var rules: SQLRuleStore { SQLRuleStore(database) }

    @discardableResult
    func addPerson(
        _ externalID: String, subscribed: [String] = [], minimum: Double = 0, role: Recipient.Role = .user,
        preferences: Preferences = Preferences()
    ) async throws -> Recipient {
        try await chat.write { session throws in
            let person = try session.addRecipient(
                kind: .person, role: role, preferences: preferences,
                identity: Identity(platform: .telegram, externalID: externalID),
                address: Address(channel: .telegram, value: externalID), at: .start)
            for name in subscribed {
                try session.subscribe(
                    person.id, to: Subscription(symbol: symbol(name), minimumStrength: minimum), at: .start)
            }
            return person
        }
    }

    func reply(_ text: String, to address: String, recipient: RecipientID? = nil, at: Timestamp = .start) async throws {
        try await chat.write { session throws in
            try session.enqueue(replyDelivery(text, to: address, recipient: recipient, at: at))
        }
    }

    /// Everything that is decided reaches the outbox.
    @discardableResult
    func publishAndExpand(_ alert: Alert, now: Timestamp = .start) async throws -> [Expansion] {
        _ = try await alerts.publish(DecisionBatch(alerts: [alert]), now: now)
        var expansions: [Expansion] = []
        while let expansion = try await alerts.expandNext(limit: 100, now: now) { expansions.append(expansion) }
        return expansions
    }

    func count(_ sql: String) async throws -> Int {
        try await database.read { connection in Int(try connection.integer(sql) ?? -1) }
    }
}

extension Timestamp {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
}

func symbol(_ name: String) -> Symbol {
    guard let symbol = Symbol(name) else { preconditionFailure("not a symbol: \(name)") }
    return symbol
}

func replyDelivery(
    _ text: String, to address: String, recipient: RecipientID? = nil, at: Timestamp = .start
) -> ReplyDelivery {
    ReplyDelivery(
        channel: .telegram, address: address, recipient: recipient,
        message: Message(blocks: [.text([InlineSpan(text)])]), form: .new, createdAt: at,
        expiresAt: at + .seconds(60))
}

func opportunityAlert(
    _ name: String = "BTC", at: Timestamp = .start, priority: Priority = .medium, strength: Double = 0.7,
    side: Opportunity.Side = .buy, kind: Opportunity.Kind = .trend
) -> Alert {
    Alert(
        naturalKey: "opportunity:\(name):\(kind):\(side):\(at.milliseconds)", symbol: symbol(name), priority: priority,
        issuedAt: at, audience: .subscribers(symbol(name), strength: strength),
        body: .opportunity(
            Opportunity(
                symbol: symbol(name), kind: kind, side: side, score: side == .buy ? 0.7 : -0.7, strength: strength,
                strengthIsProvisional: false, price: 60_000, at: at, outlook: .days1to3,
                factors: [FactorReading(name: "trend", value: 0.7)],
                reasons: [Reason(key: "macd_up", values: ["value": 0.7])], riskLevel: nil, expectedMove: 0.02,
                moveRatio: 1, measured: nil)))
}

func ruleAlert(
    _ rule: Rule, sequence: Int = 1, at: Timestamp = .start, priority: Priority = .medium, via: [ChannelKind] = []
) -> Alert {
    Alert(
        naturalKey: "rule:\(rule.id):\(sequence)", symbol: symbol("BTC"), priority: priority, issuedAt: at,
        audience: .owner(rule.owner, via: via),
        body: .ruleFired(
            RuleFiring(
                rule: rule.id, owner: rule.owner, number: rule.number, text: rule.text, symbol: symbol("BTC"),
                sequence: sequence, at: at, price: 70_001, values: [.init(text: "price", value: 70_001)])))
}

func systemAlert(_ severity: SystemNotice.Severity = .warning, key: String = "disk_full") -> Alert {
    Alert(
        naturalKey: "system:\(key)", symbol: nil, priority: severity == .critical ? .critical : .medium,
        issuedAt: .start, audience: .operators, body: .system(SystemNotice(severity: severity, key: key)))
}

extension OutboxEntry {
    /// Text of a reply, key of an alert, keys of a digest.
    var label: String {
        switch content {
        case .message(let message, _): message.plainText
        case .alert(let alert): alert.alert.naturalKey
        case .digest(let alerts): alerts.map(\.alert.naturalKey).joined(separator: ",")
        }
    }
}
