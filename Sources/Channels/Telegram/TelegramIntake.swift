package import Chat
package import Logging
package import Market
import Metrics
import ServiceLifecycle
import Synchronization

/// What polling and webhook have in common: updates in, committed by the conversation, button presses answered.
///
/// As a service it runs errands, eight at a time. A press is queued when its update is committed; when the commit failed,
/// the redelivery does it. An inline question changes nothing, so it needs no commit.
package final class TelegramIntake: Service {
    private static let errandsInFlight = 8

    private let api: TelegramAPI
    private let conversation: any Conversation
    private let inline: (any InlineAnswering)?
    private let administrators: TelegramAdministrators
    private let errands: TelegramErrands
    private let time: any TimeSource
    private let logger: Logger
    private let bot: Mutex<TelegramBot?>

    /// - Parameters:
    ///   - inline: answers inline questions; without it they are ignored.
    ///   - bot: spares the call of `getMe` that is otherwise made for the first update.
    package init(
        api: TelegramAPI, conversation: any Conversation, inline: (any InlineAnswering)? = nil,
        errands: TelegramErrands = TelegramErrands(), bot: TelegramBot? = nil, time: any TimeSource = WallTime(),
        logger: Logger = Logger(label: "vigia.telegram")
    ) {
        self.api = api
        self.conversation = conversation
        self.inline = inline
        self.errands = errands
        administrators = TelegramAdministrators(api: api)
        self.time = time
        self.logger = logger
        self.bot = Mutex(bot)
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            for await errand in errands.errands.cancelOnGracefulShutdown() {
                if inFlight == TelegramIntake.errandsInFlight {
                    await group.next()
                    inFlight -= 1
                }
                group.addTask { await self.run(errand) }
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
            case .inline(let query, let question):
                if inline != nil { enqueue(.inline(query: query, question)) }
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
        for query in pressed { enqueue(.pressed(query: query)) }
    }

    // MARK: Errands

    private func enqueue(_ errand: TelegramErrands.Errand) {
        if !errands.add(errand) { countQuery("dropped") }
    }

    private func run(_ errand: TelegramErrands.Errand) async {
        switch errand {
        case .pressed(let query): await answer(query)
        case .inline(let query, let question): await answer(query, question)
        case .typing(let address): await api.typing(address: address)
        }
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

    private func answer(_ query: String, _ question: InlineQuestion) async {
        guard let inline else { return }
        let outcome: String
        do {
            let answer = TelegramInline(try await inline.answer(question))
            try await api.answerInlineQuery(query, answer)
            outcome = "answered"
        } catch let error as TelegramError {
            // Too old, or the person has typed on: the next key asks anew.
            outcome = error.kind
        } catch {
            outcome = "failed"
            logger.error("an inline question was not answered", metadata: ["error": "\(error)"])
        }
        Counter(label: "vigia_telegram_inline_queries_total", dimensions: [("outcome", outcome)]).increment()
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
