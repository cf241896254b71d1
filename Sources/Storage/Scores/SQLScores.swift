package import Decisions
import Forecasts
package import Market

/// Scores over SQL.
package struct SQLScores: ScoreStore {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    /// Entries are taken in the order of their ids, which only grow, and the mark moves on in the same transaction: each
    /// is taken once, also of times before there were scores.
    package func collect(limit: Int) async throws -> Int {
        try await database.write { sql in
            let table = ScoreTable(sql: sql)
            return try table.collectForecasts(limit: limit) + table.collectAlerts(limit: limit)
        }
    }

    package func due(at now: Timestamp, limit: Int) async throws -> [OpenScore] {
        try await database.read { sql in
            try sql.rows(
                """
                SELECT id, kind, symbol, issued_at, due_at, price, side, median, low50, high50, low90, high90,
                    probability_up FROM scores
                WHERE next_at <= ? ORDER BY next_at, id LIMIT ?
                """, [SQLValue(now), SQLValue(max(0, limit))]
            ) { row in
                func band(_ column: Int) -> PriceBand? {
                    guard let low = row.optionalReal(column), let high = row.optionalReal(column + 1) else {
                        return nil
                    }
                    return PriceBand(low: low, high: high)
                }
                return OpenScore(
                    id: row.integer(0), kind: try row.raw(1), symbol: try row.lossless(2) { Symbol($0) },
                    issuedAt: row.time(3), dueAt: row.time(4), price: row.real(5),
                    side: row.isNull(6) ? nil : try row.raw(6, as: Opportunity.Side.self), median: row.optionalReal(7),
                    band50: band(8), band90: band(10), probabilityUp: row.optionalReal(12))
            }
        }
    }

    package func baseline(of symbol: Symbol, over span: Span, before week: Timestamp) async throws -> MoveBaseline? {
        try await database.read { sql in
            try sql.first(
                """
                SELECT up, down, median, low50, high50, low90, high90 FROM score_baselines
                WHERE symbol = ? AND week = ? AND span = ?
                """, [.text(symbol.description), SQLValue(week), .integer(span.milliseconds)]
            ) { row in
                MoveBaseline(
                    up: row.real(0), down: row.real(1), median: row.real(2),
                    band50: PriceBand(low: row.real(3), high: row.real(4)),
                    band90: PriceBand(low: row.real(5), high: row.real(6)))
            }
        }
    }

    package func keep(
        _ baseline: MoveBaseline, of symbol: Symbol, over span: Span, before week: Timestamp
    ) async throws {
        try await database.write { sql in
            try sql.execute(
                """
                INSERT INTO score_baselines
                    (symbol, week, span, up, down, median, low50, high50, low90, high90)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (symbol, week, span) DO NOTHING
                """,
                [
                    .text(symbol.description), SQLValue(week), .integer(span.milliseconds), .real(baseline.up),
                    .real(baseline.down), .real(baseline.median), .real(baseline.band50.low),
                    .real(baseline.band50.high), .real(baseline.band90.low), .real(baseline.band90.high),
                ])
        }
    }

    package func settle(_ verdicts: [(id: Int64, verdict: ScoreVerdict)], at now: Timestamp) async throws {
        try await database.write { sql in
            let table = ScoreTable(sql: sql)
            for (id, verdict) in verdicts { try table.settle(id, verdict, at: now) }
        }
    }
}

/// Rows of `scores`.
struct ScoreTable {
    let sql: SQLConnection

    func collectForecasts(limit: Int) throws -> Int {
        let rows = try sql.rows(
            "SELECT id, document FROM told_forecasts WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(try mark("forecast")), SQLValue(limit)]
        ) { (id: $0.integer(0), document: $0.text(1)) }
        for row in rows {
            let forecast = try StoredJSON.decode(Forecast.self, from: row.document)
            try insert(
                .forecast, subject: row.id, symbol: forecast.symbol, part: forecast.horizon.rawValue, side: nil,
                standing: forecast.horizon.isAligned(forecast.at), inputs: forecast.inputs,
                model: forecast.modelVersion, at: forecast.at, after: forecast.horizon.span, price: forecast.price,
                forecast: forecast)
        }
        if let last = rows.last { try setMark("forecast", last.id) }
        return rows.count
    }

    func collectAlerts(limit: Int) throws -> Int {
        let rows = try sql.rows(
            "SELECT id, document FROM alerts WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(try mark("alert")), SQLValue(limit)]
        ) { (id: $0.integer(0), document: $0.optionalText(1)) }
        for row in rows {
            // What was erased by its owner meanwhile is not scored.
            guard let document = row.document else { continue }
            switch try StoredJSON.decode(Alert.self, from: document).body {
            case .opportunity(let opportunity):
                try insert(
                    .opportunity, subject: row.id, symbol: opportunity.symbol, part: opportunity.kind.rawValue,
                    side: opportunity.side, standing: false, inputs: InputsHash.of(opportunity), model: nil,
                    at: opportunity.at, after: opportunity.outlook.end, price: opportunity.price)
            case .ruleFired(let firing):
                for span in ScoredFiring.horizons {
                    try insert(
                        .firing, subject: row.id, symbol: firing.symbol, part: "\(span.milliseconds)", side: nil,
                        standing: false, inputs: InputsHash.of(firing), model: nil, at: firing.at, after: span,
                        price: firing.price)
                }
            case .system: break
            }
        }
        if let last = rows.last { try setMark("alert", last.id) }
        return rows.count
    }

    private func mark(_ kind: String) throws -> Int64 {
        try sql.integer("SELECT last_id FROM score_progress WHERE kind = ?", [.text(kind)]) ?? 0
    }

    private func setMark(_ kind: String, _ id: Int64) throws {
        try sql.execute(
            """
            INSERT INTO score_progress (kind, last_id) VALUES (?, ?)
            ON CONFLICT (kind) DO UPDATE SET last_id = excluded.last_id
            """, [.text(kind), .integer(id)])
    }

    private func insert(
        _ kind: ScoreKind, subject: Int64, symbol: Symbol, part: String, side: Opportunity.Side?, standing: Bool,
        inputs: String?, model: String?, at: Timestamp, after: Span, price: Double, forecast: Forecast? = nil
    ) throws {
        let due = SQLValue(at + after)
        try sql.execute(
            """
            INSERT INTO scores (kind, subject_id, symbol, part, side, standing, inputs, model, issued_at, due_at,
                next_at, price, median, low50, high50, low90, high90, probability_up)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, subject_id, part) DO NOTHING
            """,
            [
                .text(kind.rawValue), .integer(subject), .text(symbol.description), .text(part),
                SQLValue(side?.rawValue), SQLValue(standing), SQLValue(inputs), SQLValue(model), SQLValue(at), due, due,
                .real(price), SQLValue(forecast?.median), SQLValue(forecast?.band50.low),
                SQLValue(forecast?.band50.high), SQLValue(forecast?.band90.low), SQLValue(forecast?.band90.high),
                SQLValue(forecast?.probabilityUp),
            ])
    }

    /// What was settled before stays as it is.
    func settle(_ id: Int64, _ verdict: ScoreVerdict, at now: Timestamp) throws {
        func flag(_ value: Bool?) -> SQLValue { value.map { SQLValue($0) } ?? .null }
        switch verdict {
        case .waiting(let until):
            try sql.execute(
                "UPDATE scores SET next_at = ? WHERE id = ? AND state = 'open'", [SQLValue(until), .integer(id)])
        case .unscorable(let reason):
            try sql.execute(
                """
                UPDATE scores SET state = 'unscorable', reason = ?, scored_at = ?, next_at = NULL
                WHERE id = ? AND state = 'open'
                """, [.text(reason), SQLValue(now), .integer(id)])
        case .scored(let score):
            try sql.execute(
                """
                UPDATE scores SET state = 'scored', scored_at = ?, next_at = NULL, outcome = ?, move = ?, hit = ?,
                    held50 = ?, held90 = ?, brier = ?, error = ?, interval_score = ?, base_rate = ?, base_median = ?,
                    base_held50 = ?, base_held90 = ?, base_brier = ?, base_error = ?, base_interval_score = ?
                WHERE id = ? AND state = 'open'
                """,
                [
                    SQLValue(now), .real(score.outcome), .real(score.move), flag(score.hit), flag(score.held50),
                    flag(score.held90), SQLValue(score.brier), SQLValue(score.error), SQLValue(score.intervalScore),
                    SQLValue(score.base.rate), SQLValue(score.base.median), flag(score.base.held50),
                    flag(score.base.held90), SQLValue(score.base.brier), SQLValue(score.base.error),
                    SQLValue(score.base.intervalScore), .integer(id),
                ])
        }
    }
}
