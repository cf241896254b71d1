import Decisions
import Delivery
import Market
import People

/// Makes the outbox entries of an alert, a page of recipients at a time.
struct AudienceExpander {
    /// The same person, symbol and type is told once in this time, on the rule clock.
    static let silence = Span.minutes(30)
    /// Setting that is `on` when the channel webhook gets every opportunity.
    static let webhookSetting = "discord.webhook"
    /// Address of the channel webhook.
    static let webhookAddress = "webhook"
    /// Setting with the chat that gets system alerts without being anybody's (`TELEGRAM_CHAT_ID`).
    static let operatorChatSetting = "telegram.operator_chat"
    /// Setting with the phone that gets critical system alerts without being anybody's (`ALERT_PHONE_NUMBER`).
    static let operatorPhoneSetting = "sms.operator_phone"

    let sql: SQLConnection
    let now: Timestamp

    private struct Job {
        var alert: StoredAlert
        var cursor: Int64
        var channels: Set<ChannelKind>
    }

    /// A way to one recipient, with the queue that it has already.
    private struct Way {
        var recipient: RecipientID
        var channel: ChannelKind
        var address: String
        var disabledReason: String?
        var mailbox: OutboxTable.Mailbox?
    }

    func expandNext(limit: Int) throws -> Expansion? {
        while true {
            let row = try sql.first(
                """
                SELECT id, expanded_to, document FROM alerts WHERE expanded_at IS NULL ORDER BY lane, id LIMIT 1
                """
            ) { (id: AlertID($0.integer(0)), cursor: $0.integer(1), document: $0.optionalText(2)) }
            guard let row else { return nil }
            guard let document = row.document else {
                try finish(row.id)
                continue
            }
            let alert = try StoredJSON.decode(Alert.self, from: document)
            let job = Job(
                alert: StoredAlert(id: row.id, alert: alert), cursor: row.cursor,
                channels: AlertChannels.channels(for: alert))
            return try expand(job, limit: limit)
        }
    }

    private func expand(_ job: Job, limit: Int) throws -> Expansion {
        var expansion = Expansion(
            alert: job.alert.id, entries: 0, deduplicated: 0, finished: false, channels: [])
        let page = try recipients(of: job, limit: limit)
        let ways = Dictionary(grouping: try ways(to: page), by: \.recipient)
        for recipient in page {
            if try wasToldLately(recipient, job.alert.alert) {
                expansion.deduplicated += 1
                continue
            }
            let usable = (ways[recipient] ?? []).filter { job.channels.contains($0.channel) }
            let open = usable.filter { $0.disabledReason == nil }
            for way in open { try add(job, way, to: &expansion) }
            if open.isEmpty, let closed = usable.first { try addDead(job, closed) }
        }
        if job.cursor == 0 {
            for way in try publicWays(of: job.alert.alert) { try add(job, way, recipient: nil, to: &expansion) }
        }
        expansion.finished = page.count < limit
        if let last = page.last, !expansion.finished {
            try sql.execute(
                "UPDATE alerts SET expanded_to = ? WHERE id = ?",
                [.integer(last.rawValue), .integer(job.alert.id.rawValue)])
        } else {
            try finish(job.alert.id)
        }
        return expansion
    }

    private func finish(_ id: AlertID) throws {
        try sql.execute(
            "UPDATE alerts SET expanded_at = ? WHERE id = ?", [SQLValue(now), .integer(id.rawValue)])
    }

    /// The next recipients behind the cursor, by key; people who stopped or are blocked are left out.
    private func recipients(of job: Job, limit: Int) throws -> [RecipientID] {
        switch job.alert.alert.audience {
        case .owner(let id, _):
            try sql.rows(
                "SELECT id FROM recipients WHERE id = ? AND id > ? AND role <> 'blocked' AND stopped = 0",
                [.integer(id.rawValue), .integer(job.cursor)]
            ) { RecipientID($0.integer(0)) }
        case .subscribers(let symbol, let strength):
            try sql.rows(
                """
                SELECT s.recipient_id FROM subscriptions s JOIN recipients r ON r.id = s.recipient_id
                WHERE s.symbol = ? AND s.recipient_id > ? AND s.minimum_strength <= ? AND r.role <> 'blocked'
                    AND r.stopped = 0
                ORDER BY s.recipient_id LIMIT ?
                """,
                [.text(symbol.description), .integer(job.cursor), .real(strength), SQLValue(limit)]
            ) { RecipientID($0.integer(0)) }
        case .operators:
            try sql.rows(
                """
                SELECT id FROM recipients WHERE role = 'operator' AND stopped = 0 AND id > ? ORDER BY id LIMIT ?
                """, [.integer(job.cursor), SQLValue(limit)]
            ) { RecipientID($0.integer(0)) }
        }
    }

    private func ways(to recipients: [RecipientID]) throws -> [Way] {
        var ways: [Way] = []
        try SQLList.forEach(recipients.map(\.rawValue)) { keys in
            ways += try sql.rows(
                """
                SELECT a.recipient_id, a.channel, a.value, a.disabled_reason, m.id, m.leased FROM addresses a
                LEFT JOIN mailboxes m ON m.channel = a.channel AND m.address = a.value
                WHERE a.recipient_id IN (\(keys.placeholders))
                """, keys.values
            ) { row in
                let channel: ChannelKind = try row.raw(1)
                return Way(
                    recipient: RecipientID(row.integer(0)), channel: channel, address: row.text(2),
                    disabledReason: row.optionalText(3),
                    mailbox: row.optionalInteger(4).map {
                        OutboxTable.Mailbox(id: $0, channel: channel, isLeased: row.flag(5))
                    })
            }
        }
        return ways
    }

    /// Notes that the recipient is told of this situation now; true when that was so within the silence already.
    private func wasToldLately(_ recipient: RecipientID, _ alert: Alert) throws -> Bool {
        guard case .opportunity(let opportunity) = alert.body else { return false }
        let situation = "\(opportunity.symbol) \(opportunity.kind.rawValue) \(opportunity.side.rawValue)"
        return try sql.execute(
            """
            INSERT INTO told (recipient_id, situation, issued_at) VALUES (?, ?, ?)
            ON CONFLICT (recipient_id, situation) DO UPDATE SET issued_at = excluded.issued_at
            WHERE told.issued_at <= excluded.issued_at - ? OR told.issued_at >= excluded.issued_at + ?
            """,
            [
                .integer(recipient.rawValue), .text(situation), SQLValue(alert.issuedAt),
                .integer(Self.silence.milliseconds), .integer(Self.silence.milliseconds),
            ]) == 0
    }

    /// Addresses that are nobody's: the channel webhook for opportunities, the operators' chat for system alerts.
    private func publicWays(of alert: Alert) throws -> [Way] {
        func setting(_ name: String) throws -> String? {
            try sql.first("SELECT value FROM settings WHERE name = ?", [.text(name)]) { $0.text(0) }
        }
        switch alert.body {
        case .ruleFired: return []
        case .opportunity:
            guard try setting(Self.webhookSetting) == "on" else { return [] }
            return [Way(recipient: RecipientID(0), channel: .discord, address: Self.webhookAddress)]
        case .system(let notice):
            let chat = try setting(Self.operatorChatSetting)
            let phone = notice.severity == .critical ? try setting(Self.operatorPhoneSetting) : nil
            return try operatorWay(.telegram, chat) + operatorWay(.sms, phone)
        }
    }

    private func operatorWay(_ channel: ChannelKind, _ address: String?) throws -> [Way] {
        guard let address, !address.isEmpty else { return [] }
        // An operator who is reached at that very address hears it once.
        let isSomebodys = try sql.integer(
            "SELECT count(*) FROM addresses a JOIN recipients r ON r.id = a.recipient_id WHERE a.channel = ? "
                + "AND a.value = ? AND r.role = 'operator' AND r.stopped = 0 AND a.disabled_reason IS NULL",
            [.text(channel.rawValue), .text(address)])
        return isSomebodys == 0 ? [Way(recipient: RecipientID(0), channel: channel, address: address)] : []
    }

    private func add(_ job: Job, _ way: Way, to expansion: inout Expansion) throws {
        try add(job, way, recipient: way.recipient, to: &expansion)
    }

    private func add(_ job: Job, _ way: Way, recipient: RecipientID?, to expansion: inout Expansion) throws {
        let outbox = OutboxTable(sql: sql)
        let mailbox = try way.mailbox ?? outbox.mailbox(channel: way.channel, address: way.address)
        let entry = OutboxTable.NewEntry(
            recipient: recipient, alert: job.alert.id, lane: Lane(job.alert.alert.priority), createdAt: now, dueAt: now)
        guard try outbox.add(entry, to: mailbox) != nil else { return }
        expansion.entries += 1
        expansion.channels.insert(way.channel)
    }

    /// Somebody should be told and cannot be: a dead letter says so, rather than nothing.
    private func addDead(_ job: Job, _ way: Way) throws {
        let outbox = OutboxTable(sql: sql)
        let mailbox = try way.mailbox ?? outbox.mailbox(channel: way.channel, address: way.address)
        try sql.execute(
            """
            INSERT INTO outbox
                (mailbox_id, channel, recipient_id, alert_id, lane, state, created_at, due_at, finished_at, reason)
            VALUES (?, ?, ?, ?, ?, 'dead', ?, ?, ?, ?)
            ON CONFLICT (alert_id, mailbox_id) WHERE alert_id IS NOT NULL DO NOTHING
            """,
            [
                .integer(mailbox.id), .text(way.channel.rawValue), .integer(way.recipient.rawValue),
                .integer(job.alert.id.rawValue), SQLValue(Lane(job.alert.alert.priority).rawValue), SQLValue(now),
                SQLValue(now), SQLValue(now), SQLValue(way.disabledReason),
            ])
    }
}
