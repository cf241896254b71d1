import Market
import Messages
import People

/// What `/email` and `/phone` have in common: from a contact that was read to the code that is on its way.
struct ContactRegistration {
    let context: CommandContext
    /// `email` or `phone`: the command, and where its sentences stand.
    let command: String
    let channel: ChannelKind

    /// Where a contact of the person on this channel stands, and what can be done about it.
    func current() throws -> Reply {
        let own = try contacts()
        let off = ContentButton(.word("button.contact_off"), "/\(command) off !")
        guard let contact = own.first(where: \.isVerified) ?? own.first else {
            return .sentence("\(command).usage")
        }
        let values: [String: ContentValue] = ["contact": .text(contact.contact.masked)]
        if !contact.isVerified { return .sentence("contact.waiting", values, buttons: [[off]]) }
        guard contact.disabledReason == nil else { return .sentence("\(command).disabled", values, buttons: [[off]]) }
        return .sentence(
            "contact.current", values,
            buttons: [[off, ContentButton(.word("button.channels"), "/channels")]])
    }

    func remove() throws -> Reply {
        let had = try context.session.removeContacts(channel: channel, of: context.subject.id)
        return .sentence(had ? "\(command).off" : "\(command).none")
    }

    /// Sends a code to the contact, unless it is on already or the limits forbid it.
    func register(_ contact: Contact) throws -> Reply {
        let session = context.session
        let id = context.subject.id
        let values: [String: ContentValue] = ["contact": .text(contact.plain)]
        if let known = try contacts().first(where: { $0.isVerified && $0.contact.lookupKey == contact.lookupKey }) {
            switch known.disabledReason {
            case nil: return .sentence("contact.already", values)
            case ContactStop.unsubscribed:
                // Its owner ended it, and its owner begins it again: nothing is left to prove.
                try session.enableContact(channel: channel, of: id)
                return .sentence("contact.on_again", values)
            case ContactStop.stop: return .sentence("phone.stopped", values)
            default: break
            }
        }
        switch try session.codeAllowance(for: contact, of: id, at: context.now) {
        case .allowed: break
        case .personHadEnough(let until):
            return .sentence(
                "contact.too_many_codes",
                ["limit": .count(VerificationLimits.codesPerDay), "wait": .span(until - context.now)])
        case .contactHadOne(let until):
            return .sentence("contact.had_code", values.merging(["wait": .span(until - context.now)]) { $1 })
        }
        let code = context.desk.codes.newDigits()
        let reference = try session.requestVerification(of: contact, by: id, code: code, at: context.now)
        var reply = Reply.sentence(
            "contact.code_sent", values.merging(["life": .span(VerificationLimits.life)]) { $1 })
        reply.further = [
            FurtherMessage(
                channel: channel, address: reference, recipient: id,
                content: .sentence(
                    "contact.code", ["code": .text(code), "life": .span(VerificationLimits.life)]),
                life: VerificationLimits.life)
        ]
        return reply
    }

    private func contacts() throws -> [StoredContact] {
        try context.session.contacts(of: context.subject.id).filter { $0.contact.channel == channel }
    }

    static let offWords: Set<String> = ["off", "no", "none", "remove"]
}
