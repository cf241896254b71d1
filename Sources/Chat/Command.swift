package import Decisions
import Delivery
package import Forecasts
import Logging
package import Market
package import Messages
import Metrics
package import People

/// Who may run a command.
package enum CommandAccess: Hashable, Sendable {
    /// Also those who may not use the bot (yet).
    case anyone
    case member
    case `operator`
}

/// Where a command may be run.
package enum CommandScene: Hashable, Sendable {
    case everywhere
    /// In a place it changes what the place gets, so only its administrators run it there.
    case administratorsInPlaces
    /// It shows or changes what is the person's alone.
    case privateOnly
    case placesOnly
}

/// One thing people can ask for. It sees neither channel nor SQL. A command checks everything before it writes; when it
/// throws, its message's transaction is rolled back and the person gets an apology.
package protocol Command: Sendable {
    /// As it is typed, lower case.
    var name: String { get }
    var access: CommandAccess { get }
    func scene(of invocation: Invocation) -> CommandScene
    func run(_ context: CommandContext) throws -> Reply
}

extension Command {
    package var access: CommandAccess { .member }
    package func scene(of invocation: Invocation) -> CommandScene { .everywhere }
}

/// A command that needs something slow (stored candles, a replay), which is made ready before the transaction begins.
package protocol PreparedCommand: Command {
    /// What is at hand without waiting: an earlier result, or `.none` where nothing slow is needed. `nil` asks for
    /// `prepare`.
    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation?
    func prepare(_ request: PreparationRequest) async -> Preparation
}

extension PreparedCommand {
    package func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? { nil }

    /// The person gets a sentence; the operator must hear of the cause.
    func note(_ cause: any Error) {
        Counter(label: "vigia_preparation_failures_total", dimensions: [("command", name)]).increment()
        Logger(label: "vigia.chat").error(
            "a question was not made ready", metadata: ["command": "\(name)", "cause": "\(cause)"])
    }
}

package struct PreparationRequest: Sendable {
    package var invocation: Invocation
    /// Symbols that the asker subscribes to.
    package var subscriptions: [Symbol]
    /// The asker's time zone, an IANA name.
    package var zone: String
    /// Whom the question is about: the person, or the place it is asked in; `nil` for somebody nobody stored.
    package var subject: RecipientID?
    package var desk: ChatDesk

    package init(
        invocation: Invocation, subscriptions: [Symbol], zone: String = "UTC", subject: RecipientID? = nil,
        desk: ChatDesk
    ) {
        self.invocation = invocation
        self.zone = zone
        self.subject = subject
        self.subscriptions = subscriptions
        self.desk = desk
    }
}

/// What was made ready outside the transaction.
package enum Preparation: Sendable {
    case none
    /// The answer itself, where nothing of the person's is needed.
    case answer(Content)
    case rulePreview(RuleReading)
    /// A forecast and the answer that tells it; it is entered in the ledger when it is told.
    case forecast(Forecast, Content)
    /// What the candles say of a moment at which nothing came.
    case review(MarketReview)
    /// What a deep link leads to, and what was made ready for it.
    indirect case followed(Invocation, Preparation)
    /// There was no time: too many slow questions at once.
    case busy
}

/// What a command works with, inside the transaction that handles its message.
package struct CommandContext {
    package let session: any ChatSession
    package let invocation: Invocation
    /// Whose settings, subscriptions and rules are meant: the person in a private chat, else the place. For a stranger
    /// (`isStranger`) it is a person nobody stored.
    package let subject: Recipient
    package let isStranger: Bool
    package let sender: Identity
    package let scene: IncomingMessage.Scene
    /// A button was pressed.
    package let isPressed: Bool
    /// Wall clock.
    package let now: Timestamp
    package let preparation: Preparation
    package let desk: ChatDesk

    package var arguments: [String] { invocation.arguments }
    package var isPlace: Bool { if case .place = scene { true } else { false } }
    package var isOperator: Bool { !isPlace && !isStranger && subject.role == .operator }
    /// Clock of rests, quiet hours and mutes (`VIGIA_CLOCK`).
    package var ruleNow: Timestamp { desk.clocks.rules.now }

    /// The same scene for another command, of the one that this one stands for.
    func following(_ invocation: Invocation, preparation: Preparation) -> CommandContext {
        CommandContext(
            session: session, invocation: invocation, subject: subject, isStranger: isStranger, sender: sender,
            scene: scene, isPressed: isPressed, now: now, preparation: preparation, desk: desk)
    }

    /// Sees to it that alerts can reach the chat that is spoken in: somebody who writes to us has not blocked us.
    func openAddress() throws {
        let (channel, value) = scene.address
        let known = try session.addresses(of: subject.id).first { $0.channel == channel && $0.value == value }
        if known == nil || known?.disabledReason != nil {
            try session.setAddress(Address(channel: channel, value: value), of: subject.id)
        }
    }
}

extension IncomingMessage.Scene {
    package var address: (channel: ChannelKind, value: String) {
        switch self {
        case .privateChat(let channel, let address): (channel, address)
        case .place(let channel, let address, _): (channel, address)
        }
    }
}
