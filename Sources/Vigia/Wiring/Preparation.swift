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
        let webhook = settings["DISCORD_WEBHOOK_URL"] == nil && !echoesDiscord ? nil : "on"
        let chat = settings["TELEGRAM_CHAT_ID"]
        let phone = SMSWiring.operatorPhone(settings)
        try await base.chatStore.write { session in
            try session.setSetting("sms.operator_phone", to: phone)
            try session.setSetting("discord.webhook", to: webhook)
            try session.setSetting("telegram.operator_chat", to: chat)
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
