package import Market
package import People

/// One thing somebody said or pressed, from any front end.
package struct IncomingMessage: Hashable, Sendable {
    /// Makes a redelivered update the same update: `telegram:4711`.
    package var updateKey: String
    /// Who speaks.
    package var sender: Identity
    /// The person's own private chat, or the place the message was written in.
    package var scene: Scene
    /// Plain text, or the command line of a pressed button.
    package var text: String
    /// A button: the message it sits on, which is edited where the view stays the same.
    package var pressedOn: String?
    /// Language tag the platform reports, if any.
    package var languageHint: String?
    /// A front end's word on whether the sender may administer the place; `nil` when it did not ask yet.
    package var senderIsPlaceAdministrator: Bool?
    /// The way back that belongs to this message alone, as `OutboxContent.Answer.route`; `nil` where answers are
    /// ordinary messages.
    package var answerRoute: String?
    /// Wall clock.
    package var receivedAt: Timestamp

    package enum Scene: Hashable, Sendable {
        /// Replies go to `address` on `channel`.
        case privateChat(channel: ChannelKind, address: String)
        /// A group, topic or channel.
        case place(channel: ChannelKind, address: String, identity: Identity)
    }

    package init(
        updateKey: String, sender: Identity, scene: Scene, text: String, pressedOn: String? = nil,
        languageHint: String? = nil, senderIsPlaceAdministrator: Bool? = nil, answerRoute: String? = nil,
        receivedAt: Timestamp
    ) {
        self.updateKey = updateKey
        self.sender = sender
        self.scene = scene
        self.text = text
        self.pressedOn = pressedOn
        self.languageHint = languageHint
        self.senderIsPlaceAdministrator = senderIsPlaceAdministrator
        self.answerRoute = answerRoute
        self.receivedAt = receivedAt
    }
}

/// Things a front end must tell the store that are not commands.
package enum FrontEndEvent: Hashable, Sendable {
    /// A person blocked the bot, or a group removed it.
    case addressGone(updateKey: String, channel: ChannelKind, address: String, reason: String)
    case chatMoved(updateKey: String, platform: Platform, from: String, to: String)
}

/// What a front end hands its updates to. Returns when they are committed: only then may the update be confirmed
/// to the platform.
package protocol Conversation: Sendable {
    func handle(_ messages: [IncomingMessage], _ events: [FrontEndEvent]) async throws
}
