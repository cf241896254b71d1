package import Decisions
package import Market
package import People

/// The scorecard over SQL.
package struct SQLScorecard: Sendable {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    /// - Parameters:
    ///   - symbol: `nil` for all.
    ///   - owner: whose rules' firings are looked at; `nil` for nobody's.
    package func scorecard(of symbol: Symbol?, owner: RecipientID?) async throws -> Scorecard {
        try await database.read { try ScorecardTable(sql: $0).scorecard(of: symbol, owner: owner) }
    }
}

/// What scores add up to.
struct ScorecardTable {
    let sql: SQLConnection

    /// Opportunities of a kind and side, and firings, that are summed up; older ones stay stored.
    private static let mostOutcomes = 2_000
    /// The same in the record that travels in an alert, which is made while its transaction is open.
    private static let mostInAlert = 400

    func scorecard(of symbol: Symbol?, owner: RecipientID?) throws -> Scorecard {
        var card = Scorecard()
        card.forecasts = try forecasts(symbol)
        for kind in [Opportunity.Kind.trend, .reversal] {
            for side in [Opportunity.Side.buy, .sell] {
                if let summary = try signals(kind, side, symbol, limit: Self.mostOutcomes) {
                    card.opportunities.append(.init(kind: kind, side: side, summary: summary))
                }
            }
        }
        if let owner { card.firings = try firings(of: owner, symbol) }
        let filter = Filter(symbol)
        func count(_ state: String) throws -> Int {
            Int(
                try sql.integer(
                    "SELECT count(*) FROM scores WHERE state = ? AND kind <> 'firing' \(filter.condition)",
                    [.text(state)] + filter.values) ?? 0)
        }
        card.open = try count("open")
        card.unscorable = try count("unscorable")
        return card
    }

    /// The record of such signals: the symbol's own where ten are scored, else that of all symbols.
    func history(of kind: Opportunity.Kind, _ side: Opportunity.Side, _ symbol: Symbol) throws -> SignalHistory? {
        if let own = try signals(kind, side, symbol, limit: Self.mostInAlert), own.count >= OutcomeSummary.enough {
            return SignalHistory(isOfSymbol: true, summary: own)
        }
        return try signals(kind, side, nil, limit: Self.mostInAlert).map {
            SignalHistory(isOfSymbol: false, summary: $0)
        }
    }

    private struct Filter {
        var condition = ""
        var values: [SQLValue] = []

        init(_ symbol: Symbol?) {
            guard let symbol else { return }
            condition = "AND symbol = ?"
            values = [.text(symbol.description)]
        }
    }

    private func forecasts(_ symbol: Symbol?) throws -> [Scorecard.ForecastRow] {
        let filter = Filter(symbol)
        let rows = try sql.rows(
            """
            SELECT part, count(*), count(DISTINCT issued_at / (due_at - issued_at)), sum(held50), sum(held90),
                count(base_held90), sum(base_held50), sum(base_held90),
                sum(CASE WHEN base_interval_score IS NOT NULL THEN interval_score END), sum(base_interval_score),
                count(brier), count(DISTINCT CASE WHEN brier IS NOT NULL THEN issued_at / (due_at - issued_at) END),
                sum(hit), count(hit), avg(brier), count(CASE WHEN brier IS NOT NULL THEN base_brier END),
                avg(CASE WHEN brier IS NOT NULL THEN base_brier END)
            FROM scores WHERE kind = 'forecast' AND state = 'scored' AND standing = 1 \(filter.condition)
            GROUP BY part
            """, filter.values
        ) { row in
            let told = Int(row.integer(10))
            let direction = Scorecard.Direction(
                count: told, independent: Int(row.integer(11)), hits: Int(row.integer(12)),
                called: Int(row.integer(13)), brier: row.real(14),
                baseBrier: row.integer(15) == row.integer(10) ? row.optionalReal(16) : nil, bins: [])
            let base = row.optionalReal(9) ?? 0
            return Scorecard.ForecastRow(
                horizon: try row.raw(0), count: Int(row.integer(1)), independent: Int(row.integer(2)),
                held50: Int(row.integer(3)), held90: Int(row.integer(4)), baseCount: Int(row.integer(5)),
                baseHeld50: Int(row.integer(6)), baseHeld90: Int(row.integer(7)),
                skill: base > 0 ? 1 - row.real(8) / base : nil, direction: told > 0 ? direction : nil)
        }
        let bins = try sql.rows(
            """
            SELECT part, CAST(probability_up * 10 AS INTEGER) AS bin, count(*), avg(probability_up),
                avg(CASE WHEN move > 0 THEN 1.0 ELSE 0.0 END)
            FROM scores
            WHERE kind = 'forecast' AND state = 'scored' AND standing = 1 AND brier IS NOT NULL \(filter.condition)
            GROUP BY part, bin ORDER BY part, bin
            """, filter.values
        ) { (part: $0.text(0), bin: Scorecard.Bin(count: Int($0.integer(2)), said: $0.real(3), came: $0.real(4))) }
        return rows.map { row in
            var row = row
            row.direction?.bins = bins.filter { $0.part == row.horizon.rawValue }.map(\.bin)
            return row
        }.sorted { $0.horizon < $1.horizon }
    }

    private func signals(
        _ kind: Opportunity.Kind, _ side: Opportunity.Side, _ symbol: Symbol?, limit: Int
    ) throws -> OutcomeSummary? {
        let filter = Filter(symbol)
        return try summary(
            """
            SELECT move, issued_at / (due_at - issued_at), base_rate FROM scores
            WHERE kind = 'opportunity' AND part = ? AND side = ? AND state = 'scored' \(filter.condition)
            ORDER BY issued_at DESC, id DESC LIMIT ?
            """, [.text(kind.rawValue), .text(side.rawValue)] + filter.values + [SQLValue(limit)])
    }

    private func firings(of owner: RecipientID, _ symbol: Symbol?) throws -> [Scorecard.FiringRow] {
        try ScoredFiring.horizons.compactMap { span in
            let condition = symbol == nil ? "" : "AND s.symbol = ?"
            let summary = try summary(
                """
                SELECT s.move, s.issued_at / (s.due_at - s.issued_at), s.base_rate
                FROM alerts a CROSS JOIN scores s ON s.kind = 'firing' AND s.subject_id = a.id AND s.part = ?
                WHERE a.owner_id = ? AND s.state = 'scored' \(condition)
                ORDER BY s.issued_at DESC, s.id DESC LIMIT ?
                """,
                [.text("\(span.milliseconds)"), .integer(owner.rawValue)]
                    + (symbol.map { [.text($0.description)] } ?? []) + [SQLValue(Self.mostOutcomes)])
            return summary.map { Scorecard.FiringRow(after: span, summary: $0) }
        }
    }

    private func summary(_ query: String, _ values: [SQLValue]) throws -> OutcomeSummary? {
        let rows = try sql.rows(query, values) {
            (move: $0.real(0), slot: $0.integer(1), base: $0.optionalReal(2))
        }
        return OutcomeSummary(
            moves: rows.map(\.move), independent: Set(rows.map(\.slot)).count, baseRates: rows.compactMap(\.base))
    }
}
