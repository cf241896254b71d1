package import Delivery
package import Logging
import Market
import Messages
import Metrics
package import People

/// Sends messages as the bot into channels, threads and direct-message channels (`DiscordAddress` says how they are
/// spelled). One delivery is one message; what does not fit into 6,000 characters of embeds ends with `…` and is counted.
///
/// A send carries a nonce made from the outbox's id, which Discord enforces for a few minutes: a repeat within them makes
/// no second message. A later one is marked, as a repeat that may be seen twice.
///
/// What answers an interaction goes back by the interaction, through `InteractionAnswers`.
package struct DiscordChannel: Channel {
    package let kind = ChannelKind.discord
    private let api: DiscordAPI
    private let answers: InteractionAnswers?
    private let nonceTag: String
    private let repeatMark: String
    private let logger: Logger

    /// - Parameters:
    ///   - nonceTag: at most five letters that are this installation's own, so that two databases of one bot cannot make
    ///     the same nonce.
    ///   - repeatMark: stands before a text that the reader may have seen.
    package init(
        api: DiscordAPI, answers: InteractionAnswers? = nil, nonceTag: String = "v", repeatMark: String = "↻",
        logger: Logger = Logger(label: "vigia.discord")
    ) {
        self.api = api
        self.answers = answers
        self.nonceTag = String(nonceTag.prefix(5))
        self.repeatMark = repeatMark
        self.logger = logger
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard let address = DiscordAddress(delivery.address) else { throw .recipientGone(reason: "unknown_channel") }
        let payload = DiscordPayload(delivery.message, mark: delivery.possibleRepeat ? repeatMark : nil)
        report(payload)
        guard !payload.isEmpty else { throw .rejected(reason: "empty message") }
        switch address {
        case .user(let id):
            let channel: String
            do throws(DiscordError) { channel = try await api.directMessageChannel(user: id) } catch {
                throw DeliveryError(error)
            }
            // The store remembers it, so that it is asked for once a person.
            throw .moved(to: channel)
        case .channel(let channel):
            do throws(DiscordError) {
                if case .answer(let answer) = delivery.form, let answers {
                    // Marked only where the repeat could be a second message.
                    let receipt = try await answers.send(
                        DiscordPayload(delivery.message), marked: payload, by: answer)
                    if let receipt { return receipt }
                }
                return try await post(payload, to: channel, delivery)
            } catch {
                throw DeliveryError(error)
            }
        }
    }

    private func post(
        _ payload: DiscordPayload, to channel: String, _ delivery: OutgoingDelivery
    ) async throws(DiscordError) -> Receipt {
        if case .edit(let message) = delivery.form, DiscordAddress.isSnowflake(message) {
            do throws(DiscordError) {
                // An edit can be repeated as often as one likes.
                let answer = try await api.editMessage(
                    channel: channel, message: message, DiscordPayload(delivery.message))
                return Receipt(providerMessageID: message, exhaustedFor: answer.exhaustedFor)
            } catch {
                guard error == .messageNotFound else { throw error }
            }
        }
        let answer = try await api.createMessage(
            channel: channel, payload, nonce: "\(nonceTag)-\(delivery.id)", silent: delivery.message.silent)
        guard let id = answer.json["id"]?.string else { throw .outcomeUnknown(reason: "a message without id") }
        return Receipt(providerMessageID: id, exhaustedFor: answer.exhaustedFor)
    }

    private func report(_ payload: DiscordPayload) {
        if payload.components.dropped > 0 {
            Counter(label: "vigia_discord_buttons_dropped_total").increment(by: payload.components.dropped)
            logger.error("buttons left out", metadata: ["count": "\(payload.components.dropped)"])
        }
        if payload.isCut { Counter(label: "vigia_discord_texts_cut_total").increment() }
    }
}

extension DeliveryError {
    init(_ error: DiscordError) {
        switch error {
        case .rateLimited(let wait, let scope):
            self = .rateLimited(retryAfter: wait, scope: scope == .global ? .sender : .address)
        case .gone(let reason): self = .recipientGone(reason: reason)
        case .messageNotFound, .interactionGone, .alreadyAnswered: self = .rejected(reason: error.kind)
        case .rejected(let status, let code, let message): self = .rejected(reason: "\(status)/\(code) \(message)")
        case .unauthorized(let message): self = .unauthorized(reason: message)
        case .unavailable(let reason): self = .unavailable(reason: reason)
        case .outcomeUnknown(let reason): self = .outcomeUnknown(reason: reason)
        case .cancelled: self = .outcomeUnknown(reason: "cancelled")
        }
    }
}
