package import Market

/// What is known of the SMS that were sent, durably: how many, under which id at the provider, what became of them, and
/// who wants no more. Every method is one transaction.
package protocol SMSLedger: Sendable {
    /// Counts one more message of this time, if the caps leave one.
    func reserve(_ caps: SMSCaps, now: Timestamp) async throws -> SMSCaps.Verdict

    /// Takes back what was reserved at `time` for a message that was surely not taken.
    func giveBack(reservedAt time: Timestamp) async throws

    /// The provider has taken the delivery under this id.
    func accepted(_ messageID: String, delivery: OutboxID, now: Timestamp) async throws

    /// The provider's id of a delivery, if it is known to have been taken.
    func messageID(of delivery: OutboxID) async throws -> String?

    /// Which of the provider's ids are known: they belong to deliveries already.
    func known(among messageIDs: [String]) async throws -> Set<String>

    /// The provider tells what became of a message. Returns false when this was told before.
    @discardableResult
    func note(_ report: SMSReport, now: Timestamp) async throws -> Bool

    /// The number's owner said STOP, or START. `messageID` is of that message: it counts once. Returns false when it was
    /// told before.
    @discardableResult
    func setWanted(_ isWanted: Bool, number: String, messageID: String, now: Timestamp) async throws -> Bool
}

/// One report about a message.
package struct SMSReport: Hashable, Sendable {
    package var messageID: String
    package var state: SMSState
    /// The provider's number for what went wrong.
    package var errorCode: Int?
    /// Whose message it is, where the report says so.
    package var delivery: OutboxID?
    /// The number can never be reached, and why.
    package var gone: String?

    package init(
        messageID: String, state: SMSState, errorCode: Int? = nil, delivery: OutboxID? = nil, gone: String? = nil
    ) {
        self.messageID = messageID
        self.state = state
        self.errorCode = errorCode
        self.delivery = delivery
        self.gone = gone
    }
}

/// How far a message has come. Reports arrive twice and out of order; a message never goes back.
package enum SMSState: String, Hashable, Comparable, Sendable, CaseIterable {
    case accepted, queued, sending, sent, delivered, undelivered, failed

    /// Final states are of one rank: the first one told stays.
    package var rank: Int {
        switch self {
        case .accepted: 0
        case .queued: 1
        case .sending: 2
        case .sent: 3
        case .delivered, .undelivered, .failed: 4
        }
    }

    package static func < (a: SMSState, b: SMSState) -> Bool { a.rank < b.rank }
}
