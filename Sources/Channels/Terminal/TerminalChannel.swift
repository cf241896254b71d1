package import Delivery
package import People

/// The terminal as a way out: every message goes to the screen. While nobody sits at it, messages wait.
package struct TerminalChannel: Channel {
    package let kind = ChannelKind.terminal
    private let screen: TerminalScreen
    private let isAttended: @Sendable () -> Bool

    package init(screen: TerminalScreen, isAttended: @escaping @Sendable () -> Bool = { true }) {
        self.screen = screen
        self.isAttended = isAttended
    }

    /// An edit is shown as a new message: what was printed stays.
    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard isAttended() else { throw .unavailable(reason: "no terminal is attached") }
        return Receipt(providerMessageID: screen.show(delivery.message, isRepeat: delivery.possibleRepeat))
    }
}
