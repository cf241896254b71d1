package import Market
package import People

/// A rule's text that somebody hands on by a link or a code. Whoever opens it makes a rule of their own by the usual
/// confirmation; whose it was is not told.
package enum SharedRule {
    /// How long a link works.
    package static let life = Span.days(30)
    /// Links of one person that work at once; a further one ends the oldest.
    package static let most = 20
    /// Before the code, in the payload of `/start`.
    static let prefix = "rule_"
}

/// Rules that are handed on and broadcasts that wait, inside a transaction of the conversation.
package protocol SharingSession {
    /// Keeps the text under the hash of a code, the newest `SharedRule.most` of a person.
    func share(_ text: String, by id: RecipientID, hash: String, at now: Timestamp, expiresAt: Timestamp) throws
    /// `nil` when it is unknown, erased or expired.
    func sharedRule(hash: String, at now: Timestamp) throws -> String?

    /// Keeps what an operator wants to tell everybody until it is confirmed, and drops an earlier one of theirs.
    func addBroadcast(_ text: String, by id: RecipientID, expiresAt: Timestamp) throws -> Int64
    /// Takes it; `nil` when it is unknown, somebody else's or expired.
    func takeBroadcast(_ token: Int64, by id: RecipientID, at now: Timestamp) throws -> String?
}
