package import Chat
import Crypto
package import Logging
import Metrics

/// The door for updates that Telegram posts. The secret is checked in constant time before a byte of the body is read;
/// 200 is said only when the update is committed, and Telegram repeats what was not answered so.
package struct TelegramWebhook: InboundWebhook {
    /// Set with `setWebhook`.
    package static let secretHeader = "x-telegram-bot-api-secret-token"

    private let intake: TelegramIntake
    private let secret: SHA256Digest
    private let bodyLimit: Int
    private let logger: Logger

    /// `bodyLimit` in bytes; an update is a few kilobytes.
    package init(
        intake: TelegramIntake, secret: String, bodyLimit: Int = 1 << 20,
        logger: Logger = Logger(label: "vigia.telegram")
    ) {
        self.intake = intake
        self.secret = SHA256.hash(data: Array(secret.utf8))
        self.bodyLimit = bodyLimit
        self.logger = logger
    }

    package func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        // Digests have one length, and comparing them takes the same time wherever they differ.
        guard let given = headers[TelegramWebhook.secretHeader],
            SHA256.hash(data: Array(given.utf8)) == secret
        else {
            count("unauthorized")
            return WebhookAnswer(status: 401)
        }
        guard body.count <= bodyLimit, let update = try? JSONValue(parsing: body), update["update_id"]?.integer != nil
        else {
            count("malformed")
            return WebhookAnswer(status: 400)
        }
        do {
            try await intake.take([update])
            return WebhookAnswer(status: 200)
        } catch {
            count("failed")
            logger.error("update not committed", metadata: ["error": "\(error)"])
            return WebhookAnswer(status: 500)
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "vigia_telegram_webhook_refused_total", dimensions: [("outcome", outcome)]).increment()
    }
}
