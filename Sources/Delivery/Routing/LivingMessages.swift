package import Decisions
import Logging
package import Market
package import Messages
package import People
import Metrics
import ServiceLifecycle

/// A message that is edited as its situation goes on.
package struct LivingMessage: Hashable, Sendable {
    package var id: Int64
    package var alert: StoredAlert
    package var channel: ChannelKind
    package var reader: Reader
    /// The provider's; empty where nothing can be edited (the terminal).
    package var messageID: String
    package var situation: LivingSituation
    /// The rule's condition became false.
    package var hasFaded: Bool

    package init(
        id: Int64, alert: StoredAlert, channel: ChannelKind, reader: Reader, messageID: String,
        situation: LivingSituation, hasFaded: Bool
    ) {
        self.id = id
        self.alert = alert
        self.channel = channel
        self.reader = reader
        self.messageID = messageID
        self.situation = situation
        self.hasFaded = hasFaded
    }
}

/// What a look at a living message led to.
package struct LivingUpdate: Hashable, Sendable {
    package var id: Int64
    package var situation: LivingSituation
    /// Wall clock; `nil` when nothing follows.
    package var nextLook: Timestamp?
    package var messages: [Outgoing]

    package struct Outgoing: Hashable, Sendable {
        package var message: Message
        package var form: OutboxContent.Form
        package var lane: Lane
        package init(message: Message, form: OutboxContent.Form, lane: Lane) {
            self.message = message
            self.form = form
            self.lane = lane
        }
    }

    package init(id: Int64, situation: LivingSituation, nextLook: Timestamp?, messages: [Outgoing]) {
        self.id = id
        self.situation = situation
        self.nextLook = nextLook
        self.messages = messages
    }
}

package protocol LivingStore: Sendable {
    /// Messages that are due for a look (wall clock), longest first.
    func dueLiving(now: Timestamp, limit: Int) async throws -> [LivingMessage]
    /// Stores what was seen, and queues the messages with it, in one transaction.
    func updateLiving(_ updates: [LivingUpdate], now: Timestamp) async throws
}

/// Puts the state of a situation into words.
package protocol LivingRendering: Sendable {
    /// The message as it stands now.
    func living(_ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader) throws
        -> Message
    /// One line that says what changed.
    func news(_ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader) throws -> Message
}

/// Keeps one message a situation up to date: edited in place without a sound, at a bounded pace; a change of state of what
/// is at least high, and any at the terminal, is said in a line of its own with a sound.
package final class LivingMessages: Service {
    private static let batch = 100
    private static let poll = Span.seconds(5)

    private let store: any LivingStore
    private let rendering: any LivingRendering
    private let time: DeliveryTime
    private let channels: ChannelWakeups
    private let price: @Sendable (Symbol) -> Double?
    private let logger = Logger(label: "vigia.delivery.living")
    private let loop: TurnLoop
    private let edits = Counter(label: "vigia_living_messages_edits_total")

    /// - Parameter price: the last price of a symbol.
    package init(
        store: any LivingStore, rendering: any LivingRendering, time: DeliveryTime = DeliveryTime(),
        channels: ChannelWakeups, price: @escaping @Sendable (Symbol) -> Double?
    ) {
        self.store = store
        self.rendering = rendering
        self.time = time
        self.channels = channels
        self.price = price
        loop = TurnLoop(time: time)
    }

    /// Looks at everything that is due. Returns how many messages that queued.
    @discardableResult
    package func turn() async throws -> Int {
        var queued = 0
        while true {
            let now = time.wall.now
            let due = try await store.dueLiving(now: now, limit: LivingMessages.batch)
            guard !due.isEmpty else { return queued }
            let updates = due.map { look(at: $0, now: now, ruleNow: time.rule.now) }
            try await store.updateLiving(updates, now: now)
            let count = updates.reduce(0) { $0 + $1.messages.count }
            queued += count
            edits.increment(by: count)
            if count > 0 { for channel in Set(due.map(\.channel)) { channels.wake(channel) } }
            if due.count < LivingMessages.batch { return queued }
        }
    }

    private func look(at living: LivingMessage, now: Timestamp, ruleNow: Timestamp) -> LivingUpdate {
        let alert = living.alert.alert
        var update = LivingUpdate(id: living.id, situation: living.situation, nextLook: nil, messages: [])
        guard let frame = LivingSituation.Frame(alert), let symbol = alert.symbol else { return update }
        let age = ruleNow - alert.issuedAt
        let change = price(symbol).map { $0 / frame.base - 1 }
        let look = update.situation.look(change: change, hasFaded: living.hasFaded, age: age, in: frame)
        if !update.situation.stage.isLast { update.nextLook = now + LivingSituation.pause(age: age) }
        guard case .edit(let isNewState) = look else { return update }
        do {
            if !living.messageID.isEmpty {
                update.messages.append(
                    .init(
                        message: try rendering.living(
                            living.alert, update.situation, at: ruleNow, reader: living.reader),
                        form: .edit(messageID: living.messageID), lane: .low))
            }
            let isHeard = living.channel == .terminal || alert.priority >= .high
            if isNewState, isHeard, update.situation.stage != .over {
                update.messages.append(
                    .init(
                        message: try rendering.news(living.alert, update.situation, at: ruleNow, reader: living.reader),
                        form: .new, lane: Lane(alert.priority)))
            }
        } catch {
            logger.error("living message not rendered", metadata: ["alert": "\(living.alert.id)", "cause": "\(error)"])
        }
        return update
    }

    package func run() async throws {
        await loop.run {
            try await self.turn()
            return LivingMessages.poll
        } failed: { cause, _ in
            self.logger.error("living messages not looked at, trying again", metadata: ["cause": "\(cause)"])
        }
    }

    /// Ends `run` after the batch in hand.
    package func stop() { loop.stop() }
}
