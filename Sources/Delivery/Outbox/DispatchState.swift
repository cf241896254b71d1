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

    private struct Waiting {
        let ticket: Ticket
        var notBefore: Timestamp
    }

    private let channel: ChannelKind
    private let settings: DispatchSettings
    private let gate: DeliveryGate
    private let policy: RetryPolicy
    private var limiter: RateLimiter
    private var health = SenderHealth()

    private var waiting: [Waiting] = []
    private var flights: [OutboxID: Ticket] = [:]
    private var settled: [Settled] = []
    /// When the oldest of `settled` came.
    private var settledSince: Timestamp?
    private var inHand: Set<OutboxID> = []

    private var mayHaveMore = true
    private var isUrgent = true
    private var nextClaim: Timestamp?

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

    // MARK: Sending

    /// Takes what begins now. Every ticket must be followed by `finish` or `putBack`. With `afterRecording` what is
    /// settled is recorded in the same transaction and gives its places back.
    mutating func takeReady(now: Timestamp, isPaused: Bool, afterRecording: Bool = false) -> [Ticket] {
        tidy(now: now, isPaused: isPaused)
        let allowed = health.isProbing ? 1 : settings.inFlight
        var free = allowed - (afterRecording ? flights.count : unrecorded)
        var taken: [Ticket] = []
        var kept: [Waiting] = []
        guard free > 0, !waiting.isEmpty else { return [] }
        // One send is left to replies, where there are enough of them to share.
        let replyOnly = allowed >= 4 ? 1 : 0
        for index in waiting.indices {
            var item = waiting[index]
            guard free > (item.ticket.isReply ? 0 : replyOnly), item.notBefore <= now else {
                kept.append(item)
                continue
            }
            switch limiter.admit(chat: item.ticket.chat, isReply: item.ticket.isReply, now: now) {
            case .granted:
                free -= 1
                flights[item.ticket.entry.id] = item.ticket
                taken.append(item.ticket)
                continue
            case .wait:
                if case .wait(let until) = limiter.readiness(chat: item.ticket.chat, now: now) {
                    item.notBefore = until
                }
            case .busy:
                break
            }
            kept.append(item)
        }
        waiting = kept
        return taken
    }

    /// These were not begun after all.
    mutating func putBack(_ tickets: [Ticket], now: Timestamp) {
        for ticket in tickets.reversed() {
            flights[ticket.entry.id] = nil
            limiter.cancel(chat: ticket.chat)
            let index = waiting.firstIndex { $0.ticket.entry.lane >= ticket.entry.lane } ?? waiting.count
            waiting.insert(Waiting(ticket: ticket, notBefore: now), at: index)
        }
    }

    /// A send is over. Returns what the operators should hear.
    mutating func finish(
        _ id: OutboxID, _ result: SendResult, now: Timestamp, ruleNow: Timestamp, jitter: Double
    ) -> SystemNotice? {
        guard let ticket = flights.removeValue(forKey: id) else { return nil }
        limiter.complete(chat: ticket.chat, now: now)
        switch result {
        case .sent(let receipt):
            health.succeeded()
            if let span = receipt.exhaustedFor { limiter.block(chat: ticket.chat, until: now + span, now: now) }
            settle(
                id, .sent(providerMessageID: receipt.providerMessageID), .sent, now,
                countedAt: ticket.isReply ? nil : ruleNow, wasBegun: true)
        case .unrenderable(let reason):
            settle(id, .dead(reason: "not rendered: \(reason)"), .dead, now, wasBegun: true)
        case .failed(let error):
            return finish(ticket, error, now: now, jitter: jitter)
        }
        return nil
    }

    private mutating func finish(
        _ ticket: Ticket, _ error: DeliveryError, now: Timestamp, jitter: Double
    ) -> SystemNotice? {
        let notice = weigh(error, chat: ticket.chat, now: now)
        let verdict = policy.verdict(
            for: error, channel: channel, attempts: ticket.entry.attempts + 1, createdAt: ticket.entry.createdAt,
            now: now, jitter: jitter)
        let id = ticket.entry.id
        let label = DeliveryOutcome(error)
        switch verdict {
        case .retry(let time, let reason, let mayHaveArrived):
            // What was marked as a possible repeat stays one: an earlier send of it may still have arrived.
            settle(
                id, .retry(at: time, reason: reason), label, now,
                mayHaveArrived: mayHaveArrived || ticket.entry.possibleRepeat, wasBegun: true)
        case .dead(let reason):
            settle(id, .dead(reason: reason), label == .rejected ? label : .dead, now, wasBegun: true)
        case .addressGone(let reason): settle(id, .addressGone(reason: reason), label, now, wasBegun: true)
        case .moved(let address): settle(id, .moved(to: address), label, now, wasBegun: true)
        case .senderRefused(let time, let reason):
            settle(
                id, .retry(at: time, reason: reason), label, now, mayHaveArrived: ticket.entry.possibleRepeat,
                wasBegun: true)
        }
        return notice
    }

    /// What an error says about the chat and the sender.
    private mutating func weigh(_ error: DeliveryError, chat: String, now: Timestamp) -> SystemNotice? {
        switch error {
        case .rateLimited(let span, .sender):
            limiter.blockSender(until: now + span)
        case .rateLimited(let span, .address):
            limiter.block(chat: chat, until: now + span, now: now)
            if let rest = health.failed(.limited(span), chat: chat) { limiter.blockSender(until: now + rest) }
        case .unavailable, .outcomeUnknown:
            if let rest = health.failed(.unavailable, chat: chat) { limiter.blockSender(until: now + rest) }
        case .unauthorized(let reason):
            let isNews = !health.isRefused
            if let rest = health.failed(.refused, chat: chat) { limiter.blockSender(until: now + rest) }
            guard isNews else { return nil }
            return SystemNotice(
                severity: .critical, key: "sender_refused", values: ["channel": channel.rawValue, "reason": reason])
        case .recipientGone, .moved, .rejected:
            // The provider answered sensibly.
            health.succeeded()
        }
        return nil
    }

    /// Settles what has waited too long, came too late, or must not go while alerts are paused.
    private mutating func tidy(now: Timestamp, isPaused: Bool) {
        let block = limiter.senderBlock(at: now)
        let longestWait = settings.longestWait
        guard
            waiting.contains(where: {
                (isPaused && !$0.ticket.isReply) || $0.ticket.claimedAt + longestWait <= now
                    || ($0.ticket.entry.expiresAt.map { $0 <= now } ?? false)
            })
        else { return }
        let items = waiting
        waiting.removeAll()
        for item in items {
            let ticket = item.ticket
            if let expiresAt = ticket.entry.expiresAt, expiresAt <= now {
                settle(ticket.entry.id, .dropped(reason: "expired"), .expired, now)
            } else if isPaused, !ticket.isReply {
                giveBack(ticket, at: now + settings.patience, "paused", now)
            } else if ticket.claimedAt + longestWait <= now {
                giveBack(ticket, at: max(item.notBefore, block ?? now), "paced", now)
            } else {
                waiting.append(item)
            }
        }
    }

    // MARK: Recording

    /// Whether to record now, or to wait for more to share the transaction.
    func isRecordDue(now: Timestamp) -> Bool {
        guard let since = settledSince else { return false }
        return flights.isEmpty || settled.count >= max(2, settings.inFlight / 2) || since + settings.linger <= now
    }

    /// What to record. It keeps its places in flight until `recorded` or `notRecorded`.
    var outcomes: [Settled] { settled }

    /// The outcomes asked for last are stored: their mailboxes are free, and may have more.
    mutating func recorded() {
        for item in settled { inHand.remove(item.outcome.id) }
        settled.removeAll(keepingCapacity: true)
        settledSince = nil
        mayHaveMore = true
    }

    /// When this must be asked again although nothing happened.
    mutating func nextInstant(now: Timestamp) -> Timestamp? {
        var next = nextClaim
        func consider(_ time: Timestamp?) {
            guard let time else { return }
            next = min(next ?? time, time)
        }
        consider(settledSince.map { $0 + settings.linger })
        consider(limiter.senderBlock(at: now))
        var hasReadyReply = false
        var hasReadyAlert = false
        for item in waiting {
            consider(item.ticket.claimedAt + settings.longestWait)
            if item.notBefore > now {
                consider(item.notBefore)
            } else if item.ticket.isReply {
                hasReadyReply = true
            } else {
                hasReadyAlert = true
            }
        }
        if hasReadyReply { consider(limiter.opening(isReply: true, now: now)) }
        if hasReadyAlert { consider(limiter.opening(isReply: false, now: now)) }
        return next
    }

    private mutating func giveBack(_ ticket: Ticket, at time: Timestamp, _ reason: String, _ now: Timestamp) {
        settle(
            ticket.entry.id, .retry(at: time, reason: reason), nil, now, mayHaveArrived: ticket.entry.possibleRepeat)
    }

    private mutating func settle(
        _ id: OutboxID, _ result: OutboxOutcome.Result, _ label: DeliveryOutcome?, _ now: Timestamp,
        countedAt: Timestamp? = nil, mayHaveArrived: Bool = false, wasBegun: Bool = false
    ) {
        settled.append(
            Settled(
                outcome: OutboxOutcome(id: id, result: result, countedAt: countedAt, mayHaveArrived: mayHaveArrived),
                label: label, wasBegun: wasBegun))
        settledSince = settledSince ?? now
    }
}
