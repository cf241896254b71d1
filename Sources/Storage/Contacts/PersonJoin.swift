import Decisions
import Market
import People

/// Makes two recipients one. Everything that names the one that goes is taken over; a test compares the tables named here
/// with those of the schema.
struct PersonJoin {
    let sql: SQLConnection
    let now: Timestamp

    /// Every table with a column that names a recipient, and what joining does with it.
    static let tables: Set<String> = [
        "identities", "addresses", "subscriptions", "rules", "drafts", "alerts", "told", "outbox", "hourly_usage",
        "audit", "contacts", "link_codes", "joined_recipients", "delivery_stages",
        "digests", "attention", "living_messages", "alert_answers", "escalations", "later_alerts",
        "entries", "shared_rules", "broadcasts",
        "rule_tries",
    ]

    func join(_ other: RecipientID, into id: RecipientID) throws -> JoinedRules {
        let old = SQLValue.integer(other.rawValue)
        let new = SQLValue.integer(id.rawValue)
        try joinChoices(other, into: id)
        let joined = try joinRules(other, into: id)
        for (table, column) in [
            ("identities", "recipient_id"), ("addresses", "recipient_id"), ("drafts", "owner_id"),
            ("outbox", "recipient_id"), ("audit", "recipient_id"), ("joined_recipients", "recipient_id"),
            ("delivery_stages", "recipient_id"), ("living_messages", "recipient_id"), ("silences", "author_id"),
            ("shared_rules", "owner_id"), ("broadcasts", "owner_id"),
        ] {
            try sql.execute("UPDATE \(table) SET \(column) = ? WHERE \(column) = ?", [new, old])
        }
        try joinContacts(old, new)
        try joinSubscriptions(old, new)
        try joinMemory(old, new)
        try joinDigests(old, new)
        try joinAttention(old, new)
        try joinAnswers(old, new)
        try joinLater(old, id)
        try joinEntries(old, new)
        try joinTries(old, new)
        try joinAlerts(old, id)
        try sql.execute("DELETE FROM link_codes WHERE recipient_id IN (?, ?)", [old, new])
        try sql.execute("DELETE FROM recipients WHERE id = ?", [old])
        try sql.execute("INSERT INTO joined_recipients (old_id, recipient_id) VALUES (?, ?)", [old, new])
        return joined
    }

    /// Whoever is awake under one identity is awake.
    private func joinChoices(_ other: RecipientID, into id: RecipientID) throws {
        let table = RecipientTable(sql: sql)
        guard var mine = try table.find(id), let theirs = try table.find(other) else {
            throw StorageError.corrupt("a person to join")
        }
        mine.preferences = mine.preferences.joined(with: theirs.preferences)
        mine.stopped = mine.stopped && theirs.stopped
        if theirs.role == .operator { mine.role = .operator }
        try table.update(mine)
    }

    /// A rule that both have goes on as the one that stays; the other one ends, so that what it decided is still told.
    private func joinRules(_ other: RecipientID, into id: RecipientID) throws -> JoinedRules {
        struct Row {
            var id: Int64
            var number: Int
            var text: String
            var isActive: Bool
        }
        func rows(_ owner: RecipientID) throws -> [Row] {
            try sql.rows(
                "SELECT id, number, text, ended_at IS NULL FROM rules WHERE owner_id = ? ORDER BY number",
                [.integer(owner.rawValue)]
            ) { Row(id: $0.integer(0), number: Int($0.integer(1)), text: $0.text(2), isActive: $0.flag(3)) }
        }
        var joined = JoinedRules()
        let mine = try rows(id)
        let taken = Set(mine.map(\.number))
        let active = Dictionary(mine.filter(\.isActive).map { ($0.text, $0.number) }, uniquingKeysWith: min)
        var last = Int(
            try sql.integer(
                "SELECT max(last_rule_number) FROM recipients WHERE id IN (?, ?)",
                [.integer(id.rawValue), .integer(other.rawValue)]) ?? 0)
        for row in try rows(other) {
            var number = row.number
            if taken.contains(number) {
                last += 1
                number = last
            }
            let duplicate = row.isActive ? active[row.text] : nil
            if let duplicate {
                joined.duplicates[row.number] = duplicate
            } else if row.isActive, number != row.number {
                joined.renumbered[row.number] = number
            }
            try sql.execute(
                "UPDATE rules SET owner_id = ?, number = ?, ended_at = coalesce(ended_at, ?) WHERE id = ?",
                [.integer(id.rawValue), SQLValue(number), SQLValue(duplicate == nil ? nil : now), .integer(row.id)])
        }
        try sql.execute(
            "UPDATE recipients SET last_rule_number = ? WHERE id = ?", [SQLValue(last), .integer(id.rawValue)])
        return joined
    }

    /// One contact a channel: the one that is there stays.
    private func joinContacts(_ old: SQLValue, _ new: SQLValue) throws {
        let same = "(verified_at IS NULL) = (m.verified_at IS NULL) AND m.channel = contacts.channel"
        let double = "recipient_id = ? AND EXISTS (SELECT 1 FROM contacts m WHERE m.recipient_id = ? AND \(same))"
        try sql.execute(
            "DELETE FROM addresses WHERE value IN (SELECT reference FROM contacts WHERE \(double))", [old, new])
        try sql.execute("DELETE FROM contacts WHERE \(double)", [old, new])
        try sql.execute("UPDATE contacts SET recipient_id = ? WHERE recipient_id = ?", [new, old])
    }

    private func joinSubscriptions(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            INSERT INTO subscriptions (symbol, recipient_id, minimum_strength, created_at)
            SELECT symbol, ?, minimum_strength, created_at FROM subscriptions WHERE recipient_id = ?
            ON CONFLICT (symbol, recipient_id) DO UPDATE SET
                minimum_strength = min(subscriptions.minimum_strength, excluded.minimum_strength)
            """, [new, old])
    }

    /// What was told when, and how much this hour.
    private func joinMemory(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            INSERT INTO told (recipient_id, situation, issued_at)
            SELECT ?, situation, issued_at FROM told WHERE recipient_id = ?
            ON CONFLICT (recipient_id, situation) DO UPDATE SET issued_at = max(told.issued_at, excluded.issued_at)
            """, [new, old])
        try sql.execute(
            """
            INSERT INTO hourly_usage (recipient_id, channel, hour, total, critical)
            SELECT ?, channel, hour, total, critical FROM hourly_usage WHERE recipient_id = ?
            ON CONFLICT (recipient_id, channel) DO UPDATE SET
                total = CASE WHEN excluded.hour = hourly_usage.hour THEN hourly_usage.total + excluded.total
                    WHEN excluded.hour > hourly_usage.hour THEN excluded.total ELSE hourly_usage.total END,
                critical = CASE WHEN excluded.hour = hourly_usage.hour THEN hourly_usage.critical + excluded.critical
                    WHEN excluded.hour > hourly_usage.hour THEN excluded.critical ELSE hourly_usage.critical END,
                hour = max(hourly_usage.hour, excluded.hour)
            """, [new, old])
    }

    /// One digest a person: the one that is there stays.
    private func joinDigests(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            UPDATE digests SET recipient_id = ?
            WHERE recipient_id = ? AND NOT EXISTS (SELECT 1 FROM digests d WHERE d.recipient_id = ?)
            """, [new, old, new])
    }

    /// Loud alerts of the same day count together; else the later day stands.
    private func joinAttention(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            INSERT INTO attention (recipient_id, day, loud)
            SELECT ?, day, loud FROM attention WHERE recipient_id = ?
            ON CONFLICT (recipient_id) DO UPDATE SET
                loud = CASE WHEN excluded.day = attention.day THEN attention.loud + excluded.loud
                    WHEN excluded.day > attention.day THEN excluded.loud ELSE attention.loud END,
                day = max(attention.day, excluded.day)
            """, [new, old])
    }

    /// What was answered to an alert is answered for both, and what waits for an answer goes on waiting.
    private func joinAnswers(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            INSERT INTO alert_answers (recipient_id, alert_id, acknowledged_at, useful)
            SELECT ?, alert_id, acknowledged_at, useful FROM alert_answers WHERE recipient_id = ?
            ON CONFLICT (recipient_id, alert_id) DO UPDATE SET
                acknowledged_at = coalesce(alert_answers.acknowledged_at, excluded.acknowledged_at),
                useful = coalesce(alert_answers.useful, excluded.useful)
            """, [new, old])
        try sql.execute(
            """
            INSERT INTO escalations (recipient_id, alert_id, due_at)
            SELECT ?, alert_id, due_at FROM escalations WHERE recipient_id = ?
            ON CONFLICT (recipient_id, alert_id) DO NOTHING
            """, [new, old])
    }

    /// What either tried, one person tried.
    private func joinTries(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            INSERT INTO rule_tries (owner_id, text_hash, at) SELECT ?, text_hash, at FROM rule_tries WHERE owner_id = ?
            ON CONFLICT (owner_id, text_hash) DO UPDATE SET at = max(rule_tries.at, excluded.at)
            """, [new, old])
    }

    /// Reminders and snoozed alerts are not decided yet: they will be for the one that stays.
    private func joinLater(_ old: SQLValue, _ id: RecipientID) throws {
        let waiting = try sql.rows("SELECT id, document FROM later_alerts WHERE recipient_id = ?", [old]) {
            (id: $0.integer(0), alert: try StoredJSON.decode(Alert.self, from: $0.text(1)))
        }
        for item in waiting {
            try sql.execute(
                "UPDATE later_alerts SET recipient_id = ?, document = ? WHERE id = ?",
                [
                    .integer(id.rawValue), .text(try StoredJSON.encode(item.alert.owned(by: id))), .integer(item.id),
                ])
        }
    }

    /// One entry a symbol: the one that is there stays.
    private func joinEntries(_ old: SQLValue, _ new: SQLValue) throws {
        try sql.execute(
            """
            UPDATE entries SET recipient_id = ?
            WHERE recipient_id = ? AND symbol NOT IN (SELECT symbol FROM entries WHERE recipient_id = ?)
            """, [new, old, new])
    }

    /// The document stays as it was decided, since the ledger vouches for it; whose it is now says the column.
    private func joinAlerts(_ old: SQLValue, _ id: RecipientID) throws {
        try sql.execute("UPDATE alerts SET owner_id = ? WHERE owner_id = ?", [.integer(id.rawValue), old])
        // Recipients behind the cursor may have the lower key.
        try sql.execute(
            "UPDATE alerts SET expanded_to = 0 WHERE owner_id = ? AND expanded_at IS NULL", [.integer(id.rawValue)])
    }
}

extension Alert {
    /// The same decision for the person its owner was joined with.
    func owned(by id: RecipientID) -> Alert {
        var alert = self
        if case .owner(_, let via) = audience { alert.audience = .owner(id, via: via) }
        if case .ruleFired(var firing) = body {
            firing.owner = id
            alert.body = .ruleFired(firing)
        }
        return alert
    }
}
