package import Logging
import Market
import ServiceLifecycle

/// Tells Telegram at start what the bot is: its menus in each scope and language, and where updates go when they are
/// posted. What fails is logged and tried again with growing waits; the agent does not depend on it, except that a
/// webhook not yet set brings no updates, which the health shows.
package struct TelegramRegistration: Service {
    package struct Webhook: Sendable {
        var url: String
        var secret: String
        /// `url`: `VIGIA_PUBLIC_URL` with `/webhooks/telegram`.
        package init(url: String, secret: String) {
            self.url = url
            self.secret = secret
        }
    }

    /// Attempts for a menu that is refused for a reason that does not pass.
    private static let mostRefusals = 3

    private let api: TelegramAPI
    private let menus: [TelegramCommandList]
    private let webhook: Webhook?
    private let health: TelegramHealth
    private let botName: TelegramBotName?
    private let later: TelegramMenus?
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// - Parameters:
    ///   - botName: learns the bot's name.
    ///   - later: menus that change while the agent runs.
    package init(
        api: TelegramAPI, menus: [TelegramCommandList], webhook: Webhook? = nil,
        health: TelegramHealth = TelegramHealth(), botName: TelegramBotName? = nil,
        later: TelegramMenus? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "vigia.telegram")
    ) {
        self.api = api
        self.menus = menus
        self.webhook = webhook
        self.health = health
        self.botName = botName
        self.later = later
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        // A stop cancels what is under way; the outcome does not matter then.
        await cancelWhenGracefulShutdown {
            if let webhook {
                await untilDone("setWebhook", health: health) { () async throws(TelegramError) in
                    try await api.setWebhook(url: webhook.url, secret: webhook.secret)
                }
            }
            for menu in menus { await register(menu) }
            if let botName {
                await untilDone("getMe", health: nil) { () async throws(TelegramError) in
                    botName.learn(try await api.getMe().username)
                }
            }
            if let later {
                for await menu in later.menus { await register(menu) }
            }
        }
        try? await gracefulShutdown()
    }

    /// Registers one menu, for an operator who came later, too.
    package func register(_ menu: TelegramCommandList) async {
        await untilDone("setMyCommands", health: nil) { () async throws(TelegramError) in
            try await api.setMyCommands(menu)
        }
    }

    private func untilDone(
        _ what: String, health: TelegramHealth?, _ call: () async throws(TelegramError) -> Void
    ) async {
        var backoff = Backoff(first: .seconds(1), most: .seconds(300))
        var refusals = 0
        while !Task.isCancelled {
            do {
                try await call()
                health?.become(.receiving)
                return
            } catch {
                if error == .cancelled { return }
                _ = health?.become(after: error)
                logger.warning("\(what) failed", metadata: ["kind": "\(error.kind)", "error": "\(error)"])
                var wait = backoff.next(chance: .random(in: 0..<1))
                switch error {
                case .rateLimited(let asked): wait = asked
                case .unavailable, .outcomeUnknown, .conflict: break
                default:
                    refusals += 1
                    if refusals == TelegramRegistration.mostRefusals { return }
                }
                guard (try? await clock.sleep(for: wait.duration)) != nil else { return }
            }
        }
    }
}
