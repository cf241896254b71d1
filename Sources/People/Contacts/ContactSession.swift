package import Market

/// Contacts of people inside a transaction of the store. Every method takes the person; none finds another's contact.
package protocol ContactSession {
    /// Verified contacts and those that wait for their code, e-mail first.
    func contacts(of id: RecipientID) throws -> [StoredContact]
    /// Whether a code may be sent to the contact now.
    func codeAllowance(for contact: Contact, of id: RecipientID, at now: Timestamp) throws -> CodeAllowance
    /// Remembers that the contact waits for `code`, in place of another one of the same channel that waits. Returns the
    /// reference that the message with the code is addressed to. Only a keyed hash of the code is kept.
    func requestVerification(
        of contact: Contact, by id: RecipientID, code: String, at now: Timestamp
    ) throws -> String
    /// Tries a code on everything of the person that waits for one.
    func verify(code: String, of id: RecipientID, at now: Timestamp) throws -> Verification
    /// Removes the channel's contacts, verified or not. Returns whether there was any.
    func removeContacts(channel: ChannelKind, of id: RecipientID) throws -> Bool
    /// Lets a verified contact work again.
    func enableContact(channel: ChannelKind, of id: RecipientID) throws
}

/// Limits of double opt-in (SPEC section 17). The limit per number holds for an e-mail address alike.
package enum VerificationLimits {
    package static let tries = 5
    package static let life = Span.minutes(10)
    package static let codesPerDay = 3
    package static let restPerContact = Span.hours(1)
}

package enum CodeAllowance: Hashable, Sendable {
    case allowed
    /// The person had their codes of the day.
    case personHadEnough(until: Timestamp)
    /// That address or number got a code lately, whoever asked for it.
    case contactHadOne(until: Timestamp)
}

package enum Verification: Hashable, Sendable {
    /// `takenFrom` is who had it before: somebody who can read the code there now is its owner.
    case verified(StoredContact, takenFrom: RecipientID?)
    case wrong(triesLeft: Int)
    /// That was the last try; the code is void.
    case noTriesLeft
    case expired
    case nothingWaits
}

/// Joining two identities of one person.
package protocol LinkSession {
    /// Stores the hash of a joining code in place of an earlier one of this person.
    func setLinkCode(hash: String, of id: RecipientID, expiresAt: Timestamp) throws
    /// Whose code it is, while it is good.
    func owner(ofLinkCode hash: String, at now: Timestamp) throws -> RecipientID?
    /// Makes an identity that nobody stored one of the person's, and voids the person's joining code.
    func attach(_ identity: Identity, address: Address, to id: RecipientID) throws
    /// Everything of `other` becomes `id`'s, and `other` is gone: identities, addresses, contacts (where `id` has none of
    /// that channel), rules, subscriptions (the lower minimum counts), history, usage. Voids both joining codes.
    func join(_ other: RecipientID, into id: RecipientID, at now: Timestamp) throws -> JoinedRules
}

/// What became of the numbers of the rules that moved; those that are not named kept theirs.
package struct JoinedRules: Hashable, Sendable {
    /// Old number to new one, where the old one was taken.
    package var renumbered: [Int: Int] = [:]
    /// Old number to the number of the same rule, which was there already.
    package var duplicates: [Int: Int] = [:]
    package init() {}
}
