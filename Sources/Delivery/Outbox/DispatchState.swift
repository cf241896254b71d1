import Decisions
import Market
import Messages
import People

/// Decides what one sender does next: what to claim, what may begin, what to record. `OutboxDispatcher` carries it out.
///
/// 1. Claimed entries pass the gate. What may not go is settled at once; the others wait here, by lane and then in the
///    order they came.
/// 2. Of those whose chat and sender are ready, as many begin as there are sends free. Replies may use the last free send
///    and the last places of the rate window; alerts leave them one of each.
/// 3. A chat that is not ready within a few seconds gets its entry back into the store, due when it will be, so that it
///    takes no room here; so does everything that waited for a third of its lease.
/// 4. A finished send keeps its place until its outcome is recorded: after a crash it would be as unknown as one on the
///    wire.
struct DispatchState: Sendable {
    /// A claimed entry on its way.
    final class Ticket: Sendable {
        let entry: OutboxEntry
        let reader: Reader
        let chat: String
        let claimedAt: Timestamp

        init(_ claimed: ClaimedEntry, reader: Reader, claimedAt: Timestamp) {
            entry = claimed.entry
            self.reader =
                claimed.recipient.map { Reader(language: $0.preferences.language, zone: $0.preferences.zone) } ?? reader
            chat = RateLimiter.chat(of: claimed.entry.address)
            self.claimedAt = claimedAt
        }

        var isReply: Bool { entry.lane == .reply }
    }

    enum SendResult: Sendable {
        case sent(Receipt)
        case failed(DeliveryError)
        case unrenderable(String)
    }

    /// An outcome to record, and how it counts once it is.
    struct Settled: Sendable {
        var outcome: OutboxOutcome
        var label: DeliveryOutcome?
        /// It holds one of the places in flight.
        var wasBegun: Bool
    }

    struct Waiting {
        let ticket: Ticket
        var notBefore: Timestamp
    }

    let channel: ChannelKind
    let settings: DispatchSettings
    let gate: DeliveryGate
    let policy: RetryPolicy
    var limiter: RateLimiter
    var health = SenderHealth()

    var waiting: [Waiting] = []
    var flights: [OutboxID: Ticket] = [:]
    var settled: [Settled] = []
    /// When the oldest of `settled` came.
    var settledSince: Timestamp?
    var inHand: Set<OutboxID> = []

    var mayHaveMore = true
    var isUrgent = true
    var nextClaim: Timestamp?

    init(
        channel: ChannelKind, settings: DispatchSettings, gate: DeliveryGate = DeliveryGate(),
        policy: RetryPolicy = RetryPolicy()
    ) {
        self.channel = channel
        self.settings = settings
        self.gate = gate
        self.policy = policy
        limiter = RateLimiter(settings.pacing)
    }

    var inFlight: Int { flights.count }
    var waitingCount: Int { waiting.count }
    /// Sends begun whose outcome is not recorded.
    var unrecorded: Int { flights.count + settled.count { $0.wasBegun } }

    // MARK: Claiming

    /// Something may be new in the store.
    mutating func wake() {
        mayHaveMore = true
        isUrgent = true
    }

    /// How many entries to claim now; 0 for none. With `afterRecording` what is settled is recorded in the same
    /// transaction, and the mailboxes that it frees may have more.
    mutating func claimLimit(now: Timestamp, afterRecording: Bool = false) -> Int {
        if afterRecording { mayHaveMore = true }
        if let time = nextClaim, time <= now {
            nextClaim = nil
            mayHaveMore = true
        }
        // While the sender is blocked a claim would only keep other things from being decided later and better.
        guard mayHaveMore, limiter.senderBlock(at: now) == nil else { return 0 }
        let ready = waiting.count { $0.notBefore <= now }
        // With replies enough in hand, another claim could not bring anything that goes before them.
        let readyReplies = waiting.prefix { $0.ticket.isReply }.count { $0.notBefore <= now }
        if isUrgent, readyReplies <= settings.window / 2 {
            return max(0, settings.window + settings.headroom - ready)
        }
        return ready <= settings.window / 2 ? settings.window - ready : 0
    }

    /// Takes over what a claim of `limit` brought.
    mutating func admit(_ claimed: [ClaimedEntry], limit: Int, now: Timestamp, ruleNow: Timestamp, isPaused: Bool) {
        mayHaveMore = claimed.count >= limit
        nextClaim = nil
        isUrgent = mayHaveMore && (claimed.last.map { $0.entry.lane <= .critical } ?? false)
        for claim in claimed where inHand.insert(claim.entry.id).inserted {
            switch gate.verdict(for: claim, now: now, ruleNow: ruleNow) {
            case .send: place(Ticket(claim, reader: settings.reader, claimedAt: now), now: now, isPaused: isPaused)
            case .hold(let until, let reason): settle(claim.entry.id, .held(until: until, reason: reason), .held, now)
            case .summarise(let day): settle(claim.entry.id, .summarised(day: day), .held, now)
            case .drop(let reason):
                settle(claim.entry.id, .dropped(reason: reason), reason == "expired" ? .expired : .dropped, now)
            case .dead(let reason): settle(claim.entry.id, .dead(reason: reason), .dead, now)
            }
        }
    }

    /// Whether the store has nothing more to give now, so that it is worth asking when it will.
    var isDrained: Bool { !mayHaveMore && nextClaim == nil }

    /// When the store has something to give; `nil` when nothing is pending. The next claim is then, or after `poll`.
    mutating func noteNextDue(_ due: Timestamp?, now: Timestamp, poll: Span) {
        // Not at once: what is due and was not given belongs to a mailbox that is busy, and its record wakes us anyway.
        nextClaim = min(max(due ?? now + poll, now + .milliseconds(250)), now + poll)
    }

    private mutating func place(_ ticket: Ticket, now: Timestamp, isPaused: Bool) {
        if isPaused, !ticket.isReply { return giveBack(ticket, at: now + settings.patience, "paused", now) }
        var notBefore = now
        if case .wait(let until) = limiter.readiness(chat: ticket.chat, now: now) { notBefore = until }
        if notBefore > now {
            let parked = waiting.count { $0.notBefore > now }
            if notBefore - now > settings.patience || parked >= settings.parked {
                return giveBack(ticket, at: notBefore, "paced", now)
            }
        }
        insert(Waiting(ticket: ticket, notBefore: notBefore))
    }

    private mutating func insert(_ item: Waiting) {
        var index = waiting.count
        while index > 0, waiting[index - 1].ticket.entry.lane > item.ticket.entry.lane { index -= 1 }
        waiting.insert(item, at: index)
    }
}
