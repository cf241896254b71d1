package import Delivery
package import Logging
package import Market
package import People

/// Sends messages as SMS through Twilio, each one GSM-7 segment, to allowed countries and within the caps.
///
/// An SMS costs money and cannot be taken back, so nothing is ever sent twice: when an answer was lost, Twilio's record
/// (and what it has reported to us meanwhile) says whether the message was taken.
package struct SMSChannel: Channel, DeliveryRecord {
    /// Clocks of two machines may differ by so much.
    private static let clockDifference = Span.minutes(2)

    package let kind = ChannelKind.sms
    private let api: TwilioAPI
    private let ledger: any SMSLedger
    private let caps: SMSCaps
    private let prefixes: SMSPrefixes
    private let time: any TimeSource
    private let logger: Logger
    private let onCap: @Sendable (SMSCaps.Verdict) async -> Void

    package var record: (any DeliveryRecord)? { self }

    /// `onCap` is told when a message could not go because a cap is used up.
    package init(
        api: TwilioAPI, ledger: any SMSLedger, caps: SMSCaps = SMSCaps(), prefixes: SMSPrefixes,
        time: any TimeSource = WallTime(), logger: Logger = Logger(label: "vigia.sms"),
        onCap: @escaping @Sendable (SMSCaps.Verdict) async -> Void = { _ in }
    ) {
        self.api = api
        self.ledger = ledger
        self.caps = caps
        self.prefixes = prefixes
        self.time = time
        self.logger = logger
        self.onCap = onCap
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard let number = PhoneNumber(delivery.address) else { throw .recipientGone(reason: "not a phone number") }
        guard prefixes.allow(number) else {
            throw .rejected(reason: "\(number.countryPrefix) is not among SMS_ALLOWED_PREFIXES")
        }
        let now = time.now
        try await reserve(now)
        do {
            let sid = try await api.send(
                to: number, body: SMSText(delivery.message).text, delivery: delivery.id,
                validity: RetryPolicy().patience(.sms))
            await note(sid, delivery.id)
            return Receipt(providerMessageID: sid)
        } catch {
            // What may have been taken stays counted.
            if case .outcomeUnknown = error { throw error }
            do { try await ledger.giveBack(reservedAt: now) } catch {
                logger.error("an SMS that was not sent stays counted", metadata: ["cause": "\(error)"])
            }
            throw error
        }
    }

    package func find(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt? {
        guard let number = PhoneNumber(delivery.address) else { throw .recipientGone(reason: "not a phone number") }
        do {
            if let sid = try await ledger.messageID(of: delivery.id) { return Receipt(providerMessageID: sid) }
        } catch {
            throw .unavailable(reason: "the SMS ledger cannot be read")
        }
        let body = SMSText(delivery.message).text
        let earliest = delivery.createdAt - SMSChannel.clockDifference
        // A trial account puts its own words before ours.
        let candidates = try await api.messages(to: number).filter {
            $0.body.hasSuffix(body) && ($0.createdAt.map { $0 >= earliest } ?? false)
        }
        let known: Set<String>
        do { known = try await ledger.known(among: candidates.map(\.sid)) } catch {
            throw .unavailable(reason: "the SMS ledger cannot be read")
        }
        // The same words may have gone to the same number for another delivery, which has its own.
        guard let found = candidates.last(where: { !known.contains($0.sid) }) else { return nil }
        await note(found.sid, delivery.id)
        return Receipt(providerMessageID: found.sid)
    }

    private func reserve(_ now: Timestamp) async throws(DeliveryError) {
        let verdict: SMSCaps.Verdict
        do { verdict = try await ledger.reserve(caps, now: now) } catch {
            throw .unavailable(reason: "the SMS ledger cannot be written")
        }
        switch verdict {
        case .allowed: return
        case .dayUsedUp(let cap):
            await onCap(verdict)
            throw .rejected(reason: "all \(cap) SMS of this day are used up (SMS_DAILY_CAP)")
        case .monthUsedUp(let cap):
            await onCap(verdict)
            throw .rejected(reason: "all \(cap) SMS of this month are used up (SMS_MONTHLY_CAP)")
        }
    }

    /// Only a help for later: the outbox keeps the receipt, and the record at Twilio is there.
    private func note(_ sid: String, _ delivery: OutboxID) async {
        do { try await ledger.accepted(sid, delivery: delivery, now: time.now) } catch {
            logger.error("SMS not noted in the ledger", metadata: ["cause": "\(error)", "delivery": "\(delivery)"])
        }
    }
}
