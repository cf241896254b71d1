import Market
import Messages
import People

/// Confirms a contact by the code that was sent there: `/verify 123456`.
struct VerifyCommand: Command {
    let name = "verify"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        guard !context.arguments.isEmpty else { return .sentence("verify.usage") }
        // Mail programs and people like to write 123 456 and 123-456.
        let code = context.arguments.joined().filter { $0 != "-" }
        guard code.utf8.count == 6, code.utf8.allSatisfy({ (48...57).contains($0) }) else {
            // Five of its six digits are as good as the code.
            return Reply.sentence("verify.bad", ["text": .text(UntrustedText.shown(context.invocation.rest))])
                .confidential
        }
        switch try context.session.verify(code: code, of: context.subject.id, at: context.now) {
        case .verified(let contact, let loser): return try verified(contact, takenFrom: loser, context).confidential
        case .wrong(let left): return .sentence("verify.wrong", ["count": .count(left)])
        case .noTriesLeft: return .sentence("verify.no_tries")
        case .expired: return .sentence("verify.expired")
        case .nothingWaits: return .sentence("verify.nothing")
        }
    }

    private func verified(
        _ contact: StoredContact, takenFrom loser: RecipientID?, _ context: CommandContext
    ) throws -> Reply {
        let channel = contact.contact.channel
        let level = context.subject.preferences.channelLevels[channel]
        var reply = Reply.sentence(
            "verify.done",
            [
                "contact": .text(contact.contact.plain), "channel": .word("channel.\(channel.rawValue)"),
                "level": .word("level.\(level.rawValue)"),
            ], buttons: [[ContentButton(.word("button.channels"), "/channels")]])
        if let loser, let notice = try lost(contact, loser, context) { reply.further = [notice] }
        return reply
    }

    private func lost(
        _ contact: StoredContact, _ loser: RecipientID, _ context: CommandContext
    ) throws -> FurtherMessage? {
        guard let person = try context.session.recipient(loser),
            let address = Address.forNotice(try context.session.addresses(of: loser))
        else { return nil }
        return FurtherMessage(
            channel: address.channel, address: address.value, recipient: loser,
            content: .sentence("contact.taken", ["contact": .text(contact.contact.masked)]),
            reader: Reader(language: person.preferences.language, zone: person.preferences.zone), life: .days(1))
    }
}
