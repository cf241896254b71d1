package import Chat
import Crypto
package import Logging
package import Market
import Metrics

/// The door for interactions that Discord posts (`/webhooks/discord`). The Ed25519 signature over time stamp and body is
/// checked before a byte of the body is read; an interaction that was signed more than five minutes ago, or came before,
/// is refused, over restarts too.
package struct DiscordInteractionsWebhook: InboundWebhook {
    /// How far the signed time may be from ours, either way.
    static let window = Span.minutes(5)

    private let key: Curve25519.Signing.PublicKey
    private let intake: DiscordIntake
    private let wasHandled: @Sendable (_ updateKey: String) async throws -> Bool
    private let time: any TimeSource
    private let bodyLimit: Int
    private let logger: Logger

    /// `nil` when `publicKey` (`DISCORD_PUBLIC_KEY`) is not 64 hexadecimal digits of a key.
    ///
    /// - Parameter wasHandled: whether the store knows the update, for replays after a restart.
    package init?(
        publicKey: String, intake: DiscordIntake,
        wasHandled: @escaping @Sendable (_ updateKey: String) async throws -> Bool, time: any TimeSource = WallTime(),
        bodyLimit: Int = 1 << 20, logger: Logger = Logger(label: "vigia.discord")
    ) {
        guard let bytes = Hexadecimal.bytes(publicKey), bytes.count == 32,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
        self.intake = intake
        self.wasHandled = wasHandled
        self.time = time
        self.bodyLimit = bodyLimit
        self.logger = logger
    }

    package func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        guard isSigned(headers, body) else { return refuse("unauthorized", 401) }
        guard body.count <= bodyLimit, let json = try? JSONValue(parsing: body) else { return refuse("malformed", 400) }
        if let id = json["id"]?.string, json["type"]?.integer != 1 {
            do {
                guard try await !wasHandled(DiscordMapping.updateKey(id)) else { return refuse("replayed", 401) }
            } catch {
                logger.error("replays cannot be told", metadata: ["error": "\(error)"])
                return refuse("failed", 503)
            }
        }
        switch await intake.answer(json) {
        case .answer(let answer):
            return WebhookAnswer(
                status: 200, body: String(decoding: answer.encoded, as: UTF8.self), contentType: "application/json")
        case .repeated: return refuse("replayed", 401)
        case .malformed: return refuse("malformed", 400)
        case .failed: return refuse("failed", 503)
        }
    }

    private func isSigned(_ headers: [String: String], _ body: [UInt8]) -> Bool {
        guard let stamp = headers["x-signature-timestamp"], let signature = headers["x-signature-ed25519"],
            let bytes = Hexadecimal.bytes(signature), bytes.count == 64, stamp.utf8.count <= 20,
            key.isValidSignature(bytes, for: Array(stamp.utf8) + body), let seconds = Int64(stamp)
        else { return false }
        let age = time.now.milliseconds / 1000 - seconds
        return abs(age) <= DiscordInteractionsWebhook.window.milliseconds / 1000
    }

    private func refuse(_ outcome: String, _ status: Int) -> WebhookAnswer {
        Counter(label: "vigia_discord_webhook_refused_total", dimensions: [("outcome", outcome)]).increment()
        return WebhookAnswer(status: status)
    }
}

/// Bytes written as pairs of hexadecimal digits.
enum Hexadecimal {
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
