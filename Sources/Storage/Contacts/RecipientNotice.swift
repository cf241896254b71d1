import Chat
import Delivery
import Market
import Messages
import People

/// Tells a recipient something about one of their channels by another one that works, in the transaction that changed it.
struct RecipientNotice {
    /// A notice is worth reading a day later.
    static let life = Span.days(1)

    let sql: SQLConnection
    let renderer: any ContentRendering
    let now: Timestamp

    /// Does nothing when no other channel works: there is nobody to tell.
    func tell(_ id: RecipientID, _ content: Content, except channel: ChannelKind) throws {
        guard let recipient = try RecipientTable(sql: sql).find(id), recipient.role != .blocked,
            let address = Address.forNotice(try AddressTable(sql: sql).all(of: id), except: channel)
        else { return }
        let preferences = recipient.preferences
        let message = try renderer.message(
            for: content, reader: Reader(language: preferences.language, zone: preferences.zone))
        let outbox = OutboxTable(sql: sql)
        try outbox.add(
            OutboxTable.NewEntry(
                recipient: id, lane: .reply, payload: MessageCoder.encode(message, .new), createdAt: now, dueAt: now,
                expiresAt: now + Self.life),
            to: try outbox.mailbox(channel: address.channel, address: address.value))
    }
}

/// Disables an address for good and tells its owner elsewhere.
struct AddressClosing {
    let sql: SQLConnection
    /// `nil`: nobody is told.
    let renderer: (any ContentRendering)?
    let now: Timestamp

    /// Returns whether the address worked before.
    @discardableResult
    func close(
        channel: ChannelKind, address: String, reason: String, telling notice: Content? = nil
    ) throws -> Bool {
        let owner = try sql.integer(
            """
            UPDATE addresses SET disabled_reason = ? WHERE channel = ? AND value = ? AND disabled_reason IS NULL
            RETURNING recipient_id
            """, [.text(reason), .text(channel.rawValue), .text(address)])
        guard let owner else {
            if channel.isContact { try closeWaiting(channel: channel, reference: address, reason: reason) }
            return false
        }
        if let renderer {
            try RecipientNotice(sql: sql, renderer: renderer, now: now).tell(
                RecipientID(owner), notice ?? Self.notice(channel, reason: reason), except: channel)
        }
        return true
    }

    /// The code did not arrive: a mistyped address, as a rule. Its owner need not wait for it.
    private func closeWaiting(channel: ChannelKind, reference: String, reason: String) throws {
        let owner = try sql.integer(
            "DELETE FROM contacts WHERE channel = ? AND reference = ? AND verified_at IS NULL RETURNING recipient_id",
            [.text(channel.rawValue), .text(reference)])
        guard let owner, let renderer else { return }
        try RecipientNotice(sql: sql, renderer: renderer, now: now).tell(
            RecipientID(owner),
            Content(
                "sentence",
                [
                    "sentence": .word(
                        "contact.code_failed",
                        [
                            "channel": .word("channel.\(channel.rawValue)"),
                            "reason": .text(String(reason.prefix(120))),
                        ])
                ]), except: channel)
    }

    static func notice(_ channel: ChannelKind, reason: String) -> Content {
        Content(
            "sentence",
            [
                "sentence": .word(
                    "contact.channel_off",
                    [
                        "channel": .word("channel.\(channel.rawValue)"), "reason": .text(String(reason.prefix(120))),
                        "again": .word("contact.again_\(channel.rawValue)"),
                    ])
            ], silent: true)
    }
}
