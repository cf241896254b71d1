package import Market

/// The clocks and bounds between a decided alert and its outbox entries.
package struct RoutingSettings: Hashable, Sendable {
    /// `ALERT_GROUP_WAIT`: how long the first alert of a group waits for related ones.
    package var groupWait: Span
    /// `ALERT_GROUP_INTERVAL`: least time between two messages of one group; also how far apart, on the rule clock, the
    /// alerts of one group may be.
    package var groupInterval: Span
    /// `ALERT_REPEAT_INTERVAL`: a trouble that goes on is told again after this.
    package var repeatInterval: Span
    /// `ALERT_ESCALATE_AFTER`: how long an acknowledgement is waited for.
    package var escalateAfter: Span
    /// Alerts a chat gets one by one within a group interval; what comes on top of them is told together. A dozen rules of
    /// one person may well fire in the same minute; a Telegram group takes twenty messages.
    package var burst: Int
    /// Symbols with an opportunity of one side at one candle from which it is the market that moves.
    package var marketWide: Int
    /// How long after a market-wide move, on the rule clock, single symbols that follow it are its echo.
    package var echo: Span

    package init(
        groupWait: Span = .seconds(2), groupInterval: Span = .minutes(1), repeatInterval: Span = .hours(4),
        escalateAfter: Span = .minutes(10), burst: Int = 12, marketWide: Int = 4, echo: Span = .minutes(30)
    ) {
        self.groupWait = max(groupWait, .zero)
        self.groupInterval = max(groupInterval, .zero)
        self.repeatInterval = max(repeatInterval, .zero)
        self.escalateAfter = max(escalateAfter, .seconds(1))
        self.burst = max(burst, 0)
        self.marketWide = max(marketWide, 2)
        self.echo = echo
    }
}
