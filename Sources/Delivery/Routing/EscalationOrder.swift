package import Decisions
package import People

/// Where an alert goes that nobody acknowledged.
package enum EscalationOrder {
    /// From what costs nothing to what wakes somebody and costs money.
    package static let order: [ChannelKind] = [.telegram, .discord, .email, .sms]

    /// The first channel in order that the reader has and the alert has not been to; SMS is for what is critical. `nil` when
    /// none is left.
    package static func next(
        after used: Set<ChannelKind>, among reachable: Set<ChannelKind>, priority: Priority
    ) -> ChannelKind? {
        order.first { channel in
            reachable.contains(channel) && !used.contains(channel) && (channel != .sms || priority == .critical)
        }
    }
}
