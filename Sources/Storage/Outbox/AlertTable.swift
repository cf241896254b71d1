import Decisions
import Delivery
import Market
import People

/// Rows of `alerts`.
struct AlertTable {
    let sql: SQLConnection

    /// Stores an alert with its audience still to be told. `nil` when its natural key is known.
    func insert(_ decided: Alert, at now: Timestamp) throws -> StoredAlert? {
        var alert = decided
        // The decision was in flight while its owner was joined with another identity.
        if case .owner(let id, _) = alert.audience,
            let heir = try sql.integer(
                "SELECT recipient_id FROM joined_recipients WHERE old_id = ?", [.integer(id.rawValue)])
        {
            alert = alert.owned(by: RecipientID(heir))
        }
        var rule: RuleID?
        if case .ruleFired(let firing) = alert.body { rule = firing.rule }
        var owner: RecipientID?
        if case .owner(let id, _) = alert.audience { owner = id }
        let id = try sql.integer(
            """
            INSERT INTO alerts (natural_key, symbol, lane, issued_at, rule_id, owner_id, document, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (natural_key) DO NOTHING RETURNING id
            """,
            [
                .text(alert.naturalKey), SQLValue(alert.symbol?.description), SQLValue(Lane(alert.priority).rawValue),
                SQLValue(alert.issuedAt), SQLValue(rule?.rawValue), SQLValue(owner?.rawValue),
                .text(try StoredJSON.encode(alert)), SQLValue(now),
            ])
        return id.map { StoredAlert(id: AlertID($0), alert: alert) }
    }
}
