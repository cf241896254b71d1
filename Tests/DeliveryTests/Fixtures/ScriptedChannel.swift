import Market
import Messages
import People
import Synchronization

@testable import Delivery

/// A channel that answers as the test wants, and keeps a journal of what was handed to it.
final class ScriptedChannel: Channel {
    typealias Answer = @Sendable (OutgoingDelivery, _ send: Int) async -> Result<Receipt, DeliveryError>

    private struct Journal {
        var begun: [OutgoingDelivery] = []
        var sends: [OutboxID: Int] = [:]
        var delivered: [OutgoingDelivery] = []
        var inFlight = 0
        var mostInFlight = 0
    }

    let kind: ChannelKind
    private let journal = Mutex(Journal())
    private let changed = Wakeup()
    private let answer: Answer

    /// `send` counts the sends of one delivery, from 1.
    init(
        _ kind: ChannelKind = .telegram,
        answer: @escaping Answer = { _, _ in .success(Receipt(providerMessageID: nil)) }
    ) {
        self.kind = kind
        self.answer = answer
    }

    var begun: [OutgoingDelivery] { journal.withLock { $0.begun } }
    var delivered: [OutgoingDelivery] { journal.withLock { $0.delivered } }
    var mostInFlight: Int { journal.withLock { $0.mostInFlight } }

    func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        let send = journal.withLock { journal in
            journal.begun.append(delivery)
            journal.sends[delivery.id, default: 0] += 1
            journal.inFlight += 1
            journal.mostInFlight = max(journal.mostInFlight, journal.inFlight)
            return journal.sends[delivery.id] ?? 0
        }
        changed.signal()
        let result = await answer(delivery, send)
        journal.withLock { journal in
            journal.inFlight -= 1
            if case .success = result { journal.delivered.append(delivery) }
        }
        changed.signal()
        return try result.get()
    }

    /// Waits until the journal is as `condition` says.
    func wait(until condition: (ScriptedChannel) -> Bool) async {
        while !condition(self), !Task.isCancelled { await changed.wait() }
    }
}

/// Something that a send waits for until the test opens it.
final class Door: Sendable {
    private let state = Mutex(false)
    private let wakeup = Wakeup()

    var isOpen: Bool { state.withLock { $0 } }

    func open() {
        state.withLock { $0 = true }
        wakeup.signal()
    }

    func pass() async {
        while !isOpen, !Task.isCancelled { await wakeup.wait() }
        // Hands the signal on to whoever stands behind.
        wakeup.signal()
    }
}

/// A store that fails when it is told to, as a broken or vanished database does.
struct FailingOutbox: OutboxStore {
    struct Failure: Error {}
    enum Call { case claim, begin, record, nextDue, release }

    let inner: any OutboxStore
    let fails: @Sendable (Call) -> Bool

    private func check(_ call: Call) throws {
        if fails(call) { throw Failure() }
    }

    func exchange(
        _ round: OutboxExchange, channel: ChannelKind, now: Timestamp
    ) async throws -> [ClaimedEntry] {
        if !round.outcomes.isEmpty { try check(.record) }
        if !round.begun.isEmpty { try check(.begin) }
        if round.limit > 0 { try check(.claim) }
        return try await inner.exchange(round, channel: channel, now: now)
    }

    func nextDue(channel: ChannelKind) async throws -> Timestamp? {
        try check(.nextDue)
        return try await inner.nextDue(channel: channel)
    }

    func releaseLeases(channel: ChannelKind) async throws {
        try check(.release)
        try await inner.releaseLeases(channel: channel)
    }
}
