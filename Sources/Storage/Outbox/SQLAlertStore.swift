package import Decisions
package import Delivery
package import Market
package import People

/// Alerts and the way from an alert to the entries of its audience.
package struct SQLAlertStore: AlertStore {
    private let database: SQLiteDatabase
    private let contactChannels: Set<ChannelKind>

    private let routing: RoutingSettings?

    /// - Parameters:
    ///   - contactChannels: which of e-mail and SMS this agent can send on.
    ///   - routing: how alerts are grouped, silenced and escalated; `nil` for not at all.
    package init(
        _ database: SQLiteDatabase, contactChannels: Set<ChannelKind> = [.email, .sms], routing: RoutingSettings? = nil
    ) {
        self.database = database
        self.contactChannels = contactChannels
        self.routing = routing
    }

    package func publish(_ batch: DecisionBatch, now: Timestamp) async throws -> [StoredAlert] {
        guard !batch.isEmpty else { return [] }
        return try await database.write { sql in
            let alerts = AlertTable(sql: sql)
            let rules = RuleTable(sql: sql)
            let stored = try batch.alerts.compactMap { try alerts.insert($0, at: now) }
            for (rule, state) in batch.ruleStates {
                try rules.setState(state, of: rule)
                // Before its first firing no message speaks of it.
                for (symbol, place) in state.symbols where place.phase == .armed && place.lastFiredAt != nil {
                    try LivingTable(sql: sql).fade(rule: rule, symbol: symbol, now: now)
                }
            }
            for rule in batch.endedRules { try rules.end(rule, at: now) }
            for veto in batch.vetoes { try VetoTable(sql: sql).insert(veto) }
            try ProgressTable(sql: sql).advance(batch.decidedUpTo)
            return stored
        }
    }

    /// The most urgent unfinished alert comes first; among equals the oldest.
    package func expandNext(limit: Int, now: Timestamp) async throws -> Expansion? {
        try await database.write { try expander($0, now).expandNext(limit: max(1, limit)) }
    }

    package func expand(limit: Int, now: Timestamp) async throws -> [Expansion] {
        try await database.write { sql in
            let expander = expander(sql, now)
            var expansions: [Expansion] = []
            var work = 0
            // An alert counts as one even when nobody hears of it.
            while work < max(1, limit), let expansion = try expander.expandNext(limit: max(1, limit - work)) {
                work += 1 + expansion.entries + expansion.deduplicated
                expansions.append(expansion)
            }
            return expansions
        }
    }

    private func expander(_ sql: SQLConnection, _ now: Timestamp) -> AudienceExpander {
        AudienceExpander(
            sql: sql, now: now, contactChannels: contactChannels,
            router: routing.map { AlertRouter(sql: sql, settings: $0, now: now) })
    }
}
