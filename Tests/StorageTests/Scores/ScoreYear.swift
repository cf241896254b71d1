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

/// A simulated year of operation over a real file: seeded candles, alerts, and the jobs that score them.
enum ScoreYear {
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

    static let symbols = ["BTC", "ETH"].map { symbol($0) }
    static let begin = Timeframe.w1.openTime(containing: .start)

    static func opportunity(_ name: String, _ at: Timestamp, _ price: Double, _ number: Int) -> Alert {
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
    /// - Parameter trouble: the hour at which ETH's candles cease for two days; they come twelve hours later. Where a week
    ///   begins in between, they come too late for its baselines.
    static func run(restarts: Bool, days: Int64 = 365, trouble: Int64 = 2_000) async throws -> TemporaryDatabase {
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
                // Candles of ETH are missing for two days and come later; one of BTC, a thousand hours later, never comes.
                if index == 1, (trouble..<(trouble + 48)).contains(hour) {
                    held.append(candle)
                } else if index != 0 || hour != trouble + 1_000 {
                    try await candles.save([candle], of: series(index))
                }
                if hour % 37 == index * 9, !((trouble - 10)..<(trouble + 60)).contains(hour), hour != trouble + 1_000 {
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
            if hour == trouble + 60 { try await candles.save(held, of: series(1)) }
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
}
