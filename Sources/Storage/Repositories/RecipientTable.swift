import Market
import People

/// Rows of `recipients` as values.
struct RecipientTable {
    let sql: SQLConnection

    /// Columns of a recipient `r`, in the order that `recipient(_:at:)` reads them.
    static let columns = """
        r.id, r.kind, r.role, r.stopped, r.language, r.zone, r.quiet_start, r.quiet_end, r.muted_until, r.risk, \
        r.created_at, r.channel_levels, r.attention_budget, r.escalate_from
        """
    static let width = 14

    static func recipient(_ row: SQLRow, at first: Int = 0) throws -> Recipient {
        var quiet: QuietHours?
        if let start = row.optionalInteger(first + 6), let end = row.optionalInteger(first + 7) {
            quiet = QuietHours(start: Int(start), end: Int(end))
        }
        return Recipient(
            id: RecipientID(row.integer(first)), kind: try row.raw(first + 1), role: try row.raw(first + 2),
            stopped: row.flag(first + 3),
            preferences: Preferences(
                language: row.text(first + 4), zone: row.text(first + 5), quietHours: quiet,
                mutedUntil: row.optionalTime(first + 8), risk: try row.raw(first + 9),
                channelLevels: try row.optionalText(first + 11).map {
                    try StoredJSON.decode(ChannelLevels.self, from: $0)
                } ?? ChannelLevels(),
                attentionBudget: row.optionalInteger(first + 12).map { Int($0) },
                escalation: row.isNull(first + 13) ? .off : try row.raw(first + 13)),
            createdAt: row.time(first + 10))
    }

    func find(_ id: RecipientID) throws -> Recipient? {
        try sql.first(
            "SELECT \(Self.columns) FROM recipients r WHERE r.id = ?", [.integer(id.rawValue)]
        ) { try Self.recipient($0) }
    }

    func find(_ identity: Identity) throws -> Recipient? {
        try sql.first(
            """
            SELECT \(Self.columns) FROM identities i JOIN recipients r ON r.id = i.recipient_id
            WHERE i.platform = ? AND i.external_id = ?
            """, [.text(identity.platform.rawValue), .text(identity.externalID)]
        ) { try Self.recipient($0) }
    }

    func insert(
        kind: Recipient.Kind, role: Recipient.Role, preferences: Preferences, at now: Timestamp
    ) throws -> Recipient {
        let id = try sql.integer(
            """
            INSERT INTO recipients
                (kind, role, stopped, language, zone, quiet_start, quiet_end, muted_until, risk, created_at,
                channel_levels, attention_budget, escalate_from)
            VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """,
            [
                .text(kind.rawValue), .text(role.rawValue), .text(preferences.language), .text(preferences.zone),
                SQLValue(preferences.quietHours.map { Int64($0.start) }),
                SQLValue(preferences.quietHours.map { Int64($0.end) }), SQLValue(preferences.mutedUntil),
                .text(preferences.risk.rawValue), SQLValue(now),
            ] + Self.channelValues(preferences))
        guard let id else { throw StorageError.corrupt("a recipient without a key") }
        return Recipient(id: RecipientID(id), kind: kind, role: role, preferences: preferences, createdAt: now)
    }

    private static func channelValues(_ preferences: Preferences) throws -> [SQLValue] {
        [
            preferences.channelLevels.isStandard ? .null : .text(try StoredJSON.encode(preferences.channelLevels)),
            SQLValue(preferences.attentionBudget.map { Int64($0) }),
            preferences.escalation == .off ? .null : .text(preferences.escalation.rawValue),
        ]
    }

    func update(_ recipient: Recipient) throws {
        let preferences = recipient.preferences
        try sql.execute(
            """
            UPDATE recipients SET role = ?, stopped = ?, language = ?, zone = ?, quiet_start = ?, quiet_end = ?,
                muted_until = ?, risk = ?, channel_levels = ?, attention_budget = ?, escalate_from = ? WHERE id = ?
            """,
            [
                .text(recipient.role.rawValue), SQLValue(recipient.stopped), .text(preferences.language),
                .text(preferences.zone), SQLValue(preferences.quietHours.map { Int64($0.start) }),
                SQLValue(preferences.quietHours.map { Int64($0.end) }), SQLValue(preferences.mutedUntil),
                .text(preferences.risk.rawValue),
            ] + Self.channelValues(preferences) + [.integer(recipient.id.rawValue)])
    }
}
