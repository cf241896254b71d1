package import Chat
import Delivery
package import Market
import Messages
package import People

/// Contacts for those who send and for those who hear STOP: resolves references, stops and starts contacts, and serves
/// unsubscribe links.
package struct SQLContactBook: ContactBook, MailingLists {
    private let database: SQLiteDatabase
    private let vault: ContactVault
    private let time: any TimeSource
    private let operatorPhone: PhoneNumber?

    /// Stands for `ALERT_PHONE_NUMBER`, which is nobody's contact and never stored.
    package static let operatorReference = "operator"

    /// - Parameters:
    ///   - operatorPhone: `ALERT_PHONE_NUMBER`.
    ///   - time: the wall clock.
    package init(
        _ database: SQLiteDatabase, vault: ContactVault, operatorPhone: PhoneNumber? = nil,
        time: any TimeSource = WallTime()
    ) {
        self.database = database
        self.vault = vault
        self.operatorPhone = operatorPhone
        self.time = time
    }

    package func address(of reference: String, on channel: ChannelKind) async throws -> String? {
        if reference == Self.operatorReference { return channel == .sms ? operatorPhone?.text : nil }
        let seal = vault.seal
        return try await database.read {
            try ContactTable(sql: $0, seal: seal).contact(reference: reference, channel: channel)?.plain
        }
    }

    /// STOP of its owner, or a complaint. Returns whether anybody's verified contact was on before; the bot tells them on
    /// another channel in the same transaction.
    @discardableResult
    static func stop(
        _ plain: String, on channel: ChannelKind, reason: String, _ vault: ContactVault, _ sql: SQLConnection,
        _ now: Timestamp
    ) throws -> Bool {
        guard let contact = Contact(channel: channel, plain: plain),
            let row = try ContactTable(sql: sql, seal: vault.seal).verified(contact)
        else { return false }
        return try close(row, reason: reason, vault, sql, now)
    }

    /// Undoes a stop by its owner's wish (`ContactStop`), not one that a provider's error made.
    @discardableResult
    static func start(
        _ plain: String, on channel: ChannelKind, _ vault: ContactVault, _ sql: SQLConnection, _ now: Timestamp
    ) throws -> Bool {
        guard let contact = Contact(channel: channel, plain: plain),
            let row = try ContactTable(sql: sql, seal: vault.seal).verified(contact)
        else { return false }
        let opened = try sql.execute(
            """
            UPDATE addresses SET disabled_reason = NULL
            WHERE channel = ? AND value = ? AND disabled_reason IN (?, ?)
            """,
            [
                .text(channel.rawValue), .text(row.reference), .text(ContactStop.stop),
                .text(ContactStop.unsubscribed),
            ])
        guard opened > 0 else { return false }
        try RecipientNotice(sql: sql, renderer: vault.renderer, now: now).tell(
            row.recipient,
            Content(
                "sentence",
                ["sentence": .word("contact.started", ["channel": .word("channel.\(channel.rawValue)")])],
                silent: true), except: channel)
        return true
    }

    package func subscriber(_ reference: String) async throws -> MailSubscriber? {
        let seal = vault.seal
        return try await database.read { sql in
            let table = ContactTable(sql: sql, seal: seal)
            guard let row = try table.find(reference: reference),
                let contact = try table.contact(reference: reference, channel: row.channel),
                let recipient = try RecipientTable(sql: sql).find(row.recipient)
            else { return nil }
            let address = try AddressTable(sql: sql).all(of: row.recipient).first {
                $0.channel == row.channel && $0.value == reference
            }
            return MailSubscriber(
                recipient: row.recipient, masked: contact.masked,
                reader: Reader(language: recipient.preferences.language, zone: recipient.preferences.zone),
                isSubscribed: address.map { $0.disabledReason == nil } ?? false)
        }
    }

    package func unsubscribe(_ reference: String) async throws -> Bool {
        let (vault, now) = (vault, time.now)
        return try await database.write { sql in
            guard let row = try ContactTable(sql: sql, seal: vault.seal).find(reference: reference) else {
                return false
            }
            return try Self.close(row, reason: ContactStop.unsubscribed, vault, sql, now)
        }
    }

    private static func close(
        _ row: ContactTable.Row, reason: String, _ vault: ContactVault, _ sql: SQLConnection, _ now: Timestamp
    ) throws -> Bool {
        let key =
            switch reason {
            case ContactStop.stop: "contact.stopped"
            case ContactStop.unsubscribed: "contact.unsubscribed"
            default: ""
            }
        let channel = ContentValue.word("channel.\(row.channel.rawValue)")
        let again = ContentValue.word("contact.again_\(row.channel.rawValue)")
        return try AddressClosing(sql: sql, renderer: vault.renderer, now: now).close(
            channel: row.channel, address: row.reference, reason: reason,
            telling: key.isEmpty
                ? nil
                : Content(
                    "sentence", ["sentence": .word(key, ["channel": channel, "again": again])], silent: true))
    }
}
