import Decisions
import Market
import People

/// Beginning sends, and what their answers mean.
extension DispatchState {
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
}
