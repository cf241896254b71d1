package import Delivery
package import Logging
import Market
package import Messages
import Metrics
package import People

/// Makes the digests that are due and queues them: a job of the durable schedule. Each is queued in the transaction that
/// moves it on to its next time, so a crash sends none twice, and one that was missed is caught up once.
package struct DigestSender: Sendable {
    /// Digests of one round; the next round takes the rest.
    private static let round = 500
    /// The longest time that one digest covers, however long the agent was down.
    private static let longest = Span.days(31)

    private let store: any DigestStore
    private let maker: DigestMaker
    private let contents: DigestContent
    private let renderer: MessageRenderer
    private let channels: Set<ChannelKind>
    private let time: DeliveryTime
    private let wake: @Sendable (ChannelKind) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - channels: those that have a sender.
    ///   - wake: tells a channel's dispatcher that there is something to send.
    package init(
        store: any DigestStore, maker: DigestMaker, contents: DigestContent, renderer: MessageRenderer,
        channels: Set<ChannelKind>, time: DeliveryTime, wake: @escaping @Sendable (ChannelKind) -> Void, logger: Logger
    ) {
        self.store = store
        self.maker = maker
        self.contents = contents
        self.renderer = renderer
        self.channels = channels
        self.time = time
        self.wake = wake
        self.logger = logger
    }

    /// Queues every digest that is due now. One that fails is due again at the next call and holds up no other.
    /// Returns how many were queued.
    @discardableResult
    package func sendDue() async throws -> Int {
        var queued = 0
        for due in try await store.dueDigests(now: time.wall.now, limit: Self.round) {
            try Task.checkCancellation()
            do {
                if try await send(due) { queued += 1 }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                Self.count("failed")
                logger.error("digest failed", metadata: ["recipient": "\(due.recipient)", "error": "\(error)"])
            }
        }
        return queued
    }

    /// The digest that `id` would get now, as a chat message; `nil` for somebody unknown. Nothing is queued or moved on.
    package func preview(for id: RecipientID, kind: Digest.Kind) async throws -> Content? {
        let length: Span = kind == .daily ? .days(1) : .days(7)
        let now = time.wall.now
        guard let facts = try await store.facts(for: id, alertsIn: (now - length)..<now) else { return nil }
        return contents.message(
            try await maker.digest(kind, for: facts, length: length, now: now, ruleNow: time.rule.now, nextAt: nil))
    }

    private func send(_ due: DueDigest) async throws -> Bool {
        let now = time.wall.now
        let length = min(max(now - (due.lastAt ?? due.dueAt - due.rhythm.period), due.rhythm.period), Self.longest)
        // From the last one on; but one that came early, after a change of rhythm, covers what it says it does.
        let slack = Span.hours(2)
        let start = due.lastAt.map { now - $0 + slack >= length ? max($0, now - length) : now - length } ?? now - length
        guard let facts = try await store.facts(for: due.recipient, alertsIn: start..<now) else { return false }
        let next = due.rhythm.next(after: now, zone: facts.recipient.preferences.zone)
        let isReached = !facts.recipient.stopped && facts.recipient.role != .blocked
        guard isReached, let way = way(to: facts) else {
            _ = try await store.complete(due, with: nil, next: next, now: now)
            Self.count(isReached ? "no_way" : "stopped")
            return false
        }
        let kind: Digest.Kind = if case .daily = due.rhythm { .daily } else { .weekly }
        let digest = try await maker.digest(
            kind, for: facts, length: length, now: now, ruleNow: time.rule.now, nextAt: next)
        let message = try message(digest, for: facts.recipient.preferences, by: way.channel)
        let delivery = DigestDelivery(
            recipient: due.recipient, channel: way.channel, address: way.value, message: message)
        guard try await store.complete(due, with: delivery, next: next, now: now) else { return false }
        Self.count("queued")
        wake(way.channel)
        return true
    }

    /// By e-mail where there is a verified address, else where they talk to us.
    private func way(to facts: DigestFacts) -> Address? {
        let open = facts.addresses.filter { $0.disabledReason == nil && channels.contains($0.channel) }
        let order: [ChannelKind] = [.email, .telegram, .discord, .terminal]
        return order.lazy.compactMap { channel in open.first { $0.channel == channel } }.first
    }

    private func message(
        _ digest: Digest, for preferences: Preferences, by channel: ChannelKind
    ) throws -> Message {
        let reader = Reader(language: preferences.language, zone: preferences.zone)
        var message = try renderer.message(for: contents.message(digest), reader: reader)
        if channel == .email {
            let title = contents.title(digest)
            message.letter = Message.Letter(
                subject: renderer.plainText(title.key, title.values, reader: reader),
                html: try renderer.document(for: contents.body(digest), reader: reader))
        }
        return message
    }

    private static func count(_ outcome: String) {
        Counter(label: "vigia_digests_total", dimensions: [("outcome", outcome)]).increment()
    }
}
