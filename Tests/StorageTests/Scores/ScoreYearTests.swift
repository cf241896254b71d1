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
    /// A walk with seeded, fat-tailed steps: a market that can be made again.
    struct SeededMarket {
        private var state: UInt64
        private var close: Double

        init(seed: UInt64, price: Double) {
            state = seed
            close = price
        }

        private mutating func unit() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(state >> 11) / Double(1 << 53)
        }

        mutating func hour(_ open: Timestamp) -> Candle {
            let first = close
            let shock = unit() + unit() + unit() - 1.5
            close *= exp(0.012 * shock * (unit() < 0.05 ? 4 : 1))
            return Candle(
                openTime: open, open: first, high: max(first, close), low: min(first, close), close: close, volume: 1)
        }
    }

    /// Bands as wide as the last hundred hours were, and a probability that leans after the last move.
    struct TrailingForecaster: Forecaster {
        func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int) { (.h1, 101) }

        func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp)
            throws(ForecastRefusal) -> Forecast
        {
            guard let last = candles.last, candles.count > 100 else {
                throw .historyTooShort(have: candles.count, need: 101)
            }
            let moves = zip(candles.dropFirst(), candles).map { $0.close / $1.close - 1 }
            let hours = Double(horizon.span.milliseconds) / 3_600_000
            let sigma = (moves.reduce(0) { $0 + $1 * $1 } / 100 * hours).squareRoot()
            func band(_ width: Double) -> PriceBand {
                PriceBand(low: last.close * (1 - width * sigma), high: last.close * (1 + width * sigma))
            }
            let lean = (moves.last ?? 0) > 0 ? 0.55 : 0.42
            return Forecast(
                symbol: symbol, horizon: horizon, at: last.closeTime(.h1), price: last.close, median: last.close,
                band50: band(0.62), band90: band(1.6), sigma: sigma, record90: BandRecord(held: 0, count: 0),
                record50: BandRecord(held: 0, count: 0), moveChances: [],
                probabilityUp: horizon == .h1 ? lean : nil, voters: ["trailing": 1])
        }
    }

    final class MovedClock: TimeSource {
        let now: Timestamp
        init(_ now: Timestamp) { self.now = now }
    }

    /// Everything of the agent that scores, made anew as after a start.
    struct Running {
        var keeping: ScoreKeeping
        var standing: StandingForecasts

        init(_ database: SQLiteDatabase, at now: Timestamp, symbols: [Symbol]) {
            let candles = SQLCandleStore(database)
            keeping = ScoreKeeping(store: SQLScores(database), candles: candles, venue: .simulated)
            standing = StandingForecasts(
                journal: SQLForecastJournal(database, time: MovedClock(now)),
                forecaster: WitnessedForecaster(TrailingForecaster()), candles: candles, venue: .simulated,
                symbols: symbols, horizons: [.h1, .h4, .d1, .w1],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }
    }

    private static let symbols = ["BTC", "ETH"].map { symbol($0) }
    private static let begin = Timeframe.w1.openTime(containing: .start)

    private static func opportunity(_ name: String, _ at: Timestamp, _ price: Double, _ number: Int) -> Alert {
        var alert = opportunityAlert(
            name, at: at, side: number % 3 == 0 ? .sell : .buy, kind: number % 2 == 0 ? .trend : .reversal)
        if case .opportunity(var body) = alert.body {
            body.price = price
            body.outlook = number % 5 == 0 ? .hours1to4 : .days1to3
            alert.body = .opportunity(body)
        }
        return alert
    }

    /// A year, hour by hour; with `restarts` the process dies often, at times between its steps, and is made anew.
    private func year(restarts: Bool, days: Int64 = 365) async throws -> TemporaryDatabase {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        let candles = SQLCandleStore(file.database)
        var markets = [SeededMarket(seed: 7, price: 60_000), SeededMarket(seed: 11, price: 3_000)]
        // Ninety days lie before the first hour of operation.
        var first: [[Candle]] = [[], []]
        for hour in (-90 * 24)..<0 {
            for index in markets.indices { first[index].append(markets[index].hour(Self.begin + .hours(Int64(hour)))) }
        }
        func series(_ index: Int) -> CandleSeries {
            CandleSeries(symbol: Self.symbols[index], timeframe: .h1, venue: .simulated)
        }
        for index in markets.indices { try await candles.save(first[index], of: series(index)) }
        var running = Running(file.database, at: Self.begin, symbols: Self.symbols)
        var held: [Candle] = []
        for hour in 0..<(days * 24) {
            let now = Self.begin + .hours(hour)
            for index in markets.indices {
                let candle = markets[index].hour(now - .hours(1))
                // Candles of ETH are missing for two days and come later; one of BTC never comes.
                if index == 1, (2_000..<2_048).contains(hour) {
                    held.append(candle)
                } else if index != 0 || hour != 3_000 {
                    try await candles.save([candle], of: series(index))
                }
                if hour % 37 == index * 9, !(1_990..<2_060).contains(hour), hour != 3_000 {
                    let alert = Self.opportunity(
                        Self.symbols[index].description, now, candle.close, Int(hour / 37) + index)
                    _ = try await file.alerts.publish(DecisionBatch(alerts: [alert]), now: now)
                }
                if index == 0, hour % 101 == 5 {
                    var alert = ruleAlert(rule, sequence: Int(hour) + 1, at: now)
                    if case .ruleFired(var body) = alert.body {
                        body.price = candle.close
                        alert.body = .ruleFired(body)
                    }
                    _ = try await file.alerts.publish(DecisionBatch(alerts: [alert]), now: now)
                }
            }
            if hour == 2_060 { try await candles.save(held, of: series(1)) }
            if restarts, hour % 97 == 0 {
                // It died after candles were stored and before anything was scored; the next turn is of a new one.
                running = Running(try await file.reopened(), at: now, symbols: Self.symbols)
            }
            try await running.standing.run(now: now)
            if restarts, hour % 131 == 7 { continue }
            try await running.keeping.run(now: now)
        }
        // What the last skipped turn left is caught up.
        let end = Self.begin + .hours(days * 24)
        try await running.keeping.run(now: end)
        return file
    }

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
        let file = try await year(restarts: false)
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
        let week = Self.begin + .days(280)
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
        let straight = try await rows(try await year(restarts: false, days: 60))
        let broken = try await rows(try await year(restarts: true, days: 60))
        #expect(straight.count > 3_000)
        let different = zip(straight, broken).first { $0 != $1 }
        #expect(different == nil && straight.count == broken.count)
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
        let alert = Self.opportunity("BTC", at, 100, 5)
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
            DecisionBatch(alerts: [Self.opportunity("BTC", at + .days(61), 100, 5)]), now: at + .days(61))
        try await keeping.run(now: at + .days(62))
        try await keeping.run(now: at + .days(95))
        #expect(try await state() == ["scored", "unscorable no_candle"])
    }
}
