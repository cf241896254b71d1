package import Messages
package import People

/// A question typed behind the bot's name in any chat: `@bot btc`.
package struct InlineQuestion: Hashable, Sendable {
    package var sender: Identity
    package var text: String
    /// Language tag the platform reports, if any.
    package var languageHint: String?

    package init(sender: Identity, text: String, languageHint: String? = nil) {
        self.sender = sender
        self.text = text
        self.languageHint = languageHint
    }
}

/// What is offered for it; nothing is said anywhere until the person chooses a card.
package struct InlineAnswer: Hashable, Sendable {
    /// In the order in which they are offered, a few.
    package var cards: [InlineCard]
    /// A button that opens the private chat in place of cards.
    package var opening: Opening?

    package struct Opening: Hashable, Sendable {
        package var label: String
        /// Payload of `/start`.
        package var payload: String

        package init(label: String, payload: String) {
            self.label = label
            self.payload = payload
        }
    }

    package init(cards: [InlineCard] = [], opening: Opening? = nil) {
        self.cards = cards
        self.opening = opening
    }
}

package struct InlineCard: Hashable, Sendable {
    /// Names the card within its answer: 1 to 64 bytes.
    package var id: String
    package var title: String
    package var detail: String
    /// What is written into the chat; without buttons.
    package var message: Message

    package init(id: String, title: String, detail: String, message: Message) {
        self.id = id
        self.title = title
        self.detail = detail
        self.message = message
    }
}

/// Whom a front end asks for inline answers.
package protocol InlineAnswering: Sendable {
    func answer(_ question: InlineQuestion) async throws -> InlineAnswer
}
