/// From which priority on a channel is used. The names are those of the priorities.
package enum ChannelLevel: String, Sendable, Codable, CaseIterable {
    case low, medium, high, critical
    /// Never.
    case off

    /// - Parameter rank: of a priority, 0 for low to 3 for critical.
    package func admits(rank: Int) -> Bool {
        switch self {
        case .low: true
        case .medium: rank >= 1
        case .high: rank >= 2
        case .critical: rank >= 3
        case .off: false
        }
    }
}

/// Which severity goes to which channel (`/channels`): one level a channel, which says SPEC section 12's table exactly.
package struct ChannelLevels: Hashable, Sendable, Codable {
    /// Differences from the defaults.
    private var chosen: [String: ChannelLevel]

    package init() { chosen = [:] }

    package static func standard(_ channel: ChannelKind) -> ChannelLevel {
        switch channel {
        case .telegram, .terminal: .low
        case .discord: .medium
        case .email: .high
        case .sms: .critical
        }
    }

    /// What may be chosen: SMS is for the critical few, and the terminal is where its reader sits.
    package static func choices(_ channel: ChannelKind) -> [ChannelLevel] {
        switch channel {
        case .telegram, .discord, .email: ChannelLevel.allCases
        case .sms: [.critical, .off]
        case .terminal: [.low]
        }
    }

    package subscript(channel: ChannelKind) -> ChannelLevel {
        get { chosen[channel.rawValue] ?? ChannelLevels.standard(channel) }
        set {
            guard ChannelLevels.choices(channel).contains(newValue) else { return }
            chosen[channel.rawValue] = newValue == ChannelLevels.standard(channel) ? nil : newValue
        }
    }

    package var isStandard: Bool { chosen.isEmpty }

    /// Choices of `other` for channels where nothing was chosen here.
    package func joined(with other: ChannelLevels) -> ChannelLevels {
        var joined = self
        joined.chosen.merge(other.chosen) { mine, _ in mine }
        return joined
    }
}
