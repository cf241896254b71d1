package import People

/// Turns the opaque reference of a contact, which is all that the outbox holds, into the address or number to send to.
package protocol ContactBook: Sendable {
    /// The plain e-mail address or E.164 number; `nil` when the contact is gone.
    func address(of reference: String, on channel: ChannelKind) async throws -> String?
}

/// What an unsubscribe link ends.
package enum MailList: UInt8, Hashable, Sendable, CaseIterable {
    /// All e-mail of the person.
    case alerts = 1
    /// The digest alone.
    case digest = 2
}

/// Makes the one-click unsubscribe links of RFC 8058.
package protocol UnsubscribeLinking: Sendable {
    /// `VIGIA_PUBLIC_URL/unsubscribe/{token}`; `nil` without a public URL. It works as long as the contact does.
    /// - Parameter contact: the contact's reference (`OutgoingDelivery.contact`).
    func url(contact: String, list: MailList) -> String?
}

/// A channel whose deliveries are addressed to contact references: it resolves them just before the send, so that plain
/// addresses stand neither in the outbox nor in its reasons.
package struct ContactChannel: Channel {
    private let inner: any Channel
    private let book: any ContactBook

    package init(_ inner: any Channel, book: any ContactBook) {
        self.inner = inner
        self.book = book
    }

    /// The channel itself where addresses are no contacts.
    package static func wrapping(_ channel: any Channel, book: any ContactBook) -> any Channel {
        channel.kind.isContact ? ContactChannel(channel, book: book) : channel
    }

    package var kind: ChannelKind { inner.kind }

    package var record: (any DeliveryRecord)? { inner.record.map { ContactRecord(inner: $0, channel: self) } }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        try await resolved(delivery) { (plain) async throws(DeliveryError) in try await inner.send(plain) }
    }

    /// Does something with the delivery under its plain address, which no error then holds.
    fileprivate func resolved<R>(
        _ delivery: OutgoingDelivery, _ body: (OutgoingDelivery) async throws(DeliveryError) -> R
    ) async throws(DeliveryError) -> R {
        let plain: String?
        do {
            plain = try await book.address(of: delivery.address, on: kind)
        } catch {
            throw .unavailable(reason: "contact not readable")
        }
        guard let plain else { throw .recipientGone(reason: "removed") }
        var resolved = delivery
        resolved.contact = delivery.address
        resolved.address = plain
        do {
            return try await body(resolved)
        } catch {
            throw error.without(plain)
        }
    }
}

/// The provider's record of a channel whose deliveries are addressed to references.
private struct ContactRecord: DeliveryRecord {
    let inner: any DeliveryRecord
    let channel: ContactChannel

    func find(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt? {
        try await channel.resolved(delivery) { (plain) async throws(DeliveryError) in try await inner.find(plain) }
    }
}

extension DeliveryError {
    /// Providers like to repeat the address in their reason (`550 5.1.1 <me@example.com> …`), and reasons are stored
    /// and logged.
    func without(_ plain: String) -> DeliveryError {
        func clean(_ reason: String) -> String {
            var text = reason
            // A number is also written without its plus.
            for secret in [plain, plain.hasPrefix("+") ? String(plain.dropFirst()) : plain] where secret.count > 3 {
                text = DeliveryError.replacing(secret.lowercased(), in: text)
            }
            return String(text.prefix(240))
        }
        return switch self {
        case .rateLimited, .moved: self
        case .recipientGone(let reason): .recipientGone(reason: clean(reason))
        case .rejected(let reason): .rejected(reason: clean(reason))
        case .unavailable(let reason): .unavailable(reason: clean(reason))
        case .outcomeUnknown(let reason): .outcomeUnknown(reason: clean(reason))
        case .unauthorized(let reason): .unauthorized(reason: clean(reason))
        }
    }

    /// `secret` is ASCII in lower case; case in `text` does not count.
    private static func replacing(_ secret: String, in text: String) -> String {
        let needle = Array(secret.utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= needle.count else { return text }
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let isHere =
                index + needle.count <= bytes.count
                && needle.indices.allSatisfy { offset in
                    let byte = bytes[index + offset]
                    return ((65...90).contains(byte) ? byte + 32 : byte) == needle[offset]
                }
            if isHere {
                out += "(address)".utf8
                index += needle.count
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
