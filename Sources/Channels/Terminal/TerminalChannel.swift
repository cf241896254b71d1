package import Delivery
package import People

/// The terminal as a way out: every message goes to the screen.
package struct TerminalChannel: Channel {
    package let kind = ChannelKind.terminal
    private let screen: TerminalScreen

    package init(screen: TerminalScreen) { self.screen = screen }

    /// An edit is shown as a new message: what was printed stays.
    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        Receipt(providerMessageID: screen.show(delivery.message, isRepeat: delivery.possibleRepeat))
    }
}
