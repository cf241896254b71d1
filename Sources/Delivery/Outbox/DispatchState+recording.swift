import Market

/// What is over waits here to share a transaction.
extension DispatchState {
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

    mutating func giveBack(_ ticket: Ticket, at time: Timestamp, _ reason: String, _ now: Timestamp) {
        settle(
            ticket.entry.id, .retry(at: time, reason: reason), nil, now, mayHaveArrived: ticket.entry.possibleRepeat)
    }

    mutating func settle(
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
