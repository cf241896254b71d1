package import Market

/// A way to a person that is their own, not a platform's: it is sealed wherever it is stored.
package enum Contact: Hashable, Sendable {
    case email(EmailAddress)
    case phone(PhoneNumber)

    /// Reads what was stored for a channel.
    package init?(channel: ChannelKind, plain: String) {
        switch channel {
        case .email:
            guard let address = EmailAddress(plain) else { return nil }
            self = .email(address)
        case .sms:
            guard let number = PhoneNumber(plain) else { return nil }
            self = .phone(number)
        case .telegram, .discord, .terminal: return nil
        }
    }

    package var channel: ChannelKind {
        switch self {
        case .email: .email
        case .phone: .sms
        }
    }

    /// What the provider is given: an address, or a number in E.164.
    package var plain: String {
        switch self {
        case .email(let address): address.text
        case .phone(let number): number.text
        }
    }

    /// The same for every spelling that reaches the same mailbox or phone.
    package var lookupKey: String { plain.lowercased() }

    /// Enough to know one's own again, not enough to write to: `m…@e….com`, `+34 … 22`.
    package var masked: String {
        switch self {
        case .email(let address):
            "\(address.text.prefix(1))…@\(address.domain.prefix(1))….\(address.domain.split(separator: ".").last ?? "")"
        case .phone(let number): "\(number.countryPrefix) … \(number.text.suffix(2))"
        }
    }
}

extension ChannelKind {
    /// Channels whose addresses are sealed contacts; an outbox entry for them carries an opaque reference.
    package var isContact: Bool { self == .email || self == .sms }
}

/// A contact of a person as the store knows it.
package struct StoredContact: Hashable, Sendable {
    /// Opaque and made by chance: what stands for the contact in addresses and in the outbox.
    package var reference: String
    package var contact: Contact
    /// `nil` while it waits for its code.
    package var verifiedAt: Timestamp?
    /// Why nothing is sent there, although it is verified.
    package var disabledReason: String?

    package init(reference: String, contact: Contact, verifiedAt: Timestamp?, disabledReason: String? = nil) {
        self.reference = reference
        self.contact = contact
        self.verifiedAt = verifiedAt
        self.disabledReason = disabledReason
    }

    package var isVerified: Bool { verifiedAt != nil }
}

/// Why a contact is disabled by its owner's own wish, which a new wish undoes without a new code.
package enum ContactStop {
    /// One-click unsubscribe.
    package static let unsubscribed = "unsubscribed"
    /// STOP by SMS: the provider blocks the number until START comes from it.
    package static let stop = "stop"
}
