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
struct ConversationWiring {
    let router: CommandRouter
    let inline: InlineQuotes

    init(
        _ base: Foundations, market: MarketWiring, delivery: DeliveryWiring, reports: ReportWiring,
        backups: BackupService, retraining: RetrainService, telegram: TelegramWiring?, sendsSMS: Bool,
        renderer: RememberingRenderer, administrators: Set<Identity>
    ) {
        let settings = base.settings
        var desk = ChatDesk(
            market: MarketDesk(
                board: market.board, symbols: DirectoryLookup(directory: base.directory), candles: base.candles,
                forecaster: market.forecaster,
                venue: market.venue, defaultSymbols: settings.symbols("DEFAULT_SYMBOLS"),
                horizons: settings.text("PREDICTION_TIMEFRAMES").split(separator: ",").compactMap {
                    Timeframe(rawValue: $0.trimmingCharacters(in: .whitespaces))
                }),
            policy: ChatPolicy(
                access: AccessMode(rawValue: settings.text("VIGIA_ACCESS")) ?? .claim,
                administrators: administrators.union(settings.identities("VIGIA_ADMINS")),
                minimumStrength: settings.fraction("MIN_CONFIDENCE_THRESHOLD"),
                startLink: { telegram?.botName.startLink($0) }),
            clocks: ChatClocks(wall: base.wall, rules: base.ruleTime),
            operations: OperationsDesk(version: Version.text, startedAt: base.startedAt) { base.log.recent($0) },
            codes: RandomCodes(),
            rules: .stored(
                symbols: market.symbols, replay: market.replay, sources: market.ruleSources),
            ledger: RememberedLedger(SQLLedger(base.database), time: base.wall), texts: market.texts,
            sentences: base.sentences,
            digestNow: { try await reports.sender.preview(for: $0, kind: $1) })
        desk.policy.contacts = ContactWiring.policy(settings, channels: delivery.channels)
        desk.scorecard = { try await SQLScorecard(base.database).scorecard(of: $0, owner: $1) }
        desk.sharedRule = { hash in
            try await base.chatStore.read { try $0.sharedRule(hash: hash, at: base.wall.now) }
        }
        if sendsSMS {
            desk.operations.smsCaps = SMSCaps(
                daily: settings.count("SMS_DAILY_CAP"), monthly: settings.count("SMS_MONTHLY_CAP"))
        }
        var hooks = ConversationHooks(
            ruleChanges: market.watch,
            demandChanged: { market.demand.add($0) },
            settingChanged: { name, value in delivery.settingChanged(name, value) },
            backupWanted: { backups.request() },
            repliesWaiting: { channels in for channel in channels { delivery.wakeups.wake(channel) } },
            laterChanged: {
                delivery.routing.noteChange()
                delivery.held.noteChange()
            })
        let entries = SQLEntryReader(base.database)
        let entryLogger = base.logger("vigia.chat")
        hooks.entryChanged = { owner, _, _ in
            do {
                await market.watch.apply([.entries(owner, try await entries.entryPrices(of: owner))])
            } catch {
                // The next start reads them all.
                entryLogger.error("entry prices are not read", metadata: ["error": "\(error)"])
            }
        }
        hooks.retrainWanted = { retraining.request($0) }
        hooks.operatorsChanged = { telegram?.operatorsChanged($0, isOperator: $1) }
        hooks.answerTakesTime = { telegram?.errands.showTyping($0) }
        router = CommandRouter(
            store: base.chatStore, renderer: renderer, desk: desk, hooks: hooks,
            logger: base.logger("vigia.chat"))
        inline = InlineQuotes(store: base.chatStore, renderer: renderer, desk: desk)
    }
}
