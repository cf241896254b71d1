package import Chat
package import Logging
package import Market
import Metrics
import ServiceLifecycle
import Synchronization

/// What polling and webhook have in common: updates in, committed by the conversation, button presses answered.
///
/// As a service it answers callback queries, eight at a time, from a queue of a thousand whose oldest entry goes first
/// when it is full (Telegram forgets a query after seconds anyway). A query is queued when its update is committed; when
/// the commit failed, the redelivery does it.
package final class TelegramIntake: Service {
    private static let queueLimit = 1_000
    private static let answersInFlight = 8

    private let api: TelegramAPI
    private let conversation: any Conversation
    private let administrators: TelegramAdministrators
    private let time: any TimeSource
    private let logger: Logger
    private let bot: Mutex<TelegramBot?>
    private let queries: AsyncStream<String>
    private let queue: AsyncStream<String>.Continuation

    /// `bot` spares the call of `getMe` that is otherwise made for the first update.
    package init(
        api: TelegramAPI, conversation: any Conversation, bot: TelegramBot? = nil, time: any TimeSource = WallTime(),
        logger: Logger = Logger(label: "vigia.telegram")
    ) {
        self.api = api
        self.conversation = conversation
        administrators = TelegramAdministrators(api: api)
        self.time = time
        self.logger = logger
        self.bot = Mutex(bot)
        (queries, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(TelegramIntake.queueLimit))
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            for await query in queries.cancelOnGracefulShutdown() {
                if inFlight == TelegramIntake.answersInFlight {
                    await group.next()
                    inFlight -= 1
                }
                group.addTask { await self.answer(query) }
                inFlight += 1
            }
        }
    }

    /// The bot's name at Telegram, asked for once.
    package func identity() async throws(TelegramError) -> TelegramBot {
        if let known = bot.withLock({ $0 }) { return known }
        let found = try await api.getMe()
        bot.withLock { $0 = found }
        return found
    }

    /// Hands a batch to the conversation and returns when it is committed. What cannot be read is skipped and counted.
    ///
    /// Messages for which the server must first say who administers the group go in a second commit, so that private
    /// chats do not wait for it. When either commit throws, the whole batch is to be given again; what was committed is
    /// known by its update key.
    func take(_ updates: [JSONValue]) async throws {
        let mapping = TelegramMapping(bot: try await identity())
        let now = time.now
        var messages: [IncomingMessage] = []
        var events: [FrontEndEvent] = []
        var asking: [(message: IncomingMessage, question: TelegramMapping.Question)] = []
        var pressed: [String] = []
        var skipped: [String: Int] = [:]
        for update in updates {
            let mapped = mapping.map(update, receivedAt: now)
            if let query = mapped.callbackQuery { pressed.append(query) }
            switch mapped.outcome {
            case .message(let message):
                if let question = mapped.question {
                    asking.append((message, question))
                } else {
                    messages.append(message)
                }
            case .event(let event): events.append(event)
            case .ignored: skipped["ignored", default: 0] += 1
            case .malformed(let reason):
                skipped["malformed", default: 0] += 1
                logger.warning(
                    "malformed update", metadata: ["reason": "\(reason)", "update": "\(mapped.updateID ?? 0)"])
            }
        }
        if !messages.isEmpty || !events.isEmpty { try await conversation.handle(messages, events) }
        if !asking.isEmpty {
            let answers = await administrators.answers(to: Set(asking.map(\.question)))
            try await conversation.handle(
                asking.map { message, question in
                    var message = message
                    message.senderIsPlaceAdministrator = answers[question]
                    return message
                }, [])
        }
        count("handled", messages.count + events.count + asking.count)
        for (outcome, number) in skipped { count(outcome, number) }
        for query in pressed { enqueue(query) }
    }

    private func enqueue(_ query: String) {
        if case .dropped = queue.yield(query) { countQuery("dropped") }
    }

    private func answer(_ query: String) async {
        do {
            try await api.answerCallbackQuery(query)
            countQuery("answered")
        } catch {
            // Too old, or the server is away: the press itself is committed and its reply is in the outbox.
            countQuery(error.kind)
        }
    }

    private func countQuery(_ outcome: String) {
        Counter(label: "vigia_telegram_callback_queries_total", dimensions: [("outcome", outcome)]).increment()
    }

    private func count(_ outcome: String, _ number: Int) {
        guard number > 0 else { return }
        Counter(label: "vigia_updates_total", dimensions: [("platform", "telegram"), ("outcome", outcome)])
            .increment(by: number)
    }
}
