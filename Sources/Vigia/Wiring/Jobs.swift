import Decisions
import Delivery
import Forecasts
import Foundation
import Market
import Schedule
import ServiceLifecycle
import Storage

/// What the durable schedule does.
enum Jobs {
    static func scheduler(_ base: Foundations, market: MarketWiring, delivery: DeliveryWiring) async throws -> Scheduler
    {
        let store = SQLScheduleStore(base.database)
        let settings = base.settings
        let retention = Retention(
            base.database,
            limits: .init(
                minuteCandles: settings.span("RETENTION_1M"), deliveries: settings.span("RETENTION_DELIVERIES")))
        let refit = ModelRefit(
            candles: base.candles, store: ModelStore(folder: ModelFolder.url(settings)),
            symbols: settings.symbols("DEFAULT_SYMBOLS"), venue: market.venue,
            horizons: settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
            })
        let refitCheck = Span.seconds(Int64(settings.count("MODEL_UPDATE_INTERVAL")))
        let now = base.wall.now
        for (name, every) in [
            ("retention", Span.hours(6)), ("demand", .hours(1)), ("held-alerts", .minutes(1)), ("refit", refitCheck),
        ] {
            try await store.ensure(DueJob(name: name, dueAt: now + every, every: every))
        }
        return Scheduler(
            store: store,
            jobs: [
                "retention": { _ = try await retention.run(now: base.wall.now, ruleTime: base.ruleTime.now) },
                "demand": {
                    market.demand.replace(
                        with: try await Demand.stored(rules: SQLRuleStore(base.database), symbols: market.symbols))
                },
                "refit": { _ = try await refit.run(now: base.ruleTime.now) },
                "held-alerts": { try await delivery.held.release() },
            ],
            time: base.wall, clock: ContinuousClock(), logger: base.logger("vigia.schedule"))
    }
}
