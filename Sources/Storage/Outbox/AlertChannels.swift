import Decisions
import People

/// Which channels an alert goes to, before it is known which of them its reader has (section 12 of the contract).
enum AlertChannels {
    /// Channels named with `via` replace the usual ones; SMS stays for what is critical. The terminal is where its reader
    /// sits and always hears.
    static func channels(for alert: Alert) -> Set<ChannelKind> {
        if case .system(let notice) = alert.body { return system(notice.severity) }
        if case .owner(_, let via) = alert.audience, !via.isEmpty {
            return Set(via.filter { $0 != .sms || alert.priority == .critical })
        }
        return usual(alert.priority)
    }

    /// The same by what one reader chose with `/channels`. A rule's `via` is the reader's own, later word; of system alerts
    /// only whole channels can be left out.
    static func channels(for alert: Alert, chosen levels: ChannelLevels) -> Set<ChannelKind> {
        if case .system = alert.body { return channels(for: alert).filter { levels[$0] != .off } }
        if case .owner(_, let via) = alert.audience, !via.isEmpty { return channels(for: alert) }
        return Set(ChannelKind.allCases.filter { levels[$0].admits(rank: alert.priority.rank) })
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
