package import Market

/// What one market event led to. It is stored in one transaction, so a decision and the state that caused it are
/// either both there after a crash or both not.
package struct DecisionBatch: Sendable {
    package var alerts: [Alert]
    package var ruleStates: [RuleID: RuleState]
    /// Rules that ended by themselves (`once` after its firing, `until` passed).
    package var endedRules: [RuleID]
    /// Close time of the last decided base candle of the symbols where it moved on (`WatchProgress`): stored in the same
    /// transaction. A batch may carry nothing else.
    package var decidedUpTo: [Symbol: Timestamp]

    /// Scores that stood out and were silenced, for `/whynot`.
    package var vetoes: [Veto]

    package init(
        alerts: [Alert] = [], ruleStates: [RuleID: RuleState] = [:], endedRules: [RuleID] = [],
        decidedUpTo: [Symbol: Timestamp] = [:], vetoes: [Veto] = []
    ) {
        self.alerts = alerts
        self.ruleStates = ruleStates
        self.endedRules = endedRules
        self.decidedUpTo = decidedUpTo
        self.vetoes = vetoes
    }

    /// Adds what was decided after it: the newer state of a rule or symbol wins.
    package mutating func merge(_ later: DecisionBatch) {
        alerts += later.alerts
        ruleStates.merge(later.ruleStates) { _, new in new }
        endedRules += later.endedRules
        vetoes += later.vetoes
        decidedUpTo.merge(later.decidedUpTo) { _, new in new }
    }

    /// Nothing was decided (a mark of progress is no decision).
    package var isEmpty: Bool { alerts.isEmpty && ruleStates.isEmpty && endedRules.isEmpty && vetoes.isEmpty }
}

/// Takes decisions over for good: when `publish` returns, they survive a crash.
package protocol AlertSink: Sendable {
    func publish(_ batch: DecisionBatch) async throws
}
