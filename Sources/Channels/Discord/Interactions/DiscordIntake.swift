package import Chat
import Delivery
package import Logging
package import Market
import Metrics
import ServiceLifecycle
import Synchronization

/// Takes interactions and direct messages in, from the gateway and from the webhook alike, has them committed by the
/// conversation, and sees to it that each interaction is acknowledged in time.
///
/// The reply itself lies in the outbox when the commit is done, and goes back through `InteractionAnswers`. Where that
/// takes more than two seconds (three are allowed) the interaction is deferred; a deferral that no reply followed (a
/// speaker who gets none) is taken back after a minute.
///
/// At most a thousand wait to be handled; more are refused, which their askers see as no answer.
package final class DiscordIntake: Service {
    private static let queueLimit = 1_000
    private static let completionLimit = 256
    private static let batch = 64
    private static let batchesAtOnce = 4
    private static let tries = 4
    private static let pause = Duration.milliseconds(250)

    private struct Waiting {
        var messages: [IncomingMessage] = []
        var completions: [(route: InteractionRoute, choices: JSONValue)] = []
        /// Addresses of the batches in hand: what one chat says is handled in its order.
        var busy: [[String]] = []
        var isStopping = false
    }

    private let api: DiscordAPI
    private let conversation: any Conversation
    private let open: OpenInteractions
    private let mapping: DiscordMapping
    private let suggestions: SymbolSuggestions
    private let isDiscreet: @Sendable (String) -> Bool
    private let time: any TimeSource
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let waiting = Mutex(Waiting())
    private let deferrals = Mutex<[(route: InteractionRoute, isDiscreet: Bool)]>([])
    private let wakeup = Wakeup()
    /// How long an answer may take before "thinking…" is said.
    let patience: Duration
    /// How long after that a reply may still come.
    let replyLife: Duration

    /// - Parameters:
    ///   - isDiscreet: whether the answer to a command line is for its asker's eyes (`CommandList.isDiscreet`).
    ///   - patience: how long an answer may take before the interaction is deferred.
    package init(
        api: DiscordAPI, conversation: any Conversation, open: OpenInteractions, commands: DiscordCommandBook,
        suggestions: SymbolSuggestions, isDiscreet: @escaping @Sendable (String) -> Bool,
        time: any TimeSource = WallTime(), clock: any Clock<Duration> = ContinuousClock(),
        patience: Duration = .seconds(2), replyLife: Duration = .seconds(65),
        logger: Logger = Logger(label: "vigia.discord")
    ) {
        self.api = api
        self.conversation = conversation
        self.open = open
        mapping = DiscordMapping(commands: commands)
        self.suggestions = suggestions
        self.isDiscreet = isDiscreet
        self.time = time
        self.clock = clock
        self.patience = patience
        self.replyLife = replyLife
        self.logger = logger
    }

    // MARK: From the gateway

    /// An event of the gateway. Returns at once.
    func take(event name: String, _ data: JSONValue) {
        switch name {
        case "INTERACTION_CREATE":
            switch mapping.interaction(data, receivedAt: time.now) {
            case .message(let message, let route):
                guard open.open(route.id, isPosted: false) else { return count("repeated") }
                admit(message, route)
            case .autocomplete(let route, let command, let option, let typed):
                complete(route, choices(command: command, option: option, typed: typed))
            case .ping: break
            case .ignored: count("ignored")
            case .malformed(let reason): malformed(reason)
            }
        case "MESSAGE_CREATE":
            guard let message = mapping.directMessage(data, receivedAt: time.now) else { return count("ignored") }
            _ = enqueue(message)
        default: break
        }
    }

    // MARK: From the webhook

    enum Posted: Sendable {
        case answer(JSONValue)
        case repeated
        case malformed
        /// There will be no answer.
        case failed
    }

    /// One interaction that was posted; returns with its first answer.
    func answer(_ json: JSONValue) async -> Posted {
        switch mapping.interaction(json, receivedAt: time.now) {
        case .ping: return .answer(InteractionCallback.pong)
        case .autocomplete(_, let command, let option, let typed):
            count("autocomplete")
            return .answer(choices(command: command, option: option, typed: typed))
        case .message(let message, let route):
            guard open.open(route.id, isPosted: true) else { return .repeated }
            admit(message, route)
            guard let answer = await open.response(route.id) else { return .failed }
            return .answer(answer)
        case .ignored:
            count("ignored")
            return .failed
        case .malformed(let reason):
            malformed(reason)
            return .malformed
        }
    }

    private func choices(command: String, option: String, typed: String) -> JSONValue {
        InteractionCallback.choices(
            mapping.commands.completesSymbols(command: command, option: option)
                ? suggestions.complete(typed, isList: mapping.commands.isList(command: command, option: option)) : [])
    }

    // MARK: Handling

    private func admit(_ message: IncomingMessage, _ route: InteractionRoute) {
        guard enqueue(message) else { return open.forget(route.id) }
        let isPlace = if case .place = message.scene { true } else { false }
        let isDiscreet = isPlace && isDiscreet(message.text)
        deferrals.withLock { $0.append((route, isDiscreet)) }
        wakeup.signal()
    }

    /// Suggestions go out beside everything else; when very many wait, the oldest are worth nothing any more.
    private func complete(_ route: InteractionRoute, _ choices: JSONValue) {
        count("autocomplete")
        waiting.withLock { waiting in
            waiting.completions.append((route, choices))
            if waiting.completions.count > DiscordIntake.completionLimit { waiting.completions.removeFirst() }
        }
        wakeup.signal()
    }

    private func takeCompletions() -> [(route: InteractionRoute, choices: JSONValue)] {
        waiting.withLock { waiting in
            defer { waiting.completions.removeAll() }
            return waiting.completions
        }
    }

    private func enqueue(_ message: IncomingMessage) -> Bool {
        let isTaken = waiting.withLock { waiting in
            guard waiting.messages.count < DiscordIntake.queueLimit, !waiting.isStopping else { return false }
            waiting.messages.append(message)
            return true
        }
        if isTaken { wakeup.signal() } else { count("refused") }
        return isTaken
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    for (route, isDiscreet) in takeDeferrals() {
                        group.addTask { await self.watch(route, isDiscreet: isDiscreet) }
                    }
                    for (route, choices) in takeCompletions() {
                        // One that comes too late is no harm; the person types on.
                        group.addTask { try? await self.api.answer(route, choices) }
                    }
                    while let batch = takeBatch() {
                        group.addTask { await self.handle(batch) }
                    }
                    if waiting.withLock({ $0.isStopping && $0.messages.isEmpty && $0.busy.isEmpty }) { break }
                    await wakeup.wait()
                }
                group.cancelAll()
            }
            // Whoever comes now would wait for nobody.
            waiting.withLock { $0.isStopping = true }
            open.releaseAll()
        } onGracefulShutdown: {
            self.waiting.withLock { $0.isStopping = true }
            self.wakeup.signal()
        }
    }

    private func takeDeferrals() -> [(route: InteractionRoute, isDiscreet: Bool)] {
        deferrals.withLock { deferrals in
            defer { deferrals.removeAll() }
            return deferrals
        }
    }

    private func takeBatch() -> [IncomingMessage]? {
        waiting.withLock { waiting in
            guard waiting.busy.count < DiscordIntake.batchesAtOnce else { return nil }
            let busy = Set(waiting.busy.joined())
            var batch: [IncomingMessage] = []
            var rest: [IncomingMessage] = []
            for message in waiting.messages {
                let isFree = batch.count < DiscordIntake.batch && !busy.contains(message.scene.address.value)
                if isFree { batch.append(message) } else { rest.append(message) }
            }
            guard !batch.isEmpty else { return nil }
            waiting.messages = rest
            waiting.busy.append(batch.map(\.scene.address.value))
            return batch
        }
    }

    private func handle(_ batch: [IncomingMessage]) async {
        // Discord does not come again: a store that fails for a moment must not cost what people said.
        for attempt in 1...DiscordIntake.tries {
            do {
                try await conversation.handle(batch, [])
                count("handled", batch.count)
                break
            } catch {
                let isLast = attempt == DiscordIntake.tries || Task.isCancelled
                logger.error(
                    "interactions not committed",
                    metadata: ["error": "\(error)", "count": "\(batch.count)", "given_up": "\(isLast)"])
                if !isLast, (try? await clock.sleep(for: DiscordIntake.pause * attempt)) != nil { continue }
                // Nothing is committed; the person sees that there was no answer.
                count("failed", batch.count)
                for route in batch.compactMap({ $0.answerRoute.flatMap { InteractionRoute($0) } }) {
                    open.forget(route.id)
                }
                break
            }
        }
        let addresses = batch.map(\.scene.address.value)
        waiting.withLock { waiting in
            if let index = waiting.busy.firstIndex(of: addresses) { waiting.busy.remove(at: index) }
        }
        wakeup.signal()
    }

    /// Defers the interaction when its answer takes long, and takes that back when none came at all.
    private func watch(_ route: InteractionRoute, isDiscreet: Bool) async {
        do { try await clock.sleep(for: patience) } catch { return }
        if open.beginIfUnanswered(route.id) { await acknowledge(route, isDiscreet: isDiscreet) }
        guard open.phase(of: route.id) == .deferred else { return }
        do { try await clock.sleep(for: replyLife) } catch { return }
        guard open.phase(of: route.id) == .deferred, await open.begin(route.id) == .deferred else { return }
        count("unanswered")
        if route.kind == .command {
            do { try await api.deleteAnswer(route) } catch {
                logger.warning("“thinking…” could not be taken back", metadata: ["kind": "\(error.kind)"])
            }
        }
        open.end(route.id, .answered)
    }

    private func acknowledge(_ route: InteractionRoute, isDiscreet: Bool) async {
        let callback = InteractionCallback.deferred(route.kind, isEphemeral: isDiscreet)
        if open.respond(route.id, with: callback) {
            count("deferred")
            return open.end(route.id, .deferred)
        }
        do {
            try await api.answer(route, callback)
            count("deferred")
            open.end(route.id, .deferred)
        } catch {
            logger.warning("an interaction was not deferred", metadata: ["kind": "\(error.kind)"])
            open.end(route.id, error == .alreadyAnswered ? .deferred : .unanswered)
        }
    }

    private func malformed(_ reason: String) {
        count("malformed")
        logger.warning("malformed interaction", metadata: ["reason": "\(reason)"])
    }

    private func count(_ outcome: String, _ number: Int = 1) {
        Counter(label: "vigia_updates_total", dimensions: [("platform", "discord"), ("outcome", outcome)])
            .increment(by: number)
    }
}
