package import Market
import Messages
package import People
import Decisions

/// Whether a claimed entry may go out at this moment. What the recipient chose since the alert was decided counts.
package struct DeliveryGate: Sendable {
    package enum Verdict: Hashable, Sendable {
        case send
        /// Joins the digest that goes out when the window opens; `until` is on the rule clock and lies ahead.
        case hold(until: Timestamp, reason: String)
        /// Beyond the attention budget: joins the message of that day (in the recipient's zone).
        case summarise(day: Int64)
        case drop(reason: String)
        case dead(reason: String)
    }

    private let policy: RetryPolicy

    package init(policy: RetryPolicy = RetryPolicy()) { self.policy = policy }

    /// - Parameters:
    ///   - now: wall clock.
    ///   - ruleNow: the clock of quiet hours, mutes and budgets.
    package func verdict(for claimed: ClaimedEntry, now: Timestamp, ruleNow: Timestamp) -> Verdict {
        let entry = claimed.entry
        if let expiresAt = entry.expiresAt, expiresAt <= now { return .drop(reason: "expired") }
        if let reason = claimed.addressDisabledReason { return .drop(reason: "address disabled: \(reason)") }
        if entry.possibleRepeat, !policy.repeatsUnknown(entry.channel) {
            // What became of it comes first: held and told in a digest it would be a repeat. Looking up sends nothing.
            return policy.looksUp ? .send : .dead(reason: RetryPolicy.outcomeUnknown)
        }
        if entry.lane == .reply { return .send }
        if !claimed.isStillWanted { return .drop(reason: "no longer wanted") }
        // An address of nobody (the channel webhook) has no preferences and no budget.
        guard entry.recipient != nil else { return .send }
        guard let recipient = claimed.recipient else { return .drop(reason: "recipient gone") }
        if recipient.role == .blocked { return .drop(reason: "recipient blocked") }
        if recipient.stopped { return .drop(reason: "stopped") }
        // A message that goes on where it stands disturbs nobody, and later would be too late.
        if case .message(let message, .edit) = entry.content, message.silent { return .send }
        let isCritical = entry.lane == .critical
        if !isCritical, let rest = rest(of: recipient.preferences, at: ruleNow) { return rest }
        if let limit = HourlyBudget(entry.channel),
            !limit.allows(claimed.sentThisHour, critical: isCritical, at: ruleNow)
        {
            return .hold(until: HourlyBudget.hour(of: ruleNow) + .hours(1), reason: "hourly budget")
        }
        return attention(claimed, of: recipient.preferences, at: ruleNow) ?? .send
    }

    /// The attention budget, for alerts that would be heard.
    private func attention(_ claimed: ClaimedEntry, of preferences: Preferences, at ruleNow: Timestamp) -> Verdict? {
        guard let limit = preferences.attentionBudget, case .alert(let stored) = claimed.entry.content,
            stored.alert.priority > .low, !claimed.attention.isHeard
        else { return nil }
        // What somebody asked to be told at a time is no interruption.
        if case .system(let notice) = stored.alert.body, notice.isReminder { return nil }
        let day = AttentionBudget.day(of: ruleNow, zone: preferences.zone)
        let used = claimed.attention.day == day ? claimed.attention.loud : 0
        let worth = AttentionBudget.worth(of: stored.alert, marks: claimed.attention.marks)
        return AttentionBudget(limit: limit).isLoud(stored.alert.priority, worth: worth, used: used)
            ? nil : .summarise(day: day)
    }

    /// Mute and quiet hours, together: a mute that ends inside the quiet hours is followed by them.
    private func rest(of preferences: Preferences, at ruleNow: Timestamp) -> Verdict? {
        var until = ruleNow
        var reason = ""
        if let mutedUntil = preferences.mutedUntil, mutedUntil > ruleNow {
            until = mutedUntil
            reason = "muted"
        }
        if let end = preferences.quietHours?.end(containing: until, zone: preferences.zone), end > until {
            until = end
            reason = reason.isEmpty ? "quiet hours" : reason
        }
        return until > ruleNow ? .hold(until: until, reason: reason) : nil
    }
}

/// Messages a person may get on a channel in an hour of the rule clock. A fifth is kept for critical ones: the others
/// may use at most 80% of it among themselves.
package struct HourlyBudget: Hashable, Sendable {
    package let total: Int
    package var ordinary: Int { total * 4 / 5 }

    /// `nil` where nothing is limited (the terminal).
    package init?(_ channel: ChannelKind) {
        switch channel {
        case .telegram: total = 50
        case .discord: total = 100
        case .email: total = 20
        case .sms: total = 5
        case .terminal: return nil
        }
    }

    /// Whether one more fits. Usage of another hour counts as none.
    package func allows(_ usage: HourlyUsage, critical: Bool, at ruleNow: Timestamp) -> Bool {
        guard usage.hour == HourlyBudget.hour(of: ruleNow) else { return true }
        guard usage.total < total else { return false }
        return critical || usage.total - usage.critical < ordinary
    }

    /// Start of the hour that contains `time`.
    package static func hour(of time: Timestamp) -> Timestamp { Timeframe.h1.openTime(containing: time) }
}
