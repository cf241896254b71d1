import Chat
import Delivery
import Market
import Messages
import People
import Reports
import Storage

/// Digests and reports over the store.
struct ReportWiring: Sendable {
    let sender: DigestSender

    /// - Parameter channels: those that have a sender.
    init(_ base: Foundations, market: MarketWiring, delivery: DeliveryWiring, channels: Set<ChannelKind>) {
        let wakeups = delivery.wakeups
        sender = DigestSender(
            store: SQLDigestStore(base.database),
            maker: DigestMaker(
                candles: base.candles, ledger: SQLLedger(base.database), symbols: market.symbols, venue: market.venue,
                defaultSymbols: base.settings.symbols("DEFAULT_SYMBOLS")),
            contents: DigestContent(alerts: AlertContent(defaultQuote: base.settings.text("QUOTE_ASSET"))),
            renderer: base.renderer, channels: channels, time: DeliveryTime(wall: base.wall, rule: base.ruleTime),
            wake: { wakeups.wake($0) }, logger: base.logger("vigia.reports"))
    }
}
