/// What one market event led to. It is stored in one transaction, so a decision and the state that caused it are
/// either both there after a crash or both not.
package struct DecisionBatch: Sendable {
    package var alerts: [Alert]
    package var ruleStates: [RuleID: RuleState]
    /// Rules that ended by themselves (`once` after its firing, `until` passed).
    package var endedRules: [RuleID]

    package init(alerts: [Alert] = [], ruleStates: [RuleID: RuleState] = [:], endedRules: [RuleID] = []) {
        self.alerts = alerts
        self.ruleStates = ruleStates
        self.endedRules = endedRules
    }

    package var isEmpty: Bool { alerts.isEmpty && ruleStates.isEmpty && endedRules.isEmpty }
}

/// Takes decisions over for good: when `publish` returns, they survive a crash.
package protocol AlertSink: Sendable {
    func publish(_ batch: DecisionBatch) async throws
}
