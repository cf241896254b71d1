import Decisions
import Market
import Messages
import People

/// Joins the identities of one person: `/link` on one platform gives a code, `/link CODE` on the other one uses it.
///
/// The person who made the code stays; whoever uses it is joined to them, after a confirming button, since it hands
/// everything over: a code that somebody else sent must not be used unread. Operator rights never come in through a
/// code: an operator makes the code, and does not use one.
struct LinkCommand: Command {
    static let life = Span.minutes(10)

    let name = "link"
    /// Somebody who is known on the other platform only is a stranger here, and the code lets them in.
    let access = CommandAccess.anyone

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        guard let code = context.arguments.first else { return try makeCode(context) }
        let hash = context.desk.codes.hash(of: code)
        guard let id = try context.session.owner(ofLinkCode: hash, at: context.now),
            let person = try context.session.recipient(id), person.kind == .person, person.role != .blocked
        else { return .sentence("link.refused") }
        if !context.isStranger {
            if id == context.subject.id { return .sentence("link.own_code") }
            if context.isOperator, person.role != .operator { return .sentence("link.operator_makes") }
            if let refusal = try overLimit(person, context) { return refusal }
        }
        switch Confirmation.read(context.invocation, from: 1, now: context.now) {
        case .missing:
            let platforms = try context.session.identities(of: id).map(\.platform.rawValue)
            return .sentence(
                "link.confirm", ["platforms": .text(Set(platforms).sorted().joined(separator: ", "))],
                buttons: [
                    [
                        ContentButton(
                            .word("button.link_yes"), "/link \(code) \(Confirmation.words(at: context.now)) !"),
                        ContentButton(.word("button.cancel"), "/help"),
                    ]
                ])
        case .expired: return .sentence("error.button_expired")
        case .given: return try join(person, context)
        }
    }

    private func makeCode(_ context: CommandContext) throws -> Reply {
        if context.isStranger { return .sentence("link.usage") }
        let (code, hash) = context.desk.codes.newCode()
        try context.session.setLinkCode(hash: hash, of: context.subject.id, expiresAt: context.now + LinkCommand.life)
        return Reply(Content("link-code", ["line": .text("/link \(code)"), "life": .span(LinkCommand.life)]))
            .confidential
    }

    /// Nothing is dropped to make room.
    private func overLimit(_ person: Recipient, _ context: CommandContext) throws -> Reply? {
        let (session, policy) = (context.session, context.desk.policy)
        let rules = Set(try (session.rules(of: person.id) + session.rules(of: context.subject.id)).map(\.text)).count
        if rules > policy.mostRules {
            return .sentence("link.too_many_rules", ["count": .count(rules), "limit": .count(policy.mostRules)])
        }
        let symbols = Set(
            try (session.subscriptions(of: person.id) + session.subscriptions(of: context.subject.id)).map(\.symbol))
        if symbols.count > policy.mostSubscriptions {
            return .sentence(
                "link.too_many_subscriptions",
                ["count": .count(symbols.count), "limit": .count(policy.mostSubscriptions)])
        }
        return nil
    }

    private func join(_ person: Recipient, _ context: CommandContext) throws -> Reply {
        let session = context.session
        let (channel, value) = context.scene.address
        let notice = try self.notice(to: person, context)
        var reply: Reply
        if context.isStranger {
            try session.attach(context.sender, address: Address(channel: channel, value: value), to: person.id)
            reply = Reply(Content("linked"))
        } else {
            let moved = try session.rules(of: context.subject.id)
            let joined = try session.join(context.subject.id, into: person.id, at: context.now)
            reply = Reply(
                Content("linked", LinkCommand.values(joined)),
                effects: try LinkCommand.effects(moved, person.id, context))
        }
        try session.audit("link", by: person.id, detail: context.sender.description, at: context.now)
        reply.newOwner = person.id
        reply.further = notice.map { [$0] } ?? []
        return reply
    }

    private static func values(_ joined: JoinedRules) -> [String: ContentValue] {
        func rows(_ numbers: [Int: Int]) -> ContentValue {
            .list(
                numbers.sorted { $0.key < $1.key }.map { ["old": .text("#\($0.key)"), "new": .text("#\($0.value)")] })
        }
        var values: [String: ContentValue] = [:]
        if !joined.renumbered.isEmpty { values["renumbered"] = .dictionary(["rows": rows(joined.renumbered)]) }
        if !joined.duplicates.isEmpty { values["duplicates"] = .dictionary(["rows": rows(joined.duplicates)]) }
        return values
    }

    /// The watch hears whose the rules are now.
    private static func effects(_ moved: [Rule], _ id: RecipientID, _ context: CommandContext) throws -> [ChatEffect] {
        let before = Set(moved.map(\.id))
        let now = try context.session.rules(of: id)
        let symbols = try context.session.subscriptions(of: id).map(\.symbol)
        let ended = before.subtracting(now.map(\.id))
        return ended.map { .rule(.removed($0)) } + now.filter { before.contains($0.id) }.map { .rule(.added($0)) }
            + [.rule(.subscriptions(context.subject.id, [])), .rule(.subscriptions(id, symbols))]
            + symbols.map { .demand($0) }
    }

    private func notice(to person: Recipient, _ context: CommandContext) throws -> FurtherMessage? {
        guard let address = Address.forNotice(try context.session.addresses(of: person.id)) else { return nil }
        return FurtherMessage(
            channel: address.channel, address: address.value, recipient: person.id,
            content: .sentence("link.notice", ["identity": .text(context.sender.description)]),
            reader: Reader(language: person.preferences.language, zone: person.preferences.zone), life: .days(1))
    }
}
