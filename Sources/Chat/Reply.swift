package import Decisions
package import Market
package import Messages
package import People

/// What a command answers, and what the rest of the agent must hear of once its change is committed.
package struct Reply: Hashable, Sendable {
    /// `nil`: nothing is said.
    package var content: Content?
    package var effects: [ChatEffect]
    /// The person was erased: the answer goes out without an owner.
    package var ownerIsErased: Bool
    /// Whom the answer is written for, where the command changed it: `/language es` answers in Spanish.
    package var reader: Reader?
    /// The stranger who became a member by this command.
    package var newOwner: RecipientID?
    /// What else is sent, in the same transaction.
    package var further: [FurtherMessage] = []
    /// The answer holds contact data: it is sealed while it waits in the outbox.
    package var isConfidential = false

    package init(
        _ content: Content?, effects: [ChatEffect] = [], ownerIsErased: Bool = false, reader: Reader? = nil,
        newOwner: RecipientID? = nil
    ) {
        self.content = content
        self.effects = effects
        self.ownerIsErased = ownerIsErased
        self.reader = reader
        self.newOwner = newOwner
    }

    /// One sentence of the locale.
    static func sentence(
        _ key: String, _ values: [String: ContentValue] = [:], buttons: [[ContentButton]] = [],
        effects: [ChatEffect] = []
    ) -> Reply {
        Reply(.sentence(key, values, buttons: buttons), effects: effects)
    }

    /// The same answer, kept sealed while it waits.
    var confidential: Reply {
        var reply = self
        reply.isConfidential = true
        return reply
    }

    static let silence = Reply(nil)
}

/// Something outside the store that follows from a committed change.
package enum ChatEffect: Hashable, Sendable {
    case rule(RuleChange)
    /// Somebody began or ceased to want the symbol.
    case demand(Symbol)
    /// A durable setting of the running system changed.
    case setting(String, String?)
    /// Something is to be told at a time, or what was held may go.
    case later
    /// An operator wants a backup made.
    case backup
    /// An operator wants the models fitted anew, on a further symbol if one is named.
    case retrain(Symbol?)
    /// Somebody noted what they paid; `nil` when they took it back.
    case entry(RecipientID, Symbol, Double?)
    /// These identities became an operator's, or are no longer.
    case operators([Identity], isOperator: Bool)
}
