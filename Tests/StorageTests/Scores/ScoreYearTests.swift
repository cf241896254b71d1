import Decisions
import Delivery
import Forecasts
import Foundation
import Logging
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite("Scores", .oneAtATime)
struct ScoreYearTests {
    private func rows(_ file: TemporaryDatabase) async throws -> [String] {
        try await file.database.read { sql in
            // When it was scored may differ by a restart; what was scored may not.
            try sql.rows(
                """
                SELECT kind || ' ' || subject_id || ' ' || part || ' ' || state || ' ' || coalesce(move, '-') || ' '
                    || coalesce(brier, '-') || ' ' || coalesce(interval_score, '-') || ' '
                    || coalesce(base_interval_score, '-') || ' ' || coalesce(base_rate, '-') || ' ' || inputs
                FROM scores ORDER BY kind, subject_id, part
                """
            ) { $0.text(0) }
        }
    }

    @Test("a year of operation: the scorecard says what plain SQL makes of the raw tables, and the ledger holds")
    func wholeYear() async throws {
        let file = try await ScoreYear.run(restarts: false)
        let card = try await SQLScorecard(file.database).scorecard(of: symbol("BTC"), owner: nil)
        #expect(card.forecasts.map(\.horizon) == [.h1, .h4, .d1, .w1])
        #expect(card.unscorable > 0)
        let told = try await file.count("SELECT count(*) FROM told_forecasts")
        #expect(try await file.count("SELECT count(*) FROM scores WHERE kind = 'forecast'") == told)
        #expect(told > 2 * 8_700)

        // From the documents of the ledger and the candles alone, without `scores`.
        for row in card.forecasts {
            let span = row.horizon.span.milliseconds
            let raw = try await file.database.read { sql in
                try sql.first(
                    """
                    WITH said AS (
                        SELECT json_extract(document, '$.price') AS price,
                            json_extract(document, '$.at') AS at,
                            json_extract(document, '$.band50.low') AS l5, json_extract(document, '$.band50.high') AS h5,
                            json_extract(document, '$.band90.low') AS l9, json_extract(document, '$.band90.high') AS h9,
                            json_extract(document, '$.probabilityUp') AS p
                        FROM told_forecasts
                        WHERE symbol = 'BTC' AND json_extract(document, '$.horizon') = '\(row.horizon.rawValue)'
                    ), came AS (
                        SELECT s.*, c.close AS outcome FROM said s
                        JOIN candles c ON c.open_time = s.at + \(span) - 3600000
                        JOIN series x ON x.id = c.series_id
                        WHERE x.symbol = 'BTC' AND x.timeframe = '1h'
                    )
                    SELECT count(*), sum(outcome BETWEEN l5 AND h5), sum(outcome BETWEEN l9 AND h9),
                        count(DISTINCT at / \(span)),
                        avg(CASE WHEN outcome <> price THEN (p - (outcome > price)) * (p - (outcome > price)) END),
                        sum(CASE WHEN outcome <> price THEN (p > 0.5) = (outcome > price) END)
                    FROM came
                    """
                ) { ($0.integer(0), $0.integer(1), $0.integer(2), $0.integer(3), $0.real(4), $0.integer(5)) }
            }
            let expected = try #require(raw)
            #expect(Int64(row.count) == expected.0)
            #expect(Int64(row.held50) == expected.1)
            #expect(Int64(row.held90) == expected.2)
            #expect(Int64(row.independent) == expected.3)
            if row.horizon == .h1 {
                let direction = try #require(row.direction)
                #expect(abs(direction.brier - expected.4) < 1e-12)
                #expect(Int64(direction.hits) == expected.5)
                #expect(direction.bins.map(\.count).reduce(0, +) == direction.count)
                #expect(row.skill != nil && row.baseCount == row.count)
            } else {
                #expect(row.direction == nil)
            }
        }
        try await opportunities(file, card)
        try await baseRate(file)
        let report = try await SQLLedger(file.database).verify()
        #expect(report.isWhole && report.forecasts == told)
    }

    /// Called moves from the alerts' documents and the candles alone.
    private func opportunities(_ file: TemporaryDatabase, _ card: Scorecard) async throws {
        #expect(card.opportunities.count == 4)
        for row in card.opportunities {
            let moves = try await file.database.read { sql in
                try sql.rows(
                    """
                    WITH said AS (
                        SELECT issued_at AS at, json_extract(document, '$.body.opportunity._0.price') AS price,
                            CASE json_extract(document, '$.body.opportunity._0.outlook')
                                WHEN '1h-4h' THEN 4 ELSE 72 END * 3600000 AS span
                        FROM alerts WHERE symbol = 'BTC'
                            AND natural_key LIKE 'opportunity:BTC:\(row.kind):\(row.side):%'
                    )
                    SELECT (c.close / s.price - 1) * \(row.side == .buy ? 1 : -1) FROM said s
                    JOIN candles c ON c.open_time = s.at + s.span - 3600000
                    JOIN series x ON x.id = c.series_id AND x.symbol = 'BTC' AND x.timeframe = '1h'
                    ORDER BY 1
                    """
                ) { $0.real(0) }
            }
            #expect(row.summary.count == moves.count && moves.count > 10)
            #expect(row.summary.hits == moves.count { $0 > 0 })
            #expect(abs(row.summary.mean - moves.reduce(0, +) / Double(moves.count)) < 1e-12)
            let median = (moves[(moves.count - 1) / 2] + moves[moves.count / 2]) / 2
            #expect(abs(row.summary.median - median) < 1e-12)
            #expect(row.summary.low <= median && median <= row.summary.high)
        }
        // Each of them carried the record as it was then.
        let carried = try await file.count(
            """
            SELECT count(*) FROM alerts
            WHERE json_extract(document, '$.body.opportunity._0.record.summary.count') >= 10
            """)
        #expect(carried > 50)
    }

    /// The base rate of one forecast, from the candles of the year before its week.
    private func baseRate(_ file: TemporaryDatabase) async throws {
        let week = ScoreYear.begin + .days(280)
        let end = week.milliseconds
        let found = try await file.database.read { sql in
            (
                try sql.first(
                    """
                    SELECT avg(base_rate) FROM scores
                    WHERE kind = 'forecast' AND symbol = 'BTC' AND part = '4h' AND issued_at = \(end)
                    """
                ) { $0.real(0) },
                try sql.first(
                    """
                    SELECT avg(CASE WHEN b.close > a.close THEN 1.0 ELSE 0.0 END) FROM candles a
                    JOIN candles b ON b.series_id = a.series_id AND b.open_time = a.open_time + 4 * 3600000
                    JOIN series x ON x.id = a.series_id AND x.symbol = 'BTC' AND x.timeframe = '1h'
                    WHERE a.open_time >= \(end) - 365 * 86400000 AND b.open_time < \(end)
                    """
                ) { $0.real(0) }
            )
        }
        let (stored, counted) = (try #require(found.0), try #require(found.1))
        #expect(abs(stored - counted) < 1e-12 && stored > 0.3)
    }

    @Test("restarts in the middle change no score, and nothing is scored twice")
    func restarted() async throws {
        // The turn before the late candles come is skipped, and a restart follows: neither may show in a baseline.
        let straight = try await rows(try await ScoreYear.run(restarts: false, days: 60, trouble: 472))
        let broken = try await rows(try await ScoreYear.run(restarts: true, days: 60, trouble: 472))
        #expect(straight.count > 3_000)
        let different = zip(straight, broken).first { $0 != $1 }
        #expect(different == nil && straight.count == broken.count)
    }

    @Test("who is forgotten leaves no score of a firing; what the house said stays scored")
    func forgotten() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        let alerts = [ruleAlert(rule, at: .start), ScoreYear.opportunity("BTC", .start, 100, 5)]
        _ = try await file.alerts.publish(DecisionBatch(alerts: alerts), now: .start)
        let keeping = ScoreKeeping(
            store: SQLScores(file.database), candles: SQLCandleStore(file.database), venue: .simulated)
        try await keeping.run(now: .start)
        #expect(try await file.count("SELECT count(*) FROM scores WHERE kind = 'firing'") == 3)
        try await file.chat.write { try $0.forget(person.id) }
        #expect(try await file.count("SELECT count(*) FROM scores WHERE kind = 'firing'") == 0)
        #expect(try await file.count("SELECT count(*) FROM scores WHERE kind = 'opportunity'") == 1)
    }

    @Test("what is settled stays; a candle that comes late is scored, one that never comes is told as unscorable")
    func late() async throws {
        let file = try await TemporaryDatabase()
        let candles = SQLCandleStore(file.database)
        let series = CandleSeries(symbol: symbol("BTC"), timeframe: .h1, venue: .simulated)
        let at = Timeframe.h1.openTime(containing: .start)
        func close(_ price: Double, _ open: Timestamp) -> Candle {
            Candle(openTime: open, open: price, high: price, low: price, close: price, volume: 1)
        }
        let alert = ScoreYear.opportunity("BTC", at, 100, 5)
        _ = try await file.alerts.publish(DecisionBatch(alerts: [alert]), now: at)
        let keeping = ScoreKeeping(store: SQLScores(file.database), candles: candles, venue: .simulated)
        func state() async throws -> [String] {
            try await file.database.read { sql in
                try sql.rows("SELECT state || coalesce(' ' || reason, '') FROM scores ORDER BY id") { $0.text(0) }
            }
        }
        try await keeping.run(now: at + .hours(5))
        #expect(try await state() == ["open"])
        try await candles.save([close(90, at + .hours(3))], of: series)
        try await keeping.run(now: at + .hours(7))
        #expect(try await state() == ["scored"])
        // A candle that is mended afterwards changes no score.
        try await candles.save([close(200, at + .hours(3))], of: series)
        try await SQLScores(file.database).settle([(1, .unscorable(reason: "no_candle"))], at: at + .hours(8))
        try await keeping.run(now: at + .days(60))
        #expect(try await state() == ["scored"])
        #expect(try await file.count("SELECT count(*) FROM scores WHERE outcome = 90") == 1)

        _ = try await file.alerts.publish(
            DecisionBatch(alerts: [ScoreYear.opportunity("BTC", at + .days(61), 100, 5)]), now: at + .days(61))
        try await keeping.run(now: at + .days(62))
        try await keeping.run(now: at + .days(95))
        #expect(try await state() == ["scored", "unscorable no_candle"])
    }
}
