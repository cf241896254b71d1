package import Decisions
package import Market

/// What ties an alert to others for the same chat.
///
/// - Opportunities of several symbols at the same candle belong together, and so do firings of one rule over a list of
///   symbols: these wait for one another from the first.
/// - Everything else was asked for or is rare, and goes alone, as long as it comes one by one. Only what exceeds a small
///   number within a group interval is collected. Critical alerts are counted and collected for themselves, so that
///   ordinary ones can never delay them.
package struct AlertRelation: Hashable, Sendable {
    package var kind: String
    /// How many go alone before the rest is collected; 0 collects from the first.
    package var alone: Int

    package init(_ alert: Alert, settings: RoutingSettings) {
        switch (alert.body, alert.audience) {
        case (.opportunity, .subscribers):
            kind = "opportunity"
            alone = 0
        case (.ruleFired(let firing), _) where firing.coversSeveral == true:
            kind = "rule:\(firing.rule)"
            alone = 0
        default:
            kind = alert.priority == .critical ? "burst:critical" : "burst"
            alone = settings.burst
        }
    }
}

/// Where a group of one chat stands. Stored with every alert that is placed, so that a restart between any two of its
/// clocks changes nothing.
package struct AlertGroup: Hashable, Sendable {
    /// Rule time of its first alert.
    package var eventAt: Timestamp
    /// Went alone.
    package var passed: Int
    /// When what is collected goes (wall clock); `nil` while nothing is.
    package var flushAt: Timestamp?
    /// When a message of the group went last (wall clock).
    package var flushedAt: Timestamp?

    package init(eventAt: Timestamp, passed: Int = 0, flushAt: Timestamp? = nil, flushedAt: Timestamp? = nil) {
        self.eventAt = eventAt
        self.passed = passed
        self.flushAt = flushAt
        self.flushedAt = flushedAt
    }

    /// Whether an alert of that rule time is of the same event.
    package func covers(_ issuedAt: Timestamp, interval: Span) -> Bool {
        issuedAt > eventAt - max(interval, .milliseconds(1)) && issuedAt < eventAt + max(interval, .milliseconds(1))
    }

    package enum Placing: Hashable, Sendable {
        /// At once, by itself.
        case alone
        /// With others at this wall time.
        case collected(Timestamp)
    }

    /// Takes one more alert into the group.
    /// - Parameter now: wall clock.
    package mutating func place(
        _ relation: AlertRelation, priority: Priority, settings: RoutingSettings, now: Timestamp
    ) -> Placing {
        if flushAt == nil, passed < relation.alone {
            passed += 1
            return .alone
        }
        if flushAt == nil, flushedAt == nil, relation.alone == 0, settings.groupWait == .zero {
            flushedAt = now
            return .alone
        }
        let soonest = now + settings.groupWait
        var flush = flushAt ?? max(soonest, flushedAt.map { $0 + settings.groupInterval } ?? soonest)
        // What is critical waits for company, but not for the group's next turn.
        if priority == .critical { flush = min(flush, soonest) }
        flushAt = flush
        return .collected(flush)
    }

    /// What was collected has gone.
    package mutating func flushed(at now: Timestamp) {
        flushAt = nil
        flushedAt = now
    }
}

/// A trouble that is reported for as long as it lasts.
package struct Situation: Hashable, Sendable {
    /// Names the trouble and how bad it is: one that becomes worse is another one.
    package var name: String

    /// `nil` for an alert that stands for itself.
    package init?(_ alert: Alert) {
        guard case .system(let notice) = alert.body, case .operators = alert.audience, notice.key != SystemNotice.test,
            !Situation.isRecovery(notice), !Situation.areTold(once: notice)
        else { return nil }
        name = "\(notice.severity.rawValue):\(notice.key)\(Situation.subject(of: notice))"
    }

    /// What the name of every situation ends with that this alert says is over; `nil` when it says no such thing.
    package static func ended(by alert: Alert) -> String? {
        guard case .system(let notice) = alert.body, isRecovery(notice) else { return nil }
        return subject(of: notice)
    }

    /// Good news must never be lost to a silence.
    package static func isRecovery(_ notice: SystemNotice) -> Bool { notice.key.hasSuffix("_recovered") }

    /// Who tells of these tells once and not again until it worked in between, of which there is no news: a second telling
    /// is a second trouble.
    private static func areTold(once notice: SystemNotice) -> Bool { notice.key == "sender_refused" }

    private static func subject(of notice: SystemNotice) -> String {
        (notice.values["source"] ?? notice.values["channel"] ?? notice.values["setting"]).map { ":\($0)" } ?? ""
    }
}

/// When most of the market moves at once.
package enum MarketMove {
    /// The side that enough of the alerts' symbols share at one candle; `nil` when it is single symbols that move.
    package static func side(of alerts: some Sequence<Alert>, settings: RoutingSettings) -> Opportunity.Side? {
        var symbols: [Opportunity.Side: Set<Symbol>] = [:]
        for alert in alerts {
            guard case .opportunity(let opportunity) = alert.body else { continue }
            symbols[opportunity.side, default: []].insert(opportunity.symbol)
        }
        let widest = symbols.max { $0.value.count < $1.value.count }
        guard let widest, widest.value.count >= settings.marketWide else { return nil }
        return widest.key
    }

    /// Whether an alert only repeats in one symbol what a market-wide move at `movedAt` said already. A critical one
    /// never does, and neither does a rule that somebody made.
    package static func isEcho(
        _ alert: Alert, of side: Opportunity.Side, movedAt: Timestamp, settings: RoutingSettings
    ) -> Bool {
        guard case .opportunity(let opportunity) = alert.body, case .subscribers = alert.audience else { return false }
        return alert.priority < .critical && opportunity.side == side && alert.issuedAt >= movedAt
            && alert.issuedAt < movedAt + settings.echo
    }
}
