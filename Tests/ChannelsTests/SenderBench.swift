import Channels
import Chat
import Decisions
import Foundation
import Market
import Messages
import People
import Support
import Synchronization

@testable import Delivery
@testable import Storage

/// A real outbox with its dispatcher in hurried time, one operator with an address, and a channel under test.
final class SenderBench: Sendable {
    static let start = Timestamp(milliseconds: 1_768_399_320_000)

    let database: SQLiteDatabase
    let outbox: WatchedOutbox
    let time: HurryingTime
    let notices = Recorder<SystemNotice>()
    private let folder: URL
    private let kind: ChannelKind
    private let address: String
    private let factor: Int

    var ledger: SQLSMSLedger { SQLSMSLedger(database, vault: vault) }
    private let vault: ContactVault
    private var alerts: SQLAlertStore { SQLAlertStore(database) }

    /// `factor`: how many simulated seconds pass in a real one.
    init(_ kind: ChannelKind, address: String, factor: Int = 500) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-senders-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.appending(path: "test.sqlite").path)
        try await database.migrate()
        outbox = WatchedOutbox(SQLOutboxStore(database))
        vault = ContactVault(
            seal: ContactSeal(try SecretKey("a secret of the tests, long enough to be one")), renderer: Silent())
        time = HurryingTime(from: SenderBench.start, factor: factor)
        self.kind = kind
        self.address = address
        self.factor = factor
        try await SQLChatStore(database).write { session in
            _ = try session.addRecipient(
                kind: .person, role: .operator, preferences: Preferences(),
                identity: Identity(platform: .telegram, externalID: "1"),
                address: Address(channel: kind, value: address), at: SenderBench.start)
        }
    }

    /// The operator registers a number; returns the reference of the contact.
    func register(_ number: String) async throws -> String {
        guard let phone = PhoneNumber(number) else { throw NothingClaimed() }
        return try await SQLChatStore(database, vault: vault).write { session in
            let reference = try session.requestVerification(
                of: .phone(phone), by: RecipientID(1), code: "111111", at: SenderBench.start)
            _ = try session.verify(code: "111111", of: RecipientID(1), at: SenderBench.start)
            return reference
        }
    }

    func close(_ reference: String, reason: String) async throws {
        try await database.write { sql in
            _ = try AddressClosing(sql: sql, renderer: nil, now: SenderBench.start).close(
                channel: .sms, address: reference, reason: reason)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A critical notice to the operator.
    func decide(_ words: String) async throws {
        let alert = Alert(
            naturalKey: "system:\(words)", symbol: nil, priority: .critical, issuedAt: time.now, audience: .operators,
            body: .system(SystemNotice(severity: .critical, key: words)))
        _ = try await alerts.publish(DecisionBatch(alerts: [alert]), now: time.now)
        while try await alerts.expandNext(limit: 100, now: time.now) != nil {}
    }

    /// Runs the dispatcher until `condition` holds of the outcomes recorded so far, at most `limit` real seconds.
    func run(
        _ channel: any Channel, limit: Duration = .seconds(20),
        until condition: @escaping @Sendable (WatchedOutbox) async -> Bool
    ) async throws -> Bool {
        let dispatcher = OutboxDispatcher(
            channel: channel, store: outbox, rendering: KeyWords(),
            // The lease outlasts a real time-out in hurried time.
            settings: DispatchSettings(pacing: Pacing(), lease: .hours(12), stopDeadline: .hours(2)),
            time: DeliveryTime(wall: time, rule: time, waiting: HurryingClock(factor: factor)),
            signals: DispatchSignals(
                wakeup: Wakeup(), pause: PauseSwitch(channels: ChannelWakeups(channels: [kind])),
                notice: { [notices] in notices.add($0) }))
        return try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                try await dispatcher.run()
                return nil
            }
            group.addTask { [outbox] in
                await outbox.wait { await condition(outbox) }
                return true
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            var isMet: Bool?
            // Cancelling a send in hand would make its outcome unknown, so the dispatcher is let come to its end.
            while let answer = try await group.next() {
                guard let answer else { break }
                if isMet == nil { isMet = answer }
                dispatcher.stop()
            }
            group.cancelAll()
            return isMet ?? false
        }
    }

    /// Until the one delivery is sent or dead.
    @discardableResult
    func runToTheEnd(_ channel: any Channel, limit: Duration = .seconds(20)) async throws -> Ending {
        _ = try await run(channel, limit: limit) { $0.isSettled }
        return try await ending()
    }

    struct Ending: Hashable {
        var state: String
        var reason: String?
        var attempts: Int64
        /// From decision to end, simulated.
        var took: Span
        var disabled: String?
    }

    func ending() async throws -> Ending {
        let rows = try await database.read { sql in
            try sql.rows(
                """
                SELECT o.state, o.reason, o.attempts, coalesce(o.finished_at, o.created_at) - o.created_at,
                    (SELECT disabled_reason FROM addresses WHERE channel = o.channel)
                FROM outbox o ORDER BY o.id DESC LIMIT 1
                """
            ) {
                Ending(
                    state: $0.text(0), reason: $0.optionalText(1), attempts: $0.integer(2),
                    took: .milliseconds($0.integer(3)), disabled: $0.optionalText(4))
            }
        }
        return rows.first ?? Ending(state: "none", reason: nil, attempts: 0, took: .zero)
    }

    /// A claimed delivery whose send was begun, as the dispatcher does it.
    func claimAndBegin() async throws -> OutgoingDelivery {
        let claimed = try await outbox.claim(channel: kind, limit: 1, now: time.now, lease: time.now + .hours(12))
        guard let entry = claimed.first?.entry, case .alert(let alert) = entry.content else { throw NothingClaimed() }
        try await outbox.beginSend([entry.id], now: time.now)
        return OutgoingDelivery(
            id: entry.id, address: entry.address,
            message: try KeyWords().message(for: alert, reader: Reader(language: "en", zone: "UTC")), form: .new,
            possibleRepeat: entry.possibleRepeat, createdAt: entry.createdAt)
    }

    struct NothingClaimed: Error {}

    /// SMS counted.
    func usage() async throws -> Int64 {
        try await database.read { try $0.integer("SELECT coalesce(sum(count), 0) FROM sms_usage") ?? -1 }
    }

    func forgetLedger() async throws {
        try await database.write { sql in _ = try sql.execute("DELETE FROM sms_reports") }
    }

    func retryDead() async throws -> Int {
        let now = time.now
        return try await SQLChatStore(database).write { try $0.retryDead(nil, now: now) }
    }

    func history() async throws -> [HistoryItem] {
        try await SQLChatStore(database).read { try $0.history(of: RecipientID(1), symbol: nil, limit: 10) }
    }

    func addresses() async throws -> [Address] {
        try await SQLChatStore(database).read { try $0.addresses(of: RecipientID(1)) }
    }
}

/// Nobody reads what is told elsewhere.
struct Silent: ContentRendering {
    func message(for content: Content, reader: Reader) throws -> Message { .plain(content.template) }
}

/// Renders a notice as its key.
struct KeyWords: AlertRendering {
    func message(for alert: StoredAlert, reader: Reader) throws -> Message {
        .plain(String(alert.alert.naturalKey.dropFirst("system:".count)))
    }

    func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        .plain(alerts.map(\.alert.naturalKey).joined(separator: "\n"))
    }
}

/// A store that tells when outcomes are recorded, and can lose its memory of a send as a crash does.
final class WatchedOutbox: OutboxStore {
    private let inner: SQLOutboxStore
    private let outcomes = Mutex<[OutboxOutcome]>([])
    private let changed = Wakeup()

    init(_ inner: SQLOutboxStore) { self.inner = inner }

    var recorded: [OutboxOutcome] { outcomes.withLock { $0 } }

    var isSettled: Bool {
        recorded.contains { outcome in
            switch outcome.result {
            case .sent, .dead, .dropped, .addressGone: true
            case .retry, .held, .summarised, .moved: false
            }
        }
    }

    var retries: Int {
        recorded.count { if case .retry = $0.result { true } else { false } }
    }

    func wait(until condition: () async -> Bool) async {
        while await !condition(), !Task.isCancelled { await changed.wait() }
    }

    func exchange(
        _ round: OutboxExchange, channel: ChannelKind, now: Timestamp
    ) async throws -> [ClaimedEntry] {
        let claimed = try await inner.exchange(round, channel: channel, now: now)
        if !round.outcomes.isEmpty {
            outcomes.withLock { $0 += round.outcomes }
            changed.signal()
        }
        return claimed
    }

    func nextDue(channel: ChannelKind) async throws -> Timestamp? { try await inner.nextDue(channel: channel) }
    func releaseLeases(channel: ChannelKind) async throws { try await inner.releaseLeases(channel: channel) }

    /// What the next start finds after the process was killed.
    func afterCrash(channel: ChannelKind) async throws { try await inner.takeOverLeases(channel: channel) }
}
