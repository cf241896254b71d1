import Channels
import Chat
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import ServiceLifecycle
import Storage

/// Telegram in and out, when a bot token is set.
struct TelegramWiring {
    let channel: TelegramChannel
    let health = TelegramHealth()
    let botName = TelegramBotName()
    let errands = TelegramErrands()
    private let laterMenus = TelegramMenus()
    private let base: Foundations
    private let api: TelegramAPI
    private let isWebhook: Bool
    private let secret: String

    /// `nil` without a token.
    init?(_ base: Foundations) async throws {
        let settings = base.settings
        guard let token = settings["TELEGRAM_BOT_TOKEN"] else { return nil }
        let configuration: TelegramConfiguration
        do {
            configuration = try TelegramConfiguration(token: token, apiURL: settings.text("TELEGRAM_API_URL"))
        } catch {
            throw CommandFailure("\(error.setting): expected \(error.accepted)", code: 2)
        }
        self.base = base
        api = TelegramAPI(transport: base.transport, configuration: configuration)
        channel = TelegramChannel(api: api, logger: base.logger("vigia.telegram"))
        isWebhook = settings.text("TELEGRAM_MODE") == "webhook"
        secret = try await TelegramWiring.webhookSecret(base)
    }

    /// `TELEGRAM_WEBHOOK_SECRET`, or one made once and kept in the store.
    private static func webhookSecret(_ base: Foundations) async throws -> String {
        if let given = base.settings["TELEGRAM_WEBHOOK_SECRET"] { return given }
        let fresh = Secrets.code(length: 40)
        return try await base.chatStore.write { session in
            if let known = try session.setting("telegram.webhook_secret") { return known }
            try session.setSetting("telegram.webhook_secret", to: fresh)
            return fresh
        }
    }

    /// Receiving: the services that poll, or the door that Telegram posts to.
    func front(
        _ conversation: any Conversation, inline: any InlineAnswering
    ) async throws -> (services: [any Service], webhook: (any InboundWebhook)?) {
        let logger = base.logger("vigia.telegram")
        let intake = TelegramIntake(
            api: api, conversation: conversation, inline: inline, errands: errands, time: base.wall, logger: logger)
        let publicURL = base.settings["VIGIA_PUBLIC_URL"].map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let registration = TelegramRegistration(
            api: api, menus: try await menus(),
            webhook: isWebhook ? publicURL.map { .init(url: $0 + "/webhooks/telegram", secret: secret) } : nil,
            health: health, botName: botName, later: laterMenus,
            logger: logger)
        guard isWebhook else {
            return (
                [intake, TelegramListener(api: api, intake: intake, health: health, logger: logger), registration], nil
            )
        }
        // Without a public URL of ours somebody else told Telegram where to post: the door is open, and that is all we know.
        if publicURL == nil { health.become(.receiving) }
        return ([intake, registration], TelegramWebhook(intake: intake, secret: secret, logger: logger))
    }

    /// Command menus in each language; operators see `/ops` in their own chats.
    private func menus() async throws -> [TelegramCommandList] {
        let stored = try await base.chatStore.read { session in
            try session.recipients(role: .operator).flatMap { try session.identities(of: $0.id) }
        }
        let operators = Set((base.settings.identities("VIGIA_ADMINS") + stored).compactMap(TelegramWiring.chat))
        return try lists(.everywhere, .people) + lists(.groups, .places)
            + operators.sorted().flatMap { try lists(.chat($0), .operators) }
    }

    /// Shows somebody the menu of what they are now. A convenience: rights are checked when a command arrives.
    func operatorsChanged(_ identities: [Identity], isOperator: Bool) {
        for chat in identities.compactMap(TelegramWiring.chat) {
            do {
                for menu in try lists(.chat(chat), isOperator ? .operators : .people) { laterMenus.add(menu) }
            } catch {
                base.logger("vigia.telegram").error("a menu was not made", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The private chat with a person has the person's id.
    private static func chat(_ identity: Identity) -> Int64? {
        identity.platform == .telegram ? Int64(identity.externalID) : nil
    }

    private func lists(
        _ scope: TelegramCommandList.Scope, _ audience: CommandDescriptions.Audience
    ) throws -> [TelegramCommandList] {
        let descriptions = CommandDescriptions(renderer: base.renderer)
        return try base.renderer.catalogue.languages.map { code in
            TelegramCommandList(
                scope: scope, language: code == "en" ? nil : code,
                commands: try descriptions.commands(for: audience, language: code).map {
                    .init(name: $0.name, description: $0.description)
                })
        }
    }
}
