package import Delivery
import Messages
package import People

/// Shows on the terminal what another channel would have been sent: how the demo stands in for channels that need an
/// account.
package struct EchoChannel: Channel {
    package let kind: ChannelKind
    private let screen: TerminalScreen
    private let markup = TerminalMarkup(usesANSI: false)

    package init(kind: ChannelKind, screen: TerminalScreen) {
        self.kind = kind
        self.screen = screen
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        let lines = markup.text(of: Message(blocks: delivery.message.blocks)).split(
            separator: "\n", omittingEmptySubsequences: false)
        screen.note(lines.map { "  [\(kind.rawValue)] \($0)" }.joined(separator: "\n") + "\n")
        return Receipt(providerMessageID: nil)
    }
}
