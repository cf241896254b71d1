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
    /// Setting with the keyed hash of the phone that gets critical system alerts (`ALERT_PHONE_NUMBER`).
    static let operatorPhoneSetting = "sms.operator_phone"

    let sql: SQLConnection
    let now: Timestamp
    /// Channels of contacts that this agent can send on; an address of another one waits for better days unused.
    var contactChannels: Set<ChannelKind> = [.email, .sms]
    /// `nil` sends everything at once, by itself.
    var router: AlertRouter?

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
        /// What the recipient chose, if anything, as stored.
        var levels: String?
    }

    func expandNext(limit: Int) throws -> Expansion? {
        while true {
            let row = try sql.first(
                """
                SELECT id, expanded_to, document, owner_id FROM alerts WHERE expanded_at IS NULL ORDER BY lane, id LIMIT 1
                """
            ) { row in
                (
                    id: AlertID(row.integer(0)), cursor: row.integer(1), document: row.optionalText(2),
                    owner: row.optionalInteger(3).map { RecipientID($0) }
                )
            }
            guard let row else { return nil }
            guard let document = row.document else {
                try finish(row.id)
                continue
            }
            let decided = try StoredJSON.decode(Alert.self, from: document)
            // Its owner may have been joined with another identity since.
            let alert = row.owner.map { decided.owned(by: $0) } ?? decided
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
                try StageTable(sql: sql).add(.deduplicated, alert: job.alert.id, recipient: recipient, at: now)
                continue
            }
            let usable = try (ways[recipient] ?? []).filter { try isWanted($0, job) }
            let open = usable.filter { $0.disabledReason == nil }
            for way in open { try add(job, way, to: &expansion) }
            if !open.isEmpty { try router?.startEscalation(of: job.alert, for: recipient) }
            // What is for everybody is nobody's loss where a chat is closed.
            if open.isEmpty, job.alert.alert.audience != .everybody, let closed = usable.first {
                try addDead(job, closed)
            }
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

    private func isWanted(_ way: Way, _ job: Job) throws -> Bool {
        if way.channel.isContact, !contactChannels.contains(way.channel) { return false }
        guard let levels = way.levels else { return job.channels.contains(way.channel) }
        let chosen = try StoredJSON.decode(ChannelLevels.self, from: levels)
        return AlertChannels.channels(for: job.alert.alert, chosen: chosen).contains(way.channel)
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
        case .everybody:
            try sql.rows(
                """
                SELECT id FROM recipients WHERE role <> 'blocked' AND stopped = 0 AND id > ? ORDER BY id LIMIT ?
                """, [.integer(job.cursor), SQLValue(limit)]
            ) { RecipientID($0.integer(0)) }
        }
    }

    private func ways(to recipients: [RecipientID]) throws -> [Way] {
        var ways: [Way] = []
        try SQLList.forEach(recipients.map(\.rawValue)) { keys in
            ways += try sql.rows(
                """
                SELECT a.recipient_id, a.channel, a.value, a.disabled_reason, m.id, m.leased, r.channel_levels
                FROM addresses a JOIN recipients r ON r.id = a.recipient_id
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
                    }, levels: row.optionalText(6))
            }
        }
        return ways
    }

    /// Notes that the recipient is told of this situation now; true when that was so within the silence already.
    private func wasToldLately(_ recipient: RecipientID, _ alert: Alert) throws -> Bool {
        // What somebody asked to hear again is no repetition.
        guard case .opportunity(let opportunity) = alert.body, case .subscribers = alert.audience else { return false }
        // The siren that follows when the second venue agrees is the news that the first telling held back.
        guard alert.venues != .confirmed else { return false }
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
            // Not what one person asked to hear again.
            guard case .subscribers = alert.audience, try setting(Self.webhookSetting) == "on" else { return [] }
            return [Way(recipient: RecipientID(0), channel: .discord, address: Self.webhookAddress)]
        case .system(let notice):
            guard case .operators = alert.audience else { return [] }
            var ways: [Way] = []
            if notice.key == SystemNotice.test, try setting(Self.webhookSetting) == "on" {
                ways.append(Way(recipient: RecipientID(0), channel: .discord, address: Self.webhookAddress))
            }
            ways += try operatorChat(setting(Self.operatorChatSetting))
            if notice.severity == .critical { ways += try operatorPhone(setting(Self.operatorPhoneSetting)) }
            return ways
        }
    }

    /// An operator who is reached in that very chat hears it once.
    private func operatorChat(_ chat: String?) throws -> [Way] {
        guard let chat, !chat.isEmpty else { return [] }
        let isSomebodys = try sql.integer(
            "SELECT count(*) FROM addresses a JOIN recipients r ON r.id = a.recipient_id WHERE a.channel = ? "
                + "AND a.value = ? AND r.role = 'operator' AND r.stopped = 0 AND a.disabled_reason IS NULL",
            [.text(ChannelKind.telegram.rawValue), .text(chat)])
        return isSomebodys == 0 ? [Way(recipient: RecipientID(0), channel: .telegram, address: chat)] : []
    }

    /// The same for an operator who verified that very number.
    private func operatorPhone(_ lookup: String?) throws -> [Way] {
        guard let lookup, !lookup.isEmpty, contactChannels.contains(.sms) else { return [] }
        let isSomebodys = try sql.integer(
            """
            SELECT count(*) FROM contacts c JOIN recipients r ON r.id = c.recipient_id
            JOIN addresses a ON a.channel = c.channel AND a.value = c.reference
            WHERE c.channel = ? AND c.lookup = ? AND c.verified_at IS NOT NULL AND r.role = 'operator'
                AND r.stopped = 0 AND a.disabled_reason IS NULL
            """, [.text(ChannelKind.sms.rawValue), .text(lookup)])
        return isSomebodys == 0
            ? [Way(recipient: RecipientID(0), channel: .sms, address: SQLContactBook.operatorReference)] : []
    }

    private func add(_ job: Job, _ way: Way, to expansion: inout Expansion) throws {
        try add(job, way, recipient: way.recipient, to: &expansion)
    }

    private func add(_ job: Job, _ way: Way, recipient: RecipientID?, to expansion: inout Expansion) throws {
        let outbox = OutboxTable(sql: sql)
        let mailbox = try way.mailbox ?? outbox.mailbox(channel: way.channel, address: way.address)
        let entry = OutboxTable.NewEntry(
            recipient: recipient, alert: job.alert.id, lane: Lane(job.alert.alert.priority), createdAt: now, dueAt: now)
        switch try router?.placing(of: job.alert.alert, in: mailbox) ?? .send {
        case .send:
            guard try outbox.add(entry, to: mailbox) != nil else { return }
            expansion.channels.insert(way.channel)
        case .collect(let group, let flushAt):
            guard
                try outbox.addHeld(entry, group: group, until: AlertRouter.never, reason: "grouped", to: mailbox) != nil
            else { return }
            expansion.collectedUntil = min(expansion.collectedUntil ?? flushAt, flushAt)
        case .hold(let until, let reason):
            guard try outbox.addHeld(entry, until: until, reason: reason, to: mailbox) != nil else { return }
        case .drop(let reason):
            return try outbox.addFinished(entry, state: "dropped", reason: reason, at: now, to: mailbox)
        }
        expansion.entries += 1
    }

    /// Somebody should be told and cannot be: a dead letter says so, rather than nothing.
    private func addDead(_ job: Job, _ way: Way) throws {
        let outbox = OutboxTable(sql: sql)
        let mailbox = try way.mailbox ?? outbox.mailbox(channel: way.channel, address: way.address)
        try outbox.addFinished(
            OutboxTable.NewEntry(
                recipient: way.recipient, alert: job.alert.id, lane: Lane(job.alert.alert.priority), createdAt: now,
                dueAt: now), state: "dead", reason: way.disabledReason, at: now, to: mailbox)
    }
}
