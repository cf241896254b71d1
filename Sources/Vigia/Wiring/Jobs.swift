import Decisions
import Delivery
import Forecasts
import Foundation
import Market
import Reports
import Schedule
import ServiceLifecycle
import Storage

/// What the durable schedule does.
enum Jobs {
    static func scheduler(
        _ base: Foundations, market: MarketWiring, delivery: DeliveryWiring, reports: ReportWiring,
        backups: BackupService
    ) async throws -> Scheduler {
        let store = SQLScheduleStore(base.database)
        let settings = base.settings
        let retention = Retention(
            base.database,
            limits: .init(
                minuteCandles: settings.span("RETENTION_1M"), deliveries: settings.span("RETENTION_DELIVERIES"),
                texts: settings.span("RETENTION_NEWS")))
        let refit = refit(base, market: market)
        let refitCheck = Span.seconds(Int64(settings.count("MODEL_UPDATE_INTERVAL")))
        let now = base.wall.now
        for (name, every) in [
            ("retention", Span.hours(6)), ("demand", .hours(1)), ("held-alerts", .minutes(1)), ("refit", refitCheck),
            ("digests", .minutes(1)), ("rule-records", .minutes(10)),
            ("standing-forecasts", .minutes(1)), ("scores", .minutes(1)),
        ] {
            try await store.ensure(DueJob(name: name, dueAt: now + every, every: every))
        }
        let records = RecordKeeping(
            store: SQLRuleRecords(base.database), candles: base.candles, replay: market.replay, symbols: market.symbols,
            venue: market.venue, defaultSymbols: settings.symbols("DEFAULT_SYMBOLS"),
            subscriptions: { try await SQLRuleStore(base.database).subscribedSymbols() })
        let scores = ScoreKeeping(store: SQLScores(base.database), candles: base.candles, venue: market.venue)
        let standing = standingForecasts(base, market: market)
        // Just after the day has ended everywhere in its records (UTC).
        let midnight = Timeframe.d1.openTime(containing: now) + .days(1)
        try await store.ensure(DueJob(name: "ledger-head", dueAt: midnight + .minutes(5), every: .days(1)))
        return Scheduler(
            store: store,
            jobs: [
                "retention": {
                    _ = try await retention.run(now: base.wall.now, ruleTime: base.ruleTime.now)
                    backups.removeOld(now: base.wall.now)
                },
                "demand": {
                    market.demand.replace(
                        with: try await Demand.stored(rules: SQLRuleStore(base.database), symbols: market.symbols))
                },
                "refit": { _ = try await refit.run(now: base.ruleTime.now) },
                "rule-records": { try await records.run(now: base.wall.now, ruleTime: base.ruleTime.now) },
                "standing-forecasts": { try await standing.run(now: base.ruleTime.now) },
                "scores": { try await scores.run(now: base.ruleTime.now) },
                "digests": { try await reports.sender.sendDue() },
                "ledger-head": { try await LedgerNotice.publish(base, to: delivery.publisher) },
                "held-alerts": { try await delivery.held.release() },
            ],
            time: base.wall, clock: ContinuousClock(), logger: base.logger("vigia.schedule"))
    }
}

extension Jobs {
    /// One forecast of each default symbol at each step of each horizon, whoever asks.
    static func standingForecasts(_ base: Foundations, market: MarketWiring) -> StandingForecasts {
        StandingForecasts(
            journal: SQLForecastJournal(base.database, time: base.wall), forecaster: market.forecaster,
            candles: base.candles, venue: market.venue, symbols: base.settings.symbols("DEFAULT_SYMBOLS"),
            horizons: base.settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
            }, logger: base.logger("vigia.forecasts"))
    }

    /// The fit of the forecast models on what this agent has stored.
    static func refit(_ base: Foundations, market: MarketWiring) -> ModelRefit {
        let settings = base.settings
        return ModelRefit(
            candles: base.candles, store: ModelStore(folder: ModelFolder.url(settings)),
            symbols: settings.symbols("DEFAULT_SYMBOLS"), venue: market.venue,
            horizons: settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
            })
    }
}

/// The day's head of the ledger to the operators: what has left the machine cannot be changed on it.
enum LedgerNotice {
    static func publish(_ base: Foundations, to sink: any AlertSink) async throws {
        let head = try await SQLLedger(base.database).head()
        guard head.sequence > 0 else { return }
        let now = base.wall.now
        let day = Timeframe.d1.openTime(containing: now)
        // One a day, however often the job is caught up.
        let alert = Alert(
            naturalKey: "system:ledger_head:\(day.milliseconds)", symbol: nil, priority: .low,
            issuedAt: now, audience: .operators,
            body: .system(
                SystemNotice(
                    severity: .info, key: "ledger_head",
                    values: ["sequence": "\(head.sequence)", "head": head.short])))
        try await sink.publish(DecisionBatch(alerts: [alert]))
    }
}
