package import Decisions
package import Delivery
package import Market
package import People

/// Alerts and the way from an alert to the entries of its audience.
package struct SQLAlertStore: AlertStore {
    private let database: SQLiteDatabase
    private let contactChannels: Set<ChannelKind>

    /// - Parameter contactChannels: which of e-mail and SMS this agent can send on.
    package init(_ database: SQLiteDatabase, contactChannels: Set<ChannelKind> = [.email, .sms]) {
        self.database = database
        self.contactChannels = contactChannels
    }

    package func publish(_ batch: DecisionBatch, now: Timestamp) async throws -> [StoredAlert] {
        guard !batch.isEmpty else { return [] }
        return try await database.write { sql in
            let alerts = AlertTable(sql: sql)
            let rules = RuleTable(sql: sql)
            let stored = try batch.alerts.compactMap { try alerts.insert($0, at: now) }
            for (rule, state) in batch.ruleStates { try rules.setState(state, of: rule) }
            for rule in batch.endedRules { try rules.end(rule, at: now) }
            for veto in batch.vetoes { try VetoTable(sql: sql).insert(veto) }
            try ProgressTable(sql: sql).advance(batch.decidedUpTo)
            return stored
        }
    }

    /// The most urgent unfinished alert comes first; among equals the oldest.
    package func expandNext(limit: Int, now: Timestamp) async throws -> Expansion? {
        let contactChannels = contactChannels
        return try await database.write { sql in
            try AudienceExpander(sql: sql, now: now, contactChannels: contactChannels).expandNext(limit: max(1, limit))
        }
    }
}
