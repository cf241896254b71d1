import Delivery
import Market

/// Accounts for every delivery of what was decided since a time.
struct DeliveryAccountReader {
    let sql: SQLConnection

    /// Alerts by where their audience is, and how many have no delivery at all.
    static let alerts = """
        SELECT count(*), coalesce(sum(expanded_at IS NULL), 0),
            coalesce(sum(expanded_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert_id = a.id)), 0)
        FROM alerts a WHERE a.id >= ?
        """
    static let deliveries = "SELECT count(*) FROM outbox WHERE alert_id >= ?"
    /// One that went into a message with others is what that message is.
    static let outcomes = """
        SELECT CASE WHEN o.state <> 'coalesced' THEN o.state WHEN d.state = 'sent' THEN 'coalesced' ELSE d.state END,
            count(*)
        FROM outbox o LEFT JOIN outbox d ON d.id = o.merged_into WHERE o.alert_id >= ? GROUP BY 1
        """

    func account(since: Timestamp) throws -> DeliveryAccount {
        var account = DeliveryAccount()
        let first = try SQLValue.integer(firstAlert(since: since))
        if let row = try sql.first(Self.alerts, [first], { ($0.integer(0), $0.integer(1), $0.integer(2)) }) {
            account.decided = Int(row.0)
            account.unexpanded = Int(row.1)
            account.unheard = Int(row.2)
        }
        account.deliveries = Int(try sql.integer(Self.deliveries, [first]) ?? 0)
        let outcomes = try sql.rows(Self.outcomes, [first]) { (state: $0.optionalText(0), count: Int($0.integer(1))) }
        for outcome in outcomes {
            switch outcome.state {
            case "sent": account.delivered += outcome.count
            case "coalesced": account.coalesced += outcome.count
            case "dead": account.dead += outcome.count
            case "dropped": account.dropped += outcome.count
            case "pending", "leased", "held": account.waiting += outcome.count
            default: break
            }
        }
        return account
    }

    /// Keys of alerts count up with the time they were stored at, so a search by halves finds the first one; there is no
    /// index to keep for this.
    private func firstAlert(since: Timestamp) throws -> Int64 {
        var low: Int64 = 1
        var high = (try sql.integer("SELECT max(id) FROM alerts") ?? 0) + 1
        while low < high {
            let middle = low + (high - low) / 2
            // The next one that exists, for keys may be missing.
            let next = try sql.first(
                "SELECT id, created_at FROM alerts WHERE id >= ? ORDER BY id LIMIT 1", [.integer(middle)]
            ) { (id: $0.integer(0), at: $0.time(1)) }
            if let next, next.at < since { low = next.id + 1 } else { high = middle }
        }
        return low
    }
}
