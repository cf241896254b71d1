import Decisions
import People

/// Which channels an alert goes to, before it is known which of them its reader has (section 12 of the contract).
enum AlertChannels {
    /// Channels named with `via` replace the usual ones; SMS stays for what is critical. The terminal is where its reader
    /// sits and always hears.
    static func channels(for alert: Alert) -> Set<ChannelKind> {
        if case .owner(_, let via) = alert.audience, !via.isEmpty {
            return Set(via.filter { $0 != .sms || alert.priority == .critical })
        }
        if case .system(let notice) = alert.body {
            // A test is of every way there is.
            return notice.key == SystemNotice.test ? Set(ChannelKind.allCases) : system(notice.severity)
        }
        return usual(alert.priority)
    }

    private static func usual(_ priority: Priority) -> Set<ChannelKind> {
        switch priority {
        case .critical: [.telegram, .discord, .email, .sms, .terminal]
        case .high: [.telegram, .discord, .email, .terminal]
        case .medium: [.telegram, .discord, .terminal]
        case .low: [.telegram, .terminal]
        }
    }

    private static func system(_ severity: SystemNotice.Severity) -> Set<ChannelKind> {
        switch severity {
        case .critical: [.telegram, .email, .sms, .terminal]
        case .warning: [.telegram, .email, .terminal]
        case .info: [.telegram, .terminal]
        }
    }
}
