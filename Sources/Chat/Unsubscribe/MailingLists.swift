package import Messages
package import People

/// Whom an unsubscribe link speaks of.
package struct MailSubscriber: Hashable, Sendable {
    package var recipient: RecipientID
    /// `m…@e….com`
    package var masked: String
    package var reader: Reader
    /// False once it was ended.
    package var isSubscribed: Bool

    package init(recipient: RecipientID, masked: String, reader: Reader, isSubscribed: Bool) {
        self.recipient = recipient
        self.masked = masked
        self.reader = reader
        self.isSubscribed = isSubscribed
    }
}

/// The store behind unsubscribe links.
package protocol MailingLists: Sendable {
    /// `nil` when the contact is gone.
    func subscriber(_ reference: String) async throws -> MailSubscriber?
    /// Ends e-mail to the contact and tells its owner in the bot. Returns whether it was on.
    func unsubscribe(_ reference: String) async throws -> Bool
}
