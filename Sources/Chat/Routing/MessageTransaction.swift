import Delivery
import Market
import Messages
import People

/// One message on its way through the router.
struct IncomingTurn: Sendable {
    var message: IncomingMessage
    var utterance: Utterance
    var command: (any Command)?
    var throttle: CommandThrottle.Verdict
    var preparation: Preparation = .none
    /// Command lines of which the speaker of a plain sentence has to choose.
    var choices: [String] = []
    /// Command lines near a sentence that was not understood.
    var hints: [String] = []

    /// Name for counting: of a known command, else what kind of text it was.
    var label: String {
        if let command { return command.name }
        return switch utterance {
        case .command: "unknown"
        case .plain: "plain"
        case .empty: "empty"
        case .tooLong: "too_long"
        }
    }
}

/// Handles one message inside the transaction of its batch.
struct MessageTransaction: Sendable {
    /// Replies are worthless later.
    static let replyLife = Span.seconds(60)

    let commands: CommandList
    let desk: ChatDesk
    let renderer: any ContentRendering

    /// The command failed, or its answer could not be rendered; the store did not.
    struct CommandFailure: Error {
        var index: Int
        var cause: any Error
    }

    enum Result {
        case handled
        case repeated
        case ignored
    }

    /// Throws `CommandFailure` for what is this message's own fault, and the store's errors as they are.
    func handle(
        _ turn: IncomingTurn, at index: Int, in session: any ChatSession, outcome: inout BatchOutcome
    ) throws -> Result {
        let now = desk.clocks.wall.now
        guard try session.admit(updateKey: turn.message.updateKey, at: now) else { return .repeated }
        if turn.throttle == .silent { return .ignored }
        let standing = try Admission(policy: desk.policy).standing(of: turn.message, in: session, now: now)
        let subject: Recipient
        let isStranger: Bool
        switch standing {
        case .blocked: return .ignored
        case .member(let recipient): (subject, isStranger) = (recipient, false)
        case .stranger(let recipient): (subject, isStranger) = (recipient, true)
        }
        do {
            let reply = try answer(turn, subject: subject, isStranger: isStranger, in: session, now: now)
            outcome.effects += reply.effects
            let usual = Reader(language: subject.preferences.language, zone: subject.preferences.zone)
            try enqueue(reply.further, usual: reply.reader ?? usual, in: session, now: now, outcome: &outcome)
            guard let content = reply.content else { return .handled }
            let message = try renderer.message(for: content, reader: reply.reader ?? usual)
            let owner = isStranger || reply.ownerIsErased ? nil : subject.id
            try enqueue(
                message, to: turn, owner: reply.newOwner ?? owner, isDiscreet: isDiscreet(content, turn),
                isConfidential: reply.isConfidential, in: session,
                now: now)
            outcome.channels.insert(turn.message.scene.address.channel)
            return .handled
        } catch {
            throw CommandFailure(index: index, cause: error)
        }
    }

    /// The answer to a message whose command failed, in a transaction of its own.
    func apologise(_ turn: IncomingTurn, in session: any ChatSession, outcome: inout BatchOutcome) throws {
        let now = desk.clocks.wall.now
        guard try session.admit(updateKey: turn.message.updateKey, at: now) else { return }
        let owner = try knownSubject(of: turn.message, in: session)
        let preferences = owner?.preferences ?? Preferences()
        let reader = Reader(language: preferences.language, zone: preferences.zone)
        let message =
            (try? renderer.message(for: .sentence("error.failed"), reader: reader))
            // A broken template must not cost the person the answer as well.
            ?? Message(blocks: [.text([InlineSpan("Something went wrong on my side. Please try again in a minute.")])])
        try enqueue(message, to: turn, owner: owner?.id, isDiscreet: isInPlace(turn), in: session, now: now)
        outcome.channels.insert(turn.message.scene.address.channel)
    }

    private func knownSubject(of message: IncomingMessage, in session: any ChatSession) throws -> Recipient? {
        switch message.scene {
        case .privateChat: try session.recipient(for: message.sender)
        case .place(_, _, let identity): try session.recipient(for: identity)
        }
    }

    private func enqueue(
        _ messages: [FurtherMessage], usual: Reader, in session: any ChatSession, now: Timestamp,
        outcome: inout BatchOutcome
    ) throws {
        for further in messages {
            try session.enqueue(
                ReplyDelivery(
                    channel: further.channel, address: further.address, recipient: further.recipient,
                    message: try renderer.message(for: further.content, reader: further.reader ?? usual), form: .new,
                    createdAt: now, expiresAt: now + further.life, isConfidential: true))
            outcome.channels.insert(further.channel)
        }
    }

    private func enqueue(
        _ message: Message, to turn: IncomingTurn, owner: RecipientID?, isDiscreet: Bool,
        isConfidential: Bool = false, in session: any ChatSession, now: Timestamp
    ) throws {
        let (channel, address) = turn.message.scene.address
        var replaced: String?
        if case .command(let invocation) = turn.utterance, invocation.replacesView {
            replaced = turn.message.pressedOn
        }
        var form = replaced.map { OutboxContent.Form.edit(messageID: $0) } ?? .new
        if let route = turn.message.answerRoute {
            form = .answer(
                OutboxContent.Answer(route: route, replacesView: replaced != nil, isDiscreet: isDiscreet))
        }
        try session.enqueue(
            ReplyDelivery(
                channel: channel, address: address, recipient: owner, message: message, form: form, createdAt: now,
                expiresAt: now + MessageTransaction.replyLife, isConfidential: isConfidential))
    }

    private func isInPlace(_ turn: IncomingTurn) -> Bool {
        if case .place = turn.message.scene { true } else { false }
    }

    /// Whether a place need not see the answer: a refusal, or a view that is for who asked.
    private func isDiscreet(_ content: Content, _ turn: IncomingTurn) -> Bool {
        guard isInPlace(turn) else { return false }
        if case .word(let key, _) = content.values["sentence"], key.hasPrefix("error.") { return true }
        return commands.isDiscreet(turn.message.text)
    }

    private func answer(
        _ turn: IncomingTurn, subject: Recipient, isStranger: Bool, in session: any ChatSession, now: Timestamp
    ) throws -> Reply {
        let message = turn.message
        let isPlace = if case .place = message.scene { true } else { false }
        if case .notice(let wait) = turn.throttle {
            return .sentence("error.too_many", ["wait": .span(wait)])
        }
        guard case .command(let invocation) = turn.utterance else {
            return SmallTalk(commands: commands, symbols: desk.market.symbols)
                .answer(turn, isPlace: isPlace, isStranger: isStranger)
        }
        guard let command = turn.command else {
            if isStranger { return try closed(session) }
            return commands.answer(toUnknown: invocation)
        }
        if isStranger, command.access != .anyone { return try closed(session) }
        if command.access == .operator, isPlace || subject.role != .operator {
            return .sentence(isPlace ? "error.private_only" : "error.operators_only", ["command": .text(command.name)])
        }
        switch command.scene(of: invocation) {
        case .everywhere: break
        case .administratorsInPlaces:
            if isPlace, message.senderIsPlaceAdministrator != true {
                return .sentence("error.administrators_only", ["command": .text(command.name)])
            }
        case .privateOnly:
            if isPlace { return .sentence("error.private_only", ["command": .text(command.name)]) }
        case .placesOnly:
            if !isPlace { return .sentence("error.places_only", ["command": .text(command.name)]) }
            if message.senderIsPlaceAdministrator != true {
                return .sentence("error.administrators_only", ["command": .text(command.name)])
            }
        }
        if case .answer(let content) = turn.preparation { return Reply(content) }
        if case .busy = turn.preparation { return .sentence("error.busy") }
        return try command.run(
            CommandContext(
                session: session, invocation: invocation, subject: subject, isStranger: isStranger,
                sender: message.sender, scene: message.scene, isPressed: message.pressedOn != nil, now: now,
                preparation: turn.preparation, desk: desk))
    }

    /// What a stranger hears who may not use the bot.
    private func closed(_ session: any ChatSession) throws -> Reply {
        let unclaimed = try desk.policy.access == .claim && session.recipientCount().operators == 0
        return .sentence(unclaimed ? "error.unclaimed" : "error.by_invitation")
    }
}
