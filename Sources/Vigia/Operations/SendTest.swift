import Decisions
import Delivery
import Market
import Messages
import People
import Storage

/// Sends one message through every channel that is configured, to every operator and to the addresses that are nobody's.
struct SendTest {
    struct Result: Encodable, Hashable {
        var channel: String
        /// The recipient's number, `operator chat` or `webhook`.
        var to: String
        var ok: Bool
        /// Why not; the provider's key of the message where it went.
        var detail: String
    }

    struct Target: Hashable {
        var channel: ChannelKind
        var address: String
        var to: String
        var reader: Reader
    }

    let channels: [any Channel]
    let rendering: any AlertRendering
    let time: any TimeSource

    /// Operators' addresses and those of nobody, each once.
    static func targets(_ base: Foundations) async throws -> [Target] {
        let chat = base.settings["TELEGRAM_CHAT_ID"]
        let hasWebhook = base.settings["DISCORD_WEBHOOK_URL"] != nil
        let hasPhone = base.contacts.operatorPhone != nil
        return try await base.chatStore.read { session in
            var targets: [Target] = []
            for person in try session.recipients(role: .operator) where !person.stopped {
                let reader = Reader(language: person.preferences.language, zone: person.preferences.zone)
                for address in try session.addresses(of: person.id) where address.disabledReason == nil {
                    targets.append(
                        Target(channel: address.channel, address: address.value, to: "#\(person.id)", reader: reader))
                }
            }
            let nobody = Reader(language: "en", zone: "UTC")
            if let chat, !targets.contains(where: { $0.channel == .telegram && $0.address == chat }) {
                targets.append(Target(channel: .telegram, address: chat, to: "operator chat", reader: nobody))
            }
            if hasWebhook {
                targets.append(Target(channel: .discord, address: "webhook", to: "webhook", reader: nobody))
            }
            if hasPhone {
                targets.append(
                    Target(
                        channel: .sms, address: SQLContactBook.operatorReference, to: "ALERT_PHONE_NUMBER",
                        reader: nobody))
            }
            return targets
        }
    }

    /// One result a target, and one a channel that has none: it could not be tried. An address of a channel that is not
    /// configured is left out.
    func run(_ targets: [Target]) async -> [Result] {
        var results: [Result] = []
        for channel in channels {
            let own = targets.filter { $0.channel == channel.kind }
            if own.isEmpty {
                results.append(
                    Result(channel: channel.kind.rawValue, to: "-", ok: false, detail: "no operator is reached there"))
            }
            for target in own { results.append(await send(to: target, through: channel)) }
        }
        return results
    }

    private func send(to target: Target, through channel: any Channel) async -> Result {
        func result(_ ok: Bool, _ detail: String) -> Result {
            Result(channel: channel.kind.rawValue, to: target.to, ok: ok, detail: detail)
        }
        let now = time.now
        let alert = StoredAlert(
            id: AlertID(0),
            alert: Alert(
                naturalKey: "system:test:\(now.milliseconds)", symbol: nil, priority: .medium, issuedAt: now,
                audience: .operators, body: .system(SystemNotice(severity: .info, key: SystemNotice.test))))
        let message: Message
        do { message = try rendering.message(for: alert, reader: target.reader) } catch {
            return result(false, "not rendered: \(error)")
        }
        do throws(DeliveryError) {
            // The time stands for a key of the outbox: a nonce or Message-ID made of it is never another's.
            let receipt = try await channel.send(
                OutgoingDelivery(
                    id: OutboxID(now.milliseconds), address: target.address, message: message, form: .new,
                    possibleRepeat: false))
            return result(true, receipt.providerMessageID ?? "accepted")
        } catch {
            return result(false, error.reason)
        }
    }
}

extension DeliveryError {
    /// For a person.
    fileprivate var reason: String {
        switch self {
        case .rateLimited(let span, _): "rate limited for \(span.text)"
        case .moved(let address): "moved to \(address)"
        case .recipientGone(let reason), .rejected(let reason), .unavailable(let reason), .outcomeUnknown(let reason),
            .unauthorized(let reason):
            reason
        }
    }
}
