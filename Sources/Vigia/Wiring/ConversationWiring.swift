import Channels
import Chat
import Decisions
import Delivery
import Forecasts
import Foundation
import Logging
import Market
import Messages
import People
import Reports
import Storage

/// The conversation over everything it may look at.
enum ConversationWiring {
    static func router(
        _ base: Foundations, market: MarketWiring, delivery: DeliveryWiring, reports: ReportWiring,
        backups: BackupService, telegram: TelegramBotName?, renderer: RememberingRenderer, administrators: Set<Identity>
    ) -> CommandRouter {
        let settings = base.settings
        var desk = ChatDesk(
            market: MarketDesk(
                board: market.board, symbols: DirectoryLookup(directory: base.directory), candles: base.candles,
                forecaster: EnsembleForecaster(store: ModelStore(folder: ModelFolder.url(settings))),
                venue: market.venue, defaultSymbols: settings.symbols("DEFAULT_SYMBOLS"),
                horizons: settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                    Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
                }),
            policy: ChatPolicy(
                access: AccessMode(rawValue: settings.text("VIGIA_ACCESS")) ?? .claim,
                administrators: administrators.union(settings.identities("VIGIA_ADMINS")),
                minimumStrength: settings.fraction("MIN_CONFIDENCE_THRESHOLD"),
                startLink: { telegram?.startLink($0) }),
            clocks: ChatClocks(wall: base.wall, rules: base.ruleTime),
            operations: OperationsDesk(version: Version.text, startedAt: base.startedAt) { base.log.recent($0) },
            codes: RandomCodes(), rules: .stored(symbols: market.symbols, candles: base.candles, venue: market.venue),
            ledger: RememberedLedger(SQLLedger(base.database), time: base.wall), texts: market.texts,
            digestNow: { try await reports.sender.preview(for: $0, kind: $1) })
        desk.policy.contacts = ContactWiring.policy(settings, channels: delivery.channels)
        let hooks = ConversationHooks(
            ruleChanges: market.watch,
            demandChanged: { market.demand.add($0) },
            settingChanged: { name, value in
                if name == "delivery.paused" { delivery.pause.set(paused: value == "on") }
            },
            backupWanted: { backups.request() },
            repliesWaiting: { channels in for channel in channels { delivery.wakeups.wake(channel) } },
            laterChanged: {
                delivery.routing.noteChange()
                delivery.held.noteChange()
            })
        return CommandRouter(
            store: base.chatStore, renderer: renderer, desk: desk, hooks: hooks,
            logger: base.logger("vigia.chat"))
    }
}
