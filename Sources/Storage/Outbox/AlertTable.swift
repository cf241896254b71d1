import Decisions
import Delivery
import Market
import People

/// Rows of `alerts`.
struct AlertTable {
    let sql: SQLConnection

    /// Stores an alert with its audience still to be told, and enters it in the ledger. `nil` when its natural key is
    /// known, or when its owner is not any more.
    func insert(_ decided: Alert, at now: Timestamp) throws -> StoredAlert? {
        var alert = decided
        // The decision was in flight while its owner was joined with another identity.
        if case .owner(let id, _) = alert.audience,
            let heir = try sql.integer(
                "SELECT recipient_id FROM joined_recipients WHERE old_id = ?", [.integer(id.rawValue)])
        {
            alert = alert.owned(by: RecipientID(heir))
        }
        // Of somebody who was forgotten meanwhile: what they asked for must not be stored again.
        if case .owner(let id, _) = alert.audience, try RecipientTable(sql: sql).find(id) == nil { return nil }
        var rule: RuleID?
        if case .ruleFired(var firing) = alert.body {
            rule = firing.rule
            // What the rule is known to be worth travels with each of its alerts.
            firing.record = try RuleRecordTable(sql: sql).record(of: firing.rule)
            alert.body = .ruleFired(firing)
        }
        if case .opportunity(var opportunity) = alert.body {
            opportunity.record = try ScorecardTable(sql: sql).history(
                of: opportunity.kind, opportunity.side, opportunity.symbol)
            alert.body = .opportunity(opportunity)
        }
        var owner: RecipientID?
        if case .owner(let id, _) = alert.audience { owner = id }
        let row = LedgeredAlert(
            naturalKey: alert.naturalKey, symbol: alert.symbol?.description, lane: Int64(Lane(alert.priority).rawValue),
            issuedAt: alert.issuedAt.milliseconds, rule: rule?.rawValue,
            document: try StoredJSON.encode(alert), createdAt: now.milliseconds)
        let id = try sql.integer(
            """
            INSERT INTO alerts (\(LedgeredAlert.columns), owner_id, one_venue)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (natural_key) DO NOTHING RETURNING id
            """,
            [
                .text(row.naturalKey), SQLValue(row.symbol), .integer(row.lane), .integer(row.issuedAt),
                SQLValue(row.rule), SQLValue(row.document), .integer(row.createdAt), SQLValue(owner?.rawValue),
                alert.venues == .one ? .integer(1) : .null,
            ])
        guard let id else { return nil }
        let salt = LedgerHash.newSalt()
        try LedgerTable(sql: sql).append(
            .alert, subject: id, salt: salt, content: row.hash(salt: salt), at: now)
        return StoredAlert(id: AlertID(id), alert: alert)
    }
}
