import Delivery
package import Logging
import Market
import Messages
import Metrics
import People

/// Answers commands of every front end.
///
/// A batch goes through these steps:
/// 1. each text is read, and counted against its speaker's limit; a plain sentence becomes the command it stands for;
/// 2. what needs no stored candles is handled at once in one transaction: update key, change of state and reply;
/// 3. slow questions are made ready outside any transaction, a few at a time, then handled in a second one, after what
///    the same chat asked before;
/// 4. after each commit, the running watch, the collectors and the dispatcher are told.
///
/// A command that throws takes its transaction with it: the messages before it are handled again without it, it gets an
/// apology in a transaction of its own, and the messages behind it go on.
package struct CommandRouter: Conversation {
    /// Slow questions that are worked on at once.
    static let slowAtOnce = 2

    private let store: any ChatStore
    private let transaction: MessageTransaction
    private let throttle: CommandThrottle
    private let hooks: ConversationHooks
    private let counts: ConversationCounts
    private let patience: Duration
    private let clock: any Clock<Duration>
    private let sentences: SentenceTurns
    private let logger: Logger

    /// - Parameter patience: an answer that takes longer is announced (`ConversationHooks.answerTakesTime`).
    package init(
        store: any ChatStore, renderer: any ContentRendering, desk: ChatDesk, hooks: ConversationHooks, logger: Logger,
        commands: CommandList = .standard, throttle: CommandThrottle = CommandThrottle(),
        patience: Duration = .milliseconds(500), clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.patience = patience
        self.clock = clock
        self.store = store
        self.transaction = MessageTransaction(commands: commands, desk: desk, renderer: renderer)
        self.throttle = throttle
        self.hooks = hooks
        self.counts = ConversationCounts(commands: commands)
        self.sentences = SentenceTurns(
            reader: SentenceReader(desk.sentences, market: desk.market, rules: desk.rules), book: desk.sentences,
            store: store, policy: desk.policy, commands: commands)
        self.logger = logger
    }

    package func handle(_ messages: [IncomingMessage], _ events: [FrontEndEvent]) async throws {
        let turns = try await sentences.understood(messages.map(turn))
        for turn in turns { counts.count(turn) }
        let (quick, slow) = split(turns)
        if !quick.isEmpty || !events.isEmpty {
            await hooks.announce(try await commit(quick[...], events))
        }
        if !slow.isEmpty {
            await hooks.announce(try await commit(try await preparedWithSign(slow)[...], []))
        }
    }

    private func turn(_ message: IncomingMessage) -> IncomingTurn {
        let utterance = Utterance(message.text)
        var command: (any Command)?
        if case .command(let invocation) = utterance { command = transaction.commands[invocation.name] }
        let verdict = throttle.admit(message.sender, at: transaction.desk.clocks.wall.now)
        return IncomingTurn(message: message, utterance: utterance, command: command, throttle: verdict)
    }

    /// Slow turns, and those that the same chat sent behind them, come later; all others keep their order.
    private func split(_ turns: [IncomingTurn]) -> (quick: [IncomingTurn], slow: [IncomingTurn]) {
        var quick: [IncomingTurn] = []
        var slow: [IncomingTurn] = []
        var waiting: Set<String> = []
        for var turn in turns {
            if turn.throttle == .allowed, let command = turn.command as? any PreparedCommand,
                case .command(let invocation) = turn.utterance
            {
                if let ready = command.quickPreparation(invocation, desk: transaction.desk) {
                    turn.preparation = ready
                } else {
                    waiting.insert(turn.message.scene.address.value)
                    slow.append(turn)
                    continue
                }
            }
            if waiting.isEmpty || !waiting.contains(turn.message.scene.address.value) {
                quick.append(turn)
            } else {
                slow.append(turn)
            }
        }
        return (quick, slow)
    }

    // MARK: Slow questions

    /// Makes the questions ready, and shows after a while that an answer is being made, again and again until it is: a
    /// platform's sign fades after seconds.
    private func preparedWithSign(_ turns: [IncomingTurn]) async throws -> [IncomingTurn] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let scenes = Set(turns.map(\.message.scene))
            group.addTask { [patience, clock, hooks] in
                try await clock.sleep(for: patience)
                while true {
                    for scene in scenes { hooks.answerTakesTime(scene) }
                    try await clock.sleep(for: .seconds(4))
                }
            }
            let ready = try await prepared(turns)
            group.cancelAll()
            return ready
        }
    }

    private func prepared(_ turns: [IncomingTurn]) async throws -> [IncomingTurn] {
        let askers = try await askers(of: turns)
        var turns = turns
        await withTaskGroup(of: (Int, Preparation).self) { group in
            var next = 0
            func startNext() {
                while next < turns.count {
                    let index = next
                    next += 1
                    guard let command = turns[index].command as? any PreparedCommand,
                        case .command(let invocation) = turns[index].utterance, let asker = askers[index]
                    else { continue }
                    // A turn that only waits behind a slow one may have its preparation already.
                    guard case .none = turns[index].preparation else { continue }
                    let request = PreparationRequest(
                        invocation: invocation, subscriptions: asker.subscriptions, zone: asker.zone,
                        subject: asker.id,
                        desk: transaction.desk)
                    group.addTask { (index, await command.prepare(request)) }
                    return
                }
            }
            for _ in 0..<CommandRouter.slowAtOnce { startNext() }
            while let (index, preparation) = await group.next() {
                turns[index].preparation = preparation
                startNext()
            }
        }
        return turns
    }

    /// What a slow question may need to know of whoever asks.
    private struct Asker: Sendable {
        var subscriptions: [Symbol] = []
        var zone = Preferences().zone
        var id: RecipientID?
    }

    /// Whoever may ask; strangers and the banned are not worked for.
    private func askers(of turns: [IncomingTurn]) async throws -> [Int: Asker] {
        let policy = transaction.desk.policy
        let messages = turns.map(\.message)
        return try await store.read { session in
            var askers: [Int: Asker] = [:]
            for (index, message) in messages.enumerated() {
                let identity: Identity
                switch message.scene {
                case .privateChat: identity = message.sender
                case .place(_, _, let place): identity = place
                }
                if let known = try session.recipient(for: identity) {
                    if known.role == .blocked { continue }
                    askers[index] = Asker(
                        subscriptions: try session.subscriptions(of: known.id).map(\.symbol),
                        zone: known.preferences.zone, id: known.id)
                } else if policy.access == .open || policy.administrators.contains(message.sender) {
                    askers[index] = Asker()
                } else if identity != message.sender, let speaker = try session.recipient(for: message.sender),
                    speaker.role != .blocked
                {
                    askers[index] = Asker()
                }
            }
            return askers
        }
    }

    // MARK: Transactions

    private func commit(_ turns: ArraySlice<IncomingTurn>, _ events: [FrontEndEvent]) async throws -> BatchOutcome {
        guard !turns.isEmpty || !events.isEmpty else { return BatchOutcome() }
        do {
            return try await write(turns, events)
        } catch let failure as MessageTransaction.CommandFailure {
            let turn = turns[failure.index]
            counts.failures.increment()
            logger.error(
                "A command failed.",
                metadata: [
                    "command": "\(turn.label)", "update": "\(turn.message.updateKey)", "error": "\(failure.cause)",
                ])
            var outcome = try await commit(turns[..<failure.index], events)
            let transaction = transaction
            outcome.merge(
                try await store.write { session in
                    var outcome = BatchOutcome()
                    try transaction.apologise(turn, in: session, outcome: &outcome)
                    return outcome
                })
            outcome.merge(try await commit(turns[(failure.index + 1)...], []))
            return outcome
        }
    }

    private func write(_ turns: ArraySlice<IncomingTurn>, _ events: [FrontEndEvent]) async throws -> BatchOutcome {
        let transaction = transaction
        let (outcome, repeated) = try await store.write { session in
            var outcome = BatchOutcome()
            var repeated = 0
            for event in events where try !CommandRouter.take(event, in: session, now: transaction.desk.clocks.wall.now)
            {
                repeated += 1
            }
            for index in turns.indices {
                if try transaction.handle(turns[index], at: index, in: session, outcome: &outcome) == .repeated {
                    repeated += 1
                }
            }
            return (outcome, repeated)
        }
        if repeated > 0 { counts.repeated.increment(by: repeated) }
        return outcome
    }

    /// False when it was handled before.
    private static func take(_ event: FrontEndEvent, in session: any ChatSession, now: Timestamp) throws -> Bool {
        switch event {
        case .addressGone(let key, let channel, let address, let reason):
            guard try session.admit(updateKey: key, at: now) else { return false }
            try session.disableAddress(channel: channel, value: address, reason: reason, at: now)
        case .chatMoved(let key, let platform, let old, let new):
            guard try session.admit(updateKey: key, at: now) else { return false }
            try session.moveChat(platform: platform, from: old, to: new)
        }
        return true
    }
}

/// Counters, made once: looking a counter up costs more than counting.
struct ConversationCounts: Sendable {
    let failures = Counter(label: "vigia_command_failures_total")
    let repeated = Counter(label: "vigia_updates_repeated_total")
    private let throttled = Counter(label: "vigia_commands_throttled_total")
    private let commands: [String: Counter]

    init(commands: CommandList) {
        let labels = commands.all.map(\.name) + ["unknown", "plain", "empty", "too_long"]
        self.commands = Dictionary(
            uniqueKeysWithValues: labels.map { label in
                (label, Counter(label: "vigia_updates_total", dimensions: [("command", label)]))
            })
    }

    func count(_ turn: IncomingTurn) {
        commands[turn.label]?.increment()
        if turn.throttle != .allowed { throttled.increment() }
    }
}
