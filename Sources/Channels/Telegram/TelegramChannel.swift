package import Delivery
package import Logging
import Market
import Messages
import Metrics
package import People
import Synchronization

/// Sends messages to Telegram chats and topics.
///
/// A message that does not fit goes out as up to ten, in order, with the buttons under the last, whose id is the
/// receipt. `betweenParts` is awaited before each part after the first, so that a part is paced like a message of its
/// own; by default it waits a second, which is the pace of one chat.
///
/// When a later part fails for a passing reason, it is tried again here if the wait is short. Otherwise the whole
/// delivery is reported as of unknown outcome, because the earlier parts have arrived: it is then repeated from its first
/// part, each part marked. A crash between two parts leaves the same state and ends the same way. Nothing is lost, and
/// what may be seen twice says so.
///
/// An edit that needs more than one message, or whose message is gone, is sent as new ones. "Not modified" is success.
package struct TelegramChannel: Channel {
    /// Longest wait at a later part before the delivery is given back.
    static let patience = Span.seconds(5)

    package let kind = ChannelKind.telegram
    private let api: TelegramAPI
    private let repeatMark: String
    private let betweenParts: @Sendable (_ address: String) async throws -> Void
    private let clock: any Clock<Duration>
    private let refusals = RefusalScope()
    private let logger: Logger

    /// `repeatMark` stands on a line of its own before a text that the reader may have seen.
    package init(
        api: TelegramAPI, repeatMark: String = "↻", clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "vigia.telegram"),
        betweenParts: (@Sendable (_ address: String) async throws -> Void)? = nil
    ) {
        self.api = api
        self.repeatMark = repeatMark
        self.clock = clock
        self.logger = logger
        self.betweenParts = betweenParts ?? { _ in try await clock.sleep(for: .seconds(1)) }
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard let address = TelegramAddress(delivery.address) else { throw .recipientGone(reason: "chat_not_found") }
        let markup = TelegramMarkup(delivery.message, mark: delivery.possibleRepeat ? repeatMark : nil)
        report(markup)
        guard let first = markup.parts.first else { throw .rejected(reason: "empty message") }
        if case .edit(let message) = delivery.form, let id = Int64(message), markup.parts.count == 1 {
            let edited = try await outcome(at: delivery.address) { () async throws(TelegramError) in
                try await edit(id, in: address, part: first, keyboard: markup.keyboard)
            }
            if edited { return Receipt(providerMessageID: message) }
        }
        var receipt = Receipt(providerMessageID: nil)
        for (index, part) in markup.parts.enumerated() {
            let isLast = index == markup.parts.count - 1
            let send = { () async throws(TelegramError) in
                try await post(
                    part, to: address, keyboard: isLast ? markup.keyboard : nil, silent: delivery.message.silent)
            }
            let id =
                index == 0
                ? try await outcome(at: delivery.address, send)
                : try await later(part: index, of: markup.parts.count, at: delivery.address, send)
            receipt.providerMessageID = String(id)
        }
        return receipt
    }

    /// Shows that an answer is being made.
    package func typing(address: String) async { await api.typing(address: address) }

    // MARK: Calls

    private func post(
        _ part: TelegramMarkup.Part, to address: TelegramAddress, keyboard: TelegramKeyboard?, silent: Bool
    ) async throws(TelegramError) -> Int64 {
        try await asHTML(part) { (text, isHTML) async throws(TelegramError) in
            try await api.message(
                .sendMessage(to: address, text: text, isHTML: isHTML, keyboard: keyboard, silent: silent))
        }
    }

    /// Whether the message could be edited; if not, a new one is due.
    private func edit(
        _ message: Int64, in address: TelegramAddress, part: TelegramMarkup.Part, keyboard: TelegramKeyboard?
    ) async throws(TelegramError) -> Bool {
        do {
            _ = try await asHTML(part) { (text, isHTML) async throws(TelegramError) in
                try await api.call(
                    .editMessageText(in: address, message: message, text: text, isHTML: isHTML, keyboard: keyboard))
            }
            return true
        } catch {
            switch error {
            case .notModified: return true
            case .messageNotFound: return false
            default: throw error
            }
        }
    }

    /// A server that cannot read our markup gets the words: an alert is not lost to its looks.
    private func asHTML<R>(
        _ part: TelegramMarkup.Part, _ call: (String, Bool) async throws(TelegramError) -> R
    ) async throws(TelegramError) -> R {
        do { return try await call(part.html, true) } catch {
            guard case .rejected(400, let description) = error, description.contains("can't parse entities") else {
                throw error
            }
            Counter(label: "vigia_telegram_markup_refused_total").increment()
            logger.error("Telegram cannot read our markup", metadata: ["answer": "\(description)"])
            return try await call(part.text, false)
        }
    }

    // MARK: Outcomes

    private func outcome<R>(
        at address: String, _ call: () async throws(TelegramError) -> R
    ) async throws(DeliveryError) -> R {
        do {
            let result = try await call()
            refusals.accepted()
            return result
        } catch { throw deliveryError(error, address: address) }
    }

    private func later<R>(
        part: Int, of count: Int, at address: String, _ call: () async throws(TelegramError) -> R
    ) async throws(DeliveryError) -> R {
        let unknown = { (reason: String) in
            DeliveryError.outcomeUnknown(reason: "part \(part + 1) of \(count): \(reason)")
        }
        do { try await betweenParts(address) } catch { throw unknown("stopped") }
        for attempt in 1... {
            do throws(DeliveryError) {
                return try await outcome(at: address, call)
            } catch {
                switch error {
                case .rateLimited(let wait, _):
                    guard attempt < 3, wait <= TelegramChannel.patience else { throw unknown("rate limited") }
                    do { try await clock.sleep(for: wait.duration) } catch { throw unknown("stopped") }
                case .unavailable(let reason), .outcomeUnknown(let reason): throw unknown(reason)
                case .recipientGone, .moved, .rejected, .unauthorized: throw error
                }
            }
        }
        throw unknown("gave up")
    }

    private func deliveryError(_ error: TelegramError, address: String) -> DeliveryError {
        switch error {
        case .rateLimited(let wait): .rateLimited(retryAfter: wait, scope: refusals.refused(address))
        case .migrated(let chat): .moved(to: String(chat))
        case .gone(let reason): .recipientGone(reason: reason)
        case .notModified, .messageNotFound: .rejected(reason: error.kind)
        case .rejected(let status, let description): .rejected(reason: "\(status) \(description)")
        case .unauthorized(let description): .unauthorized(reason: description)
        case .conflict: .unavailable(reason: error.kind)
        case .unavailable(let reason): .unavailable(reason: reason)
        case .outcomeUnknown(let reason): .outcomeUnknown(reason: reason)
        case .cancelled: .outcomeUnknown(reason: "cancelled")
        }
    }

    private func report(_ markup: TelegramMarkup) {
        if markup.droppedButtons > 0 {
            Counter(label: "vigia_telegram_buttons_dropped_total").increment(by: markup.droppedButtons)
            logger.error("buttons left out", metadata: ["count": "\(markup.droppedButtons)"])
        }
        if markup.isCut { Counter(label: "vigia_telegram_texts_cut_total").increment() }
    }
}

/// Tells a flood of one chat from one of the whole bot, which the server does not say: when three different chats in
/// a row are refused with nothing accepted between, it is the bot.
final class RefusalScope: Sendable {
    private let refused = Mutex<Set<String>>([])

    func accepted() { refused.withLock { if !$0.isEmpty { $0.removeAll() } } }

    func refused(_ address: String) -> DeliveryError.Scope {
        refused.withLock {
            if $0.count < 3 { $0.insert(address) }
            return $0.count >= 3 ? .sender : .address
        }
    }
}
