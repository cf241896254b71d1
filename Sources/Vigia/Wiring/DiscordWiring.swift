import Channels
import Chat
import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import ServiceLifecycle
import Storage
import Transport

/// Discord in and out: the bot when its token is set, the channel webhook when its address is.
struct DiscordWiring {
    /// `nil` when neither is set.
    let sender: DiscordSender?
    /// `nil` without a bot.
    let health: DiscordHealth?
    private let base: Foundations
    private let bot: Bot?

    /// Settings that the running system keeps.
    enum Names {
        static let webhook = "discord.webhook"
        /// Digest of the webhook's address that answered 404.
        static let goneWebhook = "discord.webhook_gone"
        static let nonceTag = "discord.nonce_tag"
    }

    private struct Bot {
        var api: DiscordAPI
        var open: OpenInteractions
        var isWebhook: Bool
        var publicKey: String?
    }

    init(_ base: Foundations) async throws {
        self.base = base
        bot = try DiscordWiring.bot(base)
        health = bot == nil ? nil : DiscordHealth()
        let webhook = try await DiscordWiring.webhook(base)
        guard bot != nil || webhook != nil else {
            sender = nil
            return
        }
        var channel: DiscordChannel?
        if let bot {
            channel = DiscordChannel(
                api: bot.api, answers: InteractionAnswers(api: bot.api, open: bot.open),
                nonceTag: try await DiscordWiring.nonceTag(base), logger: base.logger("vigia.discord"))
        }
        sender = DiscordSender(bot: channel, webhook: webhook)
    }

    private static func bot(_ base: Foundations) throws -> Bot? {
        let settings = base.settings
        guard let token = settings["DISCORD_BOT_TOKEN"] else { return nil }
        let configuration: DiscordConfiguration
        do {
            configuration = try DiscordConfiguration(
                token: token, apiURL: settings.text("DISCORD_API_URL"),
                applicationID: settings["DISCORD_APPLICATION_ID"])
        } catch {
            throw CommandFailure("\(error.setting): expected \(error.accepted)", code: 2)
        }
        return Bot(
            api: DiscordAPI(transport: base.transport, configuration: configuration), open: OpenInteractions(),
            isWebhook: settings.text("DISCORD_MODE") == "webhook", publicKey: settings["DISCORD_PUBLIC_KEY"])
    }

    // MARK: The channel webhook

    private static func webhook(_ base: Foundations) async throws -> DiscordWebhookChannel? {
        guard let url = base.settings["DISCORD_WEBHOOK_URL"] else { return nil }
        let isGone = try await base.chatStore.read { try DiscordWiring.isGone(url, in: $0) }
        let logger = base.logger("vigia.discord")
        if isGone { logger.error("DISCORD_WEBHOOK_URL names a webhook that was deleted; it is not used") }
        return DiscordWebhookChannel(url: url, transport: base.transport, isGone: isGone) {
            let now = base.wall.now
            do {
                try await base.chatStore.write { session in
                    try session.setSetting(Names.goneWebhook, to: Secrets.hash(url))
                    try session.setSetting(Names.webhook, to: nil)
                    let notice = SystemNotice(severity: .warning, key: "discord_webhook_gone")
                    try session.publish(SystemAlert.alert(notice, at: now), now: now)
                }
            } catch {
                // This process does not use it again; the next one asks once more.
                logger.error("the lost webhook is not noted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whether this very address answered 404 before.
    static func isGone(_ url: String, in session: any ChatSession) throws -> Bool {
        try session.setting(Names.goneWebhook) == Secrets.hash(url)
    }

    /// Five letters that are this database's own.
    private static func nonceTag(_ base: Foundations) async throws -> String {
        let fresh = Secrets.code(length: 5)
        return try await base.chatStore.write { session in
            if let known = try session.setting(Names.nonceTag) { return known }
            try session.setSetting(Names.nonceTag, to: fresh)
            return fresh
        }
    }

    // MARK: Receiving

    /// The services that receive and register, or the door that Discord posts to.
    func front(_ conversation: any Conversation) throws -> (services: [any Service], webhook: (any InboundWebhook)?) {
        guard let bot, let health else { return ([], nil) }
        let base = base
        let logger = base.logger("vigia.discord")
        let commands = try book()
        let intake = DiscordIntake(
            api: bot.api, conversation: conversation, open: bot.open, commands: commands, suggestions: suggestions,
            isDiscreet: { CommandList.standard.isDiscreet($0) }, time: base.wall, logger: logger)
        let registration = DiscordRegistration(api: bot.api, commands: commands, memory: memory, logger: logger)
        guard bot.isWebhook else {
            let transport: WebSocketTransport
            do { transport = try WebSocketTransport(caFile: base.settings["VIGIA_CA_FILE"]) } catch {
                throw CommandFailure("VIGIA_CA_FILE: \(error)", code: 2)
            }
            let gateway = DiscordGateway(
                api: bot.api, transport: transport, intake: intake, memory: memory, health: health,
                onRefusal: { reason in
                    let notice = SystemNotice(severity: .critical, key: "discord_refused", values: ["reason": reason])
                    let now = base.wall.now
                    do {
                        try await base.chatStore.write { session in
                            try session.publish(SystemAlert.alert(notice, at: now), now: now)
                        }
                    } catch {
                        logger.error("the operators were not told of the refusal", metadata: ["cause": "\(error)"])
                    }
                }, time: base.wall, logger: logger)
            return ([intake, gateway, registration], nil)
        }
        let door = DiscordInteractionsWebhook(
            publicKey: bot.publicKey ?? "", intake: intake,
            wasHandled: { key in try await base.chatStore.read { try $0.wasHandled(updateKey: key) } },
            time: base.wall, logger: logger)
        guard let door else {
            throw CommandFailure("DISCORD_PUBLIC_KEY: expected the application's key, 64 hexadecimal digits", code: 2)
        }
        // The door is open; that Discord posts to it is set at Discord.
        health.become(.receiving)
        return ([intake, registration], door)
    }

    private var memory: DiscordMemory {
        let store = base.chatStore
        return DiscordMemory(
            read: { name in try await store.read { try $0.setting(name) } },
            write: { name, value in try await store.write { try $0.setSetting(name, to: value) } })
    }

    private var suggestions: SymbolSuggestions {
        let base = base
        return SymbolSuggestions(known: { base.watchList.symbols }) { typed in
            switch base.directory.resolve(typed) {
            case .symbol(let symbol): [symbol]
            case .unknown(let nearest): nearest
            }
        }
    }

    /// Every command in each language; `/claim` too, as nobody can type at Discord what is not registered.
    private func book() throws -> DiscordCommandBook {
        let descriptions = CommandDescriptions(renderer: base.renderer)
        let catalogue = base.renderer.catalogue
        let languages = catalogue.languages
        var texts: [String: [String: String]] = [:]
        var order: [String] = []
        for code in languages {
            for entry in try descriptions.commands(for: .operators, language: code)
                + descriptions.commands(for: .places, language: code)
            {
                if texts[entry.name] == nil { order.append(entry.name) }
                texts[entry.name, default: [:]][code] = entry.description
            }
            texts["claim", default: [:]][code] = catalogue.text("command.claim.summary", language: code)
            // Nobody can ask at Discord for what is not registered, and be told that it is not built yet.
            for name in CommandList.planned {
                texts[name, default: [:]][code] = catalogue.text("planned.menu", language: code).map { note in
                    "\(note) \(catalogue.text("planned.\(name)", language: code) ?? "")"
                }
            }
        }
        let inPrivate = Set(
            try descriptions.commands(for: .operators, language: "en").map(\.name) + ["claim"] + CommandList.planned)
        let inPlaces = Set(try descriptions.commands(for: .places, language: "en").map(\.name))
        return DiscordCommandBook(
            commands: (order + ["claim"] + CommandList.planned).map { name in
                .init(
                    name: name, descriptions: texts[name] ?? [:], inPrivate: inPrivate.contains(name),
                    inPlaces: inPlaces.contains(name),
                    isForManagers: CommandList.standard.needsAdministrator("/\(name)"))
            }, languages: languages
        ) { key, code in catalogue.text("discord.\(key)", language: code) ?? key }
    }
}
