import Decisions
import Delivery
import Market
import People
import Reports

/// Everything that is stored about one recipient, as `/export` hands it out. Times are Unix milliseconds.
struct PersonalData: Encodable {
    var recipient: Recipient?
    var identities: [Identity]
    var addresses: [Address]
    /// E-mail address and phone number, unsealed.
    var contacts: [OwnContact]
    /// When a joining code of this person dies.
    var linkCodes: [Timestamp]
    var subscriptions: [Subscription]
    var rules: [Rule]
    /// Rules that ended by themselves.
    var endedRules: [EndedRule]
    /// Rules that wait for a confirming button.
    var drafts: [Draft]
    /// When a rule was tried; of the rule only a hash is kept.
    var triedRules: [Timestamp]
    var deliveries: [SentAlert]
    var sentThisHour: [Usage]
    /// When which situation was told last.
    var told: [Told]
    /// What was answered to alerts.
    var answers: [Answer]
    /// Reminders and snoozed alerts that wait.
    var later: [Later]
    /// Loud alerts of the latest day (days since 1970 in the person's zone).
    var attention: [Attention]
    /// What happened to them on their way, beside what `deliveries` says.
    var stages: [Stage]
    var digest: Digest?
    /// What was paid for which symbol.
    var entries: [Entry]
    /// Rules that were handed on by a link that still works.
    var sharedRules: [SharedText]
    /// What waits for a confirming button to be told everybody.
    var broadcasts: [Draft]
    /// Alerts that go on to the next channel unless they are acknowledged.
    var escalations: [Escalation]
    /// Messages that are edited as their situation goes on.
    var livingMessages: [LivingMessage]
    /// Silences that were asked for as an operator.
    var silences: [SilenceEntry]
    /// Other keys that this person had before identities were joined.
    var joinedFrom: [Int64]
    /// What was done as an operator.
    var audit: [AuditEntry]

    struct OwnContact: Encodable {
        var reference: String, channel: ChannelKind, contact: String, verifiedAt: Timestamp?, disabledReason: String?
    }
    struct EndedRule: Encodable { var number: Int64, text: String, createdAt: Timestamp, endedAt: Timestamp }
    struct Draft: Encodable { var text: String, expiresAt: Timestamp }
    struct SentAlert: Encodable {
        var alert: Alert
        var channel: ChannelKind
        var state: String
        var reason: String?
        var sentAt: Timestamp?
    }
    struct Usage: Encodable { var channel: String, hour: Timestamp, total: Int64, critical: Int64 }
    struct Told: Encodable { var situation: String, at: Timestamp }
    struct Answer: Encodable { var alert: AlertID, acknowledgedAt: Timestamp?, useful: Bool? }
    struct Later: Encodable { var at: Timestamp, alert: Alert }
    struct Attention: Encodable { var day: Int64, loud: Int64 }
    struct Digest: Encodable { var rhythm: String, nextAt: Timestamp }
    struct Stage: Encodable { var kind: String, detail: String, at: Timestamp }
    struct SharedText: Encodable { var text: String, createdAt: Timestamp, expiresAt: Timestamp }
    struct Escalation: Encodable { var alert: AlertID, dueAt: Timestamp }
    struct LivingMessage: Encodable { var alert: AlertID, symbol: String, stage: String, edits: Int64 }
    struct SilenceEntry: Encodable {
        var pattern: String, reason: String, createdAt: Timestamp, endsAt: Timestamp
    }
    struct AuditEntry: Encodable { var action: String, detail: String, at: Timestamp }

    init(of id: RecipientID, in session: SQLChatSession) throws {
        let sql = session.sql
        let key: [SQLValue] = [.integer(id.rawValue)]
        recipient = try session.recipient(id)
        identities = try session.identities(of: id)
        addresses = try session.addresses(of: id)
        contacts = try session.contacts(of: id).map {
            OwnContact(
                reference: $0.reference, channel: $0.contact.channel, contact: $0.contact.plain,
                verifiedAt: $0.verifiedAt, disabledReason: $0.disabledReason)
        }
        linkCodes = try sql.rows("SELECT expires_at FROM link_codes WHERE recipient_id = ?", key) { $0.time(0) }
        subscriptions = try session.subscriptions(of: id)
        rules = try session.rules(of: id)
        endedRules = try sql.rows(
            """
            SELECT number, text, created_at, ended_at FROM rules WHERE owner_id = ? AND ended_at IS NOT NULL
            ORDER BY number
            """, key
        ) { EndedRule(number: $0.integer(0), text: $0.text(1), createdAt: $0.time(2), endedAt: $0.time(3)) }
        drafts = try sql.rows("SELECT text, expires_at FROM drafts WHERE owner_id = ? ORDER BY id", key) {
            Draft(text: $0.text(0), expiresAt: $0.time(1))
        }
        triedRules = try sql.rows("SELECT at FROM rule_tries WHERE owner_id = ? ORDER BY at", key) { $0.time(0) }
        deliveries = try session.history(of: id, symbol: nil, limit: .max).map { item in
            SentAlert(
                alert: item.alert.alert, channel: item.channel, state: item.state, reason: item.reason,
                sentAt: item.sentAt)
        }
        sentThisHour = try sql.rows(
            "SELECT channel, hour, total, critical FROM hourly_usage WHERE recipient_id = ? ORDER BY channel", key
        ) { Usage(channel: $0.text(0), hour: $0.time(1), total: $0.integer(2), critical: $0.integer(3)) }
        told = try sql.rows("SELECT situation, issued_at FROM told WHERE recipient_id = ? ORDER BY situation", key) {
            Told(situation: $0.text(0), at: $0.time(1))
        }
        answers = try sql.rows(
            "SELECT alert_id, acknowledged_at, useful FROM alert_answers WHERE recipient_id = ? ORDER BY alert_id", key
        ) {
            Answer(
                alert: AlertID($0.integer(0)), acknowledgedAt: $0.optionalTime(1),
                useful: $0.optionalInteger(2).map { $0 != 0 })
        }
        later = try sql.rows("SELECT due_at, document FROM later_alerts WHERE recipient_id = ? ORDER BY due_at", key) {
            Later(at: $0.time(0), alert: try StoredJSON.decode(Alert.self, from: $0.text(1)))
        }
        attention = try sql.rows("SELECT day, loud FROM attention WHERE recipient_id = ?", key) {
            Attention(day: $0.integer(0), loud: $0.integer(1))
        }
        stages = try sql.rows(
            "SELECT kind, detail, at FROM delivery_stages WHERE recipient_id = ? ORDER BY id", key
        ) { Stage(kind: $0.text(0), detail: $0.text(1), at: $0.time(2)) }
        digest = try session.digest(of: id).map { Digest(rhythm: $0.rhythm.text, nextAt: $0.nextAt) }
        entries = try session.entries(of: id)
        sharedRules = try sql.rows(
            "SELECT text, created_at, expires_at FROM shared_rules WHERE owner_id = ? ORDER BY created_at, hash", key
        ) { SharedText(text: $0.text(0), createdAt: $0.time(1), expiresAt: $0.time(2)) }
        broadcasts = try sql.rows("SELECT text, expires_at FROM broadcasts WHERE owner_id = ? ORDER BY id", key) {
            Draft(text: $0.text(0), expiresAt: $0.time(1))
        }
        escalations = try sql.rows(
            "SELECT alert_id, due_at FROM escalations WHERE recipient_id = ? ORDER BY alert_id", key
        ) { Escalation(alert: AlertID($0.integer(0)), dueAt: $0.time(1)) }
        livingMessages = try sql.rows(
            "SELECT alert_id, symbol, stage, edits FROM living_messages WHERE recipient_id = ? ORDER BY id", key
        ) {
            LivingMessage(alert: AlertID($0.integer(0)), symbol: $0.text(1), stage: $0.text(2), edits: $0.integer(3))
        }
        silences = try sql.rows(
            "SELECT pattern, reason, created_at, ends_at FROM silences WHERE author_id = ? ORDER BY id", key
        ) {
            SilenceEntry(pattern: $0.text(0), reason: $0.text(1), createdAt: $0.time(2), endsAt: $0.time(3))
        }
        joinedFrom = try sql.rows(
            "SELECT old_id FROM joined_recipients WHERE recipient_id = ? ORDER BY old_id", key
        ) { $0.integer(0) }
        audit = try sql.rows("SELECT action, detail, at FROM audit WHERE recipient_id = ? ORDER BY id", key) {
            AuditEntry(action: $0.text(0), detail: $0.text(1), at: $0.time(2))
        }
    }
}
