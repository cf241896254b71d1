package import Market

/// People, places and what they chose, inside one transaction of the store. Methods see the transaction's own
/// writes; nothing is kept when the transaction throws.
package protocol PeopleSession {
    func recipient(_ id: RecipientID) throws -> Recipient?
    func recipient(for identity: Identity) throws -> Recipient?
    func identities(of id: RecipientID) throws -> [Identity]
    func recipients(role: Recipient.Role) throws -> [Recipient]
    func recipientCount() throws -> RecipientCount

    /// Makes a person or place known by `identity`, reached at `address`.
    func addRecipient(
        kind: Recipient.Kind, role: Recipient.Role, preferences: Preferences, identity: Identity, address: Address,
        at now: Timestamp
    ) throws -> Recipient
    /// Stores role, stopped and preferences.
    func update(_ recipient: Recipient) throws
    /// Erases the recipient and everything that hangs on it. Deliveries are kept without content or address.
    func forget(_ id: RecipientID) throws

    func addresses(of id: RecipientID) throws -> [Address]
    /// Adds the address or replaces the one with the same channel and value (so a disabled one works again).
    func setAddress(_ address: Address, of id: RecipientID) throws
    func removeAddress(channel: ChannelKind, value: String, of id: RecipientID) throws
    /// A group became a supergroup: identities and addresses of the old chat, and what is queued for it, move.
    func moveChat(platform: Platform, from old: String, to new: String) throws

    func subscriptions(of id: RecipientID) throws -> [Subscription]
    func subscribe(_ id: RecipientID, to subscription: Subscription, at now: Timestamp) throws
    /// Returns whether there was one.
    func unsubscribe(_ id: RecipientID, from symbol: Symbol) throws -> Bool
    func subscriptionCounts() throws -> [Symbol: Int]

    /// Stores the hash of a one-time code (claim, invite). `purpose` is `claim` or `invite`.
    func addCode(hash: String, purpose: String, expiresAt: Timestamp) throws
    /// Uses a code up. Returns false when it is unknown, used or expired.
    func redeemCode(hash: String, purpose: String, at now: Timestamp) throws -> Bool
}

package struct RecipientCount: Hashable, Sendable, Codable {
    package var people = 0
    package var places = 0
    package var operators = 0
    package var blocked = 0
    package init() {}
}
