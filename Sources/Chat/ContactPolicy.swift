package import Market
package import Messages
package import People

/// Which contacts people may register, by what the agent can send on and by what its operator allows.
package struct ContactPolicy: Sendable {
    /// `SMS_ACCESS`.
    package enum SMSAccess: String, Sendable { case operators, invited }

    /// Channels that have a sender.
    package var channels: Set<ChannelKind>
    package var smsAccess: SMSAccess
    /// `SMS_ALLOWED_PREFIXES`, else the prefix of `ALERT_PHONE_NUMBER`; without any no phone can be registered.
    package var smsPrefixes: [String]

    package init(channels: Set<ChannelKind> = [], smsAccess: SMSAccess = .operators, smsPrefixes: [String] = []) {
        self.channels = channels
        self.smsAccess = smsAccess
        self.smsPrefixes = smsPrefixes
    }

    /// Whether the person may register a phone. Where everybody may come in (`VIGIA_ACCESS=open`) nobody was invited,
    /// and only operators may.
    func mayUseSMS(_ person: Recipient, access: AccessMode) -> Bool {
        person.role == .operator || (smsAccess == .invited && access != .open)
    }

    func allows(_ number: PhoneNumber) -> Bool { smsPrefixes.contains { number.text.hasPrefix($0) } }
}

/// A message that a command sends besides its answer: a code to a contact, a notice to another chat.
package struct FurtherMessage: Hashable, Sendable {
    package var channel: ChannelKind
    /// As the outbox takes it.
    package var address: String
    package var recipient: RecipientID
    package var content: Content
    /// Whom it is written for; `nil` for the reader of the answer.
    package var reader: Reader?
    /// It is worthless later.
    package var life: Span

    package init(
        channel: ChannelKind, address: String, recipient: RecipientID, content: Content, reader: Reader? = nil,
        life: Span
    ) {
        self.channel = channel
        self.address = address
        self.recipient = recipient
        self.content = content
        self.reader = reader
        self.life = life
    }
}
