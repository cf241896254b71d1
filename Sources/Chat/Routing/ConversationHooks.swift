package import Decisions
package import Market
package import People

/// Whom the conversation tells what it committed.
package struct ConversationHooks: Sendable {
    package var ruleChanges: any RuleChanges
    /// Symbols that somebody began or ceased to want; the store has the counts.
    package var demandChanged: @Sendable (Set<Symbol>) async -> Void
    package var settingChanged: @Sendable (_ name: String, _ value: String?) async -> Void
    /// An operator asked for a backup. Returns at once; the operators hear of it when it is made.
    package var backupWanted: @Sendable () -> Void
    /// Replies lie in the outbox of these channels.
    package var repliesWaiting: @Sendable (Set<ChannelKind>) -> Void
    /// Something is to be told at a time, or what was held may go.
    package var laterChanged: @Sendable () -> Void
    /// An operator asked for a refit. Returns at once; the operators hear of it when it is done.
    package var retrainWanted: @Sendable (Symbol?) -> Void = { _ in }
    /// Somebody noted an entry price, or took it back.
    package var entryChanged: @Sendable (RecipientID, Symbol, Double?) async -> Void = { _, _, _ in }
    /// These identities became an operator's, or are no longer: platforms show operators another menu.
    package var operatorsChanged: @Sendable ([Identity], _ isOperator: Bool) -> Void = { _, _ in }
    /// An answer takes longer than people like to wait without a sign.
    package var answerTakesTime: @Sendable (IncomingMessage.Scene) -> Void = { _ in }

    package init(
        ruleChanges: any RuleChanges, demandChanged: @escaping @Sendable (Set<Symbol>) async -> Void = { _ in },
        settingChanged: @escaping @Sendable (_ name: String, _ value: String?) async -> Void = { _, _ in },
        backupWanted: @escaping @Sendable () -> Void = {},
        repliesWaiting: @escaping @Sendable (Set<ChannelKind>) -> Void,
        laterChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.ruleChanges = ruleChanges
        self.demandChanged = demandChanged
        self.settingChanged = settingChanged
        self.backupWanted = backupWanted
        self.repliesWaiting = repliesWaiting
        self.laterChanged = laterChanged
    }

    /// Effects in the order in which they were committed.
    func announce(_ outcome: BatchOutcome) async {
        if !outcome.channels.isEmpty { repliesWaiting(outcome.channels) }
        guard !outcome.effects.isEmpty else { return }
        var changes: [RuleChange] = []
        var symbols: Set<Symbol> = []
        var settings: [(name: String, value: String?)] = []
        var isLater = false
        for effect in outcome.effects {
            switch effect {
            case .rule(let change): changes.append(change)
            case .demand(let symbol): symbols.insert(symbol)
            case .setting(let name, let value): settings.append((name, value))
            case .later: isLater = true
            case .backup: backupWanted()
            case .retrain(let symbol): retrainWanted(symbol)
            case .entry(let id, let symbol, let price): await entryChanged(id, symbol, price)
            case .operators(let identities, let isOperator): operatorsChanged(identities, isOperator)
            }
        }
        if !changes.isEmpty { await ruleChanges.apply(changes) }
        if !symbols.isEmpty { await demandChanged(symbols) }
        if isLater { laterChanged() }
        for setting in settings { await settingChanged(setting.name, setting.value) }
    }
}

/// What one transaction of the conversation led to.
struct BatchOutcome: Sendable {
    var effects: [ChatEffect] = []
    var channels: Set<ChannelKind> = []

    mutating func merge(_ other: BatchOutcome) {
        effects += other.effects
        channels.formUnion(other.channels)
    }
}
