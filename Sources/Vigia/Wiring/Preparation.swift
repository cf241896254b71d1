import Chat
import Delivery
import Foundation
import Market
import People
import Storage

/// What must be true in the store before the first service starts.
struct Preparation {
    let base: Foundations

    init(_ base: Foundations) { self.base = base }

    func run(echoesDiscord: Bool) async throws {
        let settings = base.settings
        let webhook = settings["DISCORD_WEBHOOK_URL"]
        let chat = settings["TELEGRAM_CHAT_ID"]
        let phone = base.contacts.operatorPhone.map { base.contacts.vault.lookup($0) }
        try await base.chatStore.write { session in
            // What is gone stays gone until the setting names another one.
            let isUsable = try webhook.map { try !DiscordWiring.isGone($0, in: session) } ?? false
            try session.setSetting(DiscordWiring.Names.webhook, to: isUsable || echoesDiscord ? "on" : nil)
            try session.setSetting("telegram.operator_chat", to: chat)
            try session.setSetting("sms.operator_phone", to: phone)
        }
        let outbox = SQLOutboxStore(base.database)
        for channel in ChannelKind.allCases { try await outbox.takeOverLeases(channel: channel) }
        guard settings.text("VIGIA_ACCESS") == "claim", settings["VIGIA_ADMINS"] == nil, !echoesDiscord else { return }
        let operators = try await base.chatStore.read { try $0.recipientCount().operators }
        guard operators == 0 else { return }
        let code = try await ClaimCode.issue(base.chatStore, now: base.wall.now)
        Console.note("No operator yet. Send this to the bot within 15 minutes: /claim \(code)")
    }
}
