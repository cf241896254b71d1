import Market
import People

/// Ways to reach recipients. An address belongs to one recipient: whoever shows it last.
struct AddressTable {
    let sql: SQLConnection

    static func address(_ row: SQLRow) throws -> Address {
        Address(channel: try row.raw(0), value: row.text(1), disabledReason: row.optionalText(2))
    }

    func all(of id: RecipientID) throws -> [Address] {
        try sql.rows(
            "SELECT channel, value, disabled_reason FROM addresses WHERE recipient_id = ? ORDER BY channel, value",
            [.integer(id.rawValue)]
        ) { try Self.address($0) }
    }

    func set(_ address: Address, of id: RecipientID) throws {
        try sql.execute(
            """
            INSERT INTO addresses (channel, value, recipient_id, disabled_reason) VALUES (?, ?, ?, ?)
            ON CONFLICT (channel, value) DO UPDATE
                SET recipient_id = excluded.recipient_id, disabled_reason = excluded.disabled_reason
            """,
            [
                .text(address.channel.rawValue), .text(address.value), .integer(id.rawValue),
                SQLValue(address.disabledReason),
            ])
    }

    func remove(channel: ChannelKind, value: String, of id: RecipientID) throws {
        try sql.execute(
            "DELETE FROM addresses WHERE channel = ? AND value = ? AND recipient_id = ?",
            [.text(channel.rawValue), .text(value), .integer(id.rawValue)])
    }

    /// Opens an address that was closed for this reason and no other.
    func enable(channel: ChannelKind, value: String, disabledFor reason: String) throws {
        try sql.execute(
            "UPDATE addresses SET disabled_reason = NULL WHERE channel = ? AND value = ? AND disabled_reason = ?",
            [.text(channel.rawValue), .text(value), .text(reason)])
    }

    func disable(channel: ChannelKind, value: String, reason: String) throws {
        try sql.execute(
            "UPDATE addresses SET disabled_reason = ? WHERE channel = ? AND value = ?",
            [.text(reason), .text(channel.rawValue), .text(value)])
    }
}
