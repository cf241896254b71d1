import Decisions
import Delivery
import Market
import People

/// Reads leased entries with all that decides whether they may go.
struct ClaimReader {
    let sql: SQLConnection
    /// For answers that are sealed while they wait.
    var seal: ContactSeal? = nil

    private struct Row {
        var entry: OutboxEntry
        var recipient: Recipient?
        var address: (isKnown: Bool, disabledReason: String?)
        var usage: HourlyUsage
        var alert: AlertID?
        var isDigest: Bool
        var wants: Wants
        var attention: AttentionUsage
        /// Sealed under another key than the one in force: nobody can read it any more.
        var isUnreadable: Bool
    }

    /// What an alert's recipient has asked for, as it stands now.
    private struct Wants {
        var ruleIsActive: Bool
        var subscribes: Bool
        var isOperator: Bool

        func wants(_ alert: Alert) -> Bool {
            switch alert.body {
            case .ruleFired: ruleIsActive
            case .opportunity: if case .subscribers = alert.audience { subscribes } else { true }
            case .system: if case .operators = alert.audience { isOperator } else { true }
            }
        }
    }

    /// Entries in the order of their keys' list.
    func claimed(_ ids: [Int64]) throws -> [ClaimedEntry] {
        var rows: [Int64: Row] = [:]
        try SQLList.forEach(ids) { keys in
            for row in try load(keys) { rows[row.entry.id.rawValue] = row }
        }
        var alerts = AlertReader(sql: sql)
        return try ids.compactMap { id in
            guard var row = rows[id] else { return nil }
            var isWanted = true
            if row.isDigest {
                let members = try digest(of: id, recipient: row.recipient, alerts: &alerts)
                isWanted = !members.isEmpty
                row.entry.content = .digest(members)
            } else if let key = row.alert {
                // An alert without content is of somebody who was forgotten meanwhile.
                guard let alert = try alerts.alert(key) else { return nil }
                row.entry.content = .alert(alert)
                isWanted = row.entry.recipient == nil || row.wants.wants(alert.alert)
            }
            // Only a reply may go to an address that is not on file.
            let isAlert = row.isDigest || row.alert != nil || row.entry.lane != .reply
            let isLost = isAlert && row.entry.recipient != nil && !row.address.isKnown
            var claimed = ClaimedEntry(
                entry: row.entry, recipient: row.recipient,
                addressDisabledReason: row.isUnreadable
                    ? "sealed with another key" : row.address.disabledReason ?? (isLost ? "removed" : nil),
                isStillWanted: isWanted, sentThisHour: row.usage)
            claimed.attention = row.attention
            if row.recipient?.preferences.attentionBudget != nil, let key = row.alert {
                claimed.attention.marks = try marks(of: row.entry.recipient, like: key)
                claimed.attention.isHeard = try wasHeard(key, by: row.entry.recipient)
            }
            return claimed
        }
    }

    private static let wantColumns = """
        r.id IS NOT NULL AND ru.id IS NOT NULL AND (ru.paused = 0 OR ru.ended_at IS NOT NULL), \
        s.recipient_id IS NOT NULL, coalesce(r.role = 'operator', FALSE)
        """

    private static func wants(_ row: SQLRow, at first: Int) -> Wants {
        Wants(ruleIsActive: row.flag(first), subscribes: row.flag(first + 1), isOperator: row.flag(first + 2))
    }

    /// Everything about the entries of the list, one row each.
    static func statement(_ keys: SQLList) -> String {
        """
        SELECT o.id, o.channel, m.address, o.recipient_id, o.lane, o.attempts, o.possible_repeat, o.created_at,
            o.expires_at, o.payload, o.alert_id, o.is_digest, ad.channel IS NOT NULL, ad.disabled_reason, u.hour,
            u.total, u.critical, \(Self.wantColumns), o.edit_of, o.silent, at.day, at.loud,
            \(RecipientTable.columns)
        FROM outbox o
        JOIN mailboxes m ON m.id = o.mailbox_id
        LEFT JOIN recipients r ON r.id = o.recipient_id
        LEFT JOIN addresses ad ON ad.channel = o.channel AND ad.value = m.address
        LEFT JOIN hourly_usage u ON u.recipient_id = o.recipient_id AND u.channel = o.channel
        LEFT JOIN attention at ON at.recipient_id = o.recipient_id
        LEFT JOIN alerts a ON a.id = o.alert_id
        LEFT JOIN rules ru ON ru.id = a.rule_id
        LEFT JOIN subscriptions s ON s.symbol = a.symbol AND s.recipient_id = o.recipient_id
        WHERE o.id IN (\(keys.placeholders))
        """
    }

    private func load(_ keys: SQLList) throws -> [Row] {
        try sql.rows(Self.statement(keys), keys.values) { row in
            var content = OutboxContent.digest([])
            var isUnreadable = false
            if let payload = row.optionalBytes(9) {
                do {
                    let (message, form) = try MessageCoder.decode(try SealedPayload.open(payload, with: seal))
                    content = .message(message, form)
                } catch StorageError.wrongKey, StorageError.noKey {
                    isUnreadable = true
                }
            }
            guard let lane = Lane(rawValue: Int(row.integer(4))) else { throw StorageError.corrupt("a lane") }
            var entry = OutboxEntry(
                id: OutboxID(row.integer(0)), channel: try row.raw(1), address: row.text(2),
                recipient: row.optionalInteger(3).map { RecipientID($0) }, lane: lane, content: content,
                attempts: Int(row.integer(5)), possibleRepeat: row.flag(6), createdAt: row.time(7),
                expiresAt: row.optionalTime(8))
            if let message = row.optionalText(20) { entry.form = .edit(messageID: message) }
            entry.isSilent = row.flag(21)
            return Row(
                entry: entry, recipient: row.isNull(24) ? nil : try RecipientTable.recipient(row, at: 24),
                address: (row.flag(12), row.optionalText(13)),
                usage: HourlyUsage(
                    hour: row.optionalTime(14) ?? Timestamp(milliseconds: 0), total: Int(row.optionalInteger(15) ?? 0),
                    critical: Int(row.optionalInteger(16) ?? 0)),
                alert: row.optionalInteger(10).map { AlertID($0) }, isDigest: row.flag(11),
                wants: Self.wants(row, at: 17),
                attention: AttentionUsage(
                    day: row.optionalInteger(22) ?? 0, loud: Int(row.optionalInteger(23) ?? 0)),
                isUnreadable: isUnreadable)
        }
    }

    /// How the recipient found alerts of the same rule, or opportunities of the same symbol.
    private func marks(of recipient: RecipientID?, like alert: AlertID) throws -> AlertMarks {
        try sql.first(
            """
            SELECT coalesce(sum(x.useful), 0), count(x.useful) FROM alerts a, alert_answers x
            JOIN alerts b ON b.id = x.alert_id
            WHERE a.id = ? AND x.recipient_id = ? AND b.symbol IS a.symbol AND b.rule_id IS a.rule_id
            """, [.integer(alert.rawValue), SQLValue(recipient?.rawValue)]
        ) { AlertMarks(useful: Int($0.integer(0)), notUseful: Int($0.integer(1) - $0.integer(0))) } ?? AlertMarks()
    }

    private func wasHeard(_ alert: AlertID, by recipient: RecipientID?) throws -> Bool {
        try sql.integer(
            "SELECT 1 FROM outbox WHERE alert_id = ? AND recipient_id = ? AND state = 'sent' LIMIT 1",
            [.integer(alert.rawValue), SQLValue(recipient?.rawValue)]) != nil
    }

    /// Members that are still wanted, oldest first.
    private func digest(of id: Int64, recipient: Recipient?, alerts: inout AlertReader) throws -> [StoredAlert] {
        let members = try sql.rows(
            """
            SELECT o.alert_id, \(Self.wantColumns)
            FROM outbox o
            JOIN alerts a ON a.id = o.alert_id
            LEFT JOIN recipients r ON r.id = o.recipient_id
            LEFT JOIN rules ru ON ru.id = a.rule_id
            LEFT JOIN subscriptions s ON s.symbol = a.symbol AND s.recipient_id = o.recipient_id
            WHERE o.merged_into = ? ORDER BY o.alert_id
            """, [.integer(id)]
        ) { (alert: AlertID($0.integer(0)), wants: Self.wants($0, at: 1)) }
        return try members.compactMap { member in
            guard let alert = try alerts.alert(member.alert) else { return nil }
            return recipient == nil || member.wants.wants(alert.alert) ? alert : nil
        }
    }
}

/// Reads alerts, each once however many entries carry it.
struct AlertReader {
    private let sql: SQLConnection
    private var known: [AlertID: StoredAlert] = [:]

    init(sql: SQLConnection) { self.sql = sql }

    /// `nil` when its content was erased.
    mutating func alert(_ id: AlertID) throws -> StoredAlert? {
        if let alert = known[id] { return alert }
        let document = try sql.first("SELECT document FROM alerts WHERE id = ?", [.integer(id.rawValue)]) {
            $0.optionalText(0)
        }
        guard let document = document ?? nil else { return nil }
        let alert = StoredAlert(id: id, alert: try StoredJSON.decode(Alert.self, from: document))
        known[id] = alert
        return alert
    }
}
