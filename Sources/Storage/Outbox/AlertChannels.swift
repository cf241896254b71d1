import Decisions
import People

/// Which channels an alert goes to, before it is known which of them its reader has (section 12 of the contract).
enum AlertChannels {
    /// By what the reader chose with `/channels`, or by the usual levels. Channels that a rule names with `via` are the
    /// reader's own, later word and replace them; SMS stays for what is critical. Of system alerts, which have a table of
    /// their own, only whole channels can be left out. The terminal is where its reader sits and always hears.
    static func channels(for alert: Alert, chosen levels: ChannelLevels = ChannelLevels()) -> Set<ChannelKind> {
        if case .owner(_, let via) = alert.audience, !via.isEmpty {
            return Set(via.filter { $0 != .sms || alert.priority == .critical })
        }
        if case .system(let notice) = alert.body {
            // A test is of every way there is.
            if notice.key == SystemNotice.test { return Set(ChannelKind.allCases) }
            if notice.key == SystemNotice.broadcast {
                return Set([.telegram, .discord, .terminal].filter { levels[$0] != .off })
            }
            return system(notice.severity).filter { levels[$0] != .off }
        }
        return Set(ChannelKind.allCases.filter { levels[$0].admits(rank: alert.priority.rank) })
    }

    private static func system(_ severity: SystemNotice.Severity) -> Set<ChannelKind> {
        switch severity {
        case .critical: [.telegram, .email, .sms, .terminal]
        case .warning: [.telegram, .email, .terminal]
        case .info: [.telegram, .terminal]
        }
    }
}
