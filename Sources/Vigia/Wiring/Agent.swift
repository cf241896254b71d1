import Channels
import Chat
import Collectors
import CoreMetrics
import Decisions
import Delivery
import Forecasts
import Foundation
import Logging
import Market
import Messages
import People
import Schedule
import ServiceLifecycle
import Storage
import Transport
import UnixSignals
import Web

/// The running agent: every service in order of need. This is the composition root; nothing else makes a service.
struct Agent {
    enum Mode {
        case run
        /// A terminal chat inside the agent.
        case chat(TerminalConsole)
        /// A simulated market and a terminal chat.
        case demo(TerminalConsole, DemoMarket)

        var console: TerminalConsole? {
            switch self {
            case .run: nil
            case .chat(let console), .demo(let console, _): console
            }
        }

        var market: DemoMarket? {
            switch self {
            case .run, .chat: nil
            case .demo(_, let market): market
            }
        }
    }

    private let base: Foundations
    private let services: [any Service]
    private let signals: [UnixSignal]
    private let lock: AgentLock?

    /// Builds everything, top to bottom. Throws a one-line failure for what an operator can mend.
    /// - Parameter reread: reads the settings again at `SIGHUP`; without it that signal ends the process.
    static func build(
        _ settings: Settings, mode: Mode, reread: (@Sendable () throws -> Settings)? = nil
    ) async throws -> Agent {
        let log = LogStream(format: .init(rawValue: settings.text("LOG_FORMAT")) ?? .text, secrets: settings.secrets)
        log.setLevel(Logger.Level(rawValue: settings.text("LOG_LEVEL")) ?? .info)
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        // Whoever makes a logger of their own writes here too: redacted, in the form that was asked for.
        LoggingSystem.bootstrap { log.handler($0) }
        let lock = try AgentLock.take(settings)
        let base = try await Foundations(settings: settings, log: log, metrics: metrics)
        let logger = base.logger("vigia")
        if SecretKeyFile.isExposed(settings) {
            logger.warning(
                "others may read the key file; chmod 600 it", metadata: ["path": "\(SecretKeyFile.path(settings))"])
        }
        try await Preparation(base).run(echoesDiscord: mode.market != nil)

        // Ways out.
        let telegram = try await TelegramWiring(base)
        let terminal = TerminalWiring(base, console: mode.console)
        var channels: [any Channel] = [terminal.channel]
        if let telegram { channels.append(telegram.channel) }
        // A demo shows what the other channels would get, and leaves the real ones alone.
        let isDemo = mode.market != nil
        let discord = isDemo ? nil : try await DiscordWiring(base)
        if let sender = discord?.sender { channels.append(sender) }
        let email = isDemo ? nil : try EmailWiring(base)
        if let email { channels.append(email.channel) }
        let sms = isDemo ? nil : try SMSWiring(base)
        if let sms { channels.append(sms.channel) }
        if isDemo { channels += [.discord, .email, .sms].map { terminal.echo($0) } }
        let (isPaused, isDraining) = try await base.chatStore.read { session in
            (try session.setting("delivery.paused") == "on", try session.setting("delivery.drain") == "on")
        }
        let prices = LatePrices()
        let delivery = DeliveryWiring(
            base, channels: channels, isPaused: isPaused, isDraining: isDraining, prices: prices)

        // From market events to decisions.
        let market = try await MarketWiring(
            base, sink: delivery.publisher, simulated: mode.market,
            ruleTimeAdvanced: {
                delivery.held.ruleTimeAdvanced()
                delivery.routing.ruleTimeAdvanced()
            })
        prices.use(market.board)

        // The conversation and its front ends.
        let backups = BackupService(
            base.database, databasePath: try DatabaseOpening.file(settings), time: base.wall,
            sink: delivery.publisher, logger: base.logger("vigia.backup"))
        let renderer = RememberingRenderer(base.renderer)
        let reports = ReportWiring(
            base, market: market, delivery: delivery, channels: Set(channels.map(\.kind)))
        let retraining = RetrainService(
            Jobs.refit(base, market: market), time: base.wall, sink: delivery.publisher,
            logger: base.logger("vigia.retrain"))
        let conversation = ConversationWiring(
            base, market: market, delivery: delivery, reports: reports, backups: backups, retraining: retraining,
            telegram: telegram, sendsSMS: sms != nil, renderer: renderer, administrators: [TerminalFrontEnd.identity])
        let router = conversation.router
        let front = try await telegram?.front(router, inline: conversation.inline)
        let discordFront = try discord?.front(router)
        var services: [any Service] = delivery.services + market.services
        services.append(
            try await Jobs.scheduler(base, market: market, delivery: delivery, reports: reports, backups: backups))
        services.append(backups)
        services.append(retraining)
        if let reread {
            services.append(
                ReloadService(
                    settings: settings, log: log, renderer: base.renderer, sentences: base.sentences,
                    forgetRendered: {
                        renderer.forget()
                        delivery.rendering.forget()
                    }, reread: reread, logger: base.logger("vigia.settings")))
        }
        services += front?.services ?? []
        services += discordFront?.services ?? []
        services += terminal.services(router) {
            // A demo begins when its market has prices; a real one may be far away or down.
            if mode.market != nil { await market.untilPriced(settings.symbols("DEFAULT_SYMBOLS")) }
        }
        var webhooks = sms?.webhooks ?? [:]
        webhooks["telegram"] = front?.webhook
        webhooks["discord"] = discordFront?.webhook
        if let web = WebWiring.server(
            base, telegram: telegram?.health, discord: discord?.health, webhooks: webhooks, market: market)
        {
            services.append(web)
        }
        if case .run = mode { logger.info("vigia \(Version.text) is starting") }
        let signals: [UnixSignal] = if case .run = mode { [.sigterm, .sigint] } else { [.sigterm] }
        return Agent(base: base, services: services, signals: signals, lock: lock)
    }

    /// Runs until a signal or until the terminal chat ends. A graceful stop takes at most ten seconds.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: NamedService($0),
                    successTerminationBehavior: $0 is any EndsTheAgent ? .gracefullyShutdownGroup : .ignore)
            },
            gracefulShutdownSignals: signals, logger: base.logger("vigia.services"))
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        configuration.maximumCancellationDuration = .seconds(1)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch let error as CommandFailure {
            throw error
        } catch {
            base.logger("vigia").error("stopped by an error", metadata: ["error": "\(error)"])
            await base.transport.shutdown()
            throw CommandFailure("the agent stopped: \(error)")
        }
        await base.transport.shutdown()
        try? base.database.close()
    }
}

/// A service under its type's name. The group asks each for its description, which by default prints everything that
/// hangs below it, and takes a tenth of the start to do so.
private struct NamedService: Service, CustomStringConvertible {
    private let inner: any Service
    let description: String

    init(_ service: any Service) {
        inner = service
        description = "\(type(of: service))"
    }

    func run() async throws { try await inner.run() }
}

/// A service whose end stops the agent: the terminal chat that was left.
protocol EndsTheAgent: Service {}
