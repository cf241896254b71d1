import Channels
import Chat
import Decisions
import Delivery
import Foundation
import Logging
import Market
import People
import Storage
import Web

/// The HTTP door, unless `VIGIA_HTTP` is `off`.
enum WebWiring {
    static func server(
        _ base: Foundations, telegram: TelegramHealth?, discord: DiscordHealth?, webhooks: [String: any InboundWebhook],
        market: MarketWiring
    ) -> WebServer? {
        guard let bind = SettingCheck.bind(base.settings.text("VIGIA_HTTP")) else { return nil }
        let logger = base.logger("vigia.web")
        let report = SQLOutboxReport(base.database)
        return WebServer(
            configuration: .init(host: bind.host, port: bind.port), metrics: base.metrics,
            webhooks: webhooks,
            unsubscribe: base.contacts.unsubscribeDoor(base.chatStore, logger: base.logger("vigia.unsubscribe")),
            readiness: {
                var parts: [WebServer.Readiness] = []
                let database = try? await base.chatStore.read { try $0.recipientCount() }
                parts.append(
                    .init(
                        name: "database", isReady: database != nil, isRequired: true,
                        detail: database == nil ? "cannot be read" : "answers"))
                if let telegram {
                    let isReady = telegram.state == .receiving
                    parts.append(
                        .init(name: "telegram", isReady: isReady, isRequired: true, detail: "\(telegram.state)"))
                }
                if let discord {
                    parts.append(
                        .init(
                            name: "discord", isReady: discord.isReady, isRequired: true, detail: "\(discord.state)"))
                }
                for source in market.board.sources() {
                    parts.append(
                        .init(
                            name: source.source, isReady: source.state == .live, isRequired: false,
                            detail: source.state.rawValue))
                }
                return parts
            },
            beforeScrape: { metrics in
                do {
                    let depths = try await report.depths(now: base.wall.now)
                    for kind in ChannelKind.allCases { WebWiring.set(depths, of: kind, at: base.wall.now, metrics) }
                } catch {
                    // Figures that were not read keep their last value: a queue is not empty because the store is ill.
                    logger.error("the queues were not read", metadata: ["cause": "\(error)"])
                }
                metrics.set("vigia_process_resident_bytes", to: ProcessFigures.residentBytes)
                metrics.set("vigia_process_uptime_seconds", to: (base.wall.now - base.startedAt).seconds)
                metrics.set("vigia_symbols_watched", to: Double(base.watchList.symbols.count))
            },
            onListening: { port in logger.info("listening", metadata: ["host": "\(bind.host)", "port": "\(port)"]) },
            logger: logger)
    }
}

extension WebWiring {
    /// A channel without entries has a depth of none, not the one it had before.
    private static func set(
        _ depths: [QueueDepth], of kind: ChannelKind, at now: Timestamp, _ metrics: MetricsRegistry
    ) {
        let depth =
            depths.first { $0.channel == kind }
            ?? QueueDepth(channel: kind, pending: 0, leased: 0, held: 0, dead: 0, oldestPending: nil)
        let channel = [("channel", kind.rawValue)]
        metrics.set("vigia_outbox_leased", channel, to: Double(depth.leased))
        metrics.set("vigia_outbox_pending", channel, to: Double(depth.pending))
        metrics.set("vigia_outbox_held", channel, to: Double(depth.held))
        metrics.set("vigia_outbox_dead", channel, to: Double(depth.dead))
        metrics.set(
            "vigia_outbox_oldest_pending_seconds", channel, to: depth.oldestPending.map { (now - $0).seconds } ?? 0)
    }
}

/// What the kernel says of this process.
enum ProcessFigures {
    static var residentBytes: Double {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}
