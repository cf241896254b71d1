import Market
import Messages
import People

/// Greets, sets language and zone up, takes invitations and deep links, and lets alerts flow again after `/stop` or a block.
struct StartCommand: Command {
    let name = "start"
    let access = CommandAccess.anyone

    func run(_ context: CommandContext) throws -> Reply {
        if context.isPlace { return place(context) }
        let payload = context.arguments.first
        if context.isStranger { return try stranger(context, payload: payload) }
        var subject = context.subject
        let wasStopped = subject.stopped
        if wasStopped {
            subject.stopped = false
            try context.session.update(subject)
        }
        try context.openAddress()
        guard let payload else { return welcome(context, resumed: wasStopped) }
        if payload.hasPrefix("i_") { return welcome(context, note: "start.already_in", resumed: wasStopped) }
        if payload.lowercased().hasPrefix("alert_") {
            switch context.desk.market.symbols.match(String(payload.dropFirst(6))) {
            case .symbol(let symbol): return AlertIdeas.reply(symbol, board: context.desk.market.board)
            case .unknown: break
            }
        }
        return welcome(context, note: "start.unknown_payload", resumed: wasStopped)
    }

    private func stranger(_ context: CommandContext, payload: String?) throws -> Reply {
        if let payload, payload.hasPrefix("i_") {
            let hash = context.desk.codes.hash(of: String(payload.dropFirst(2)))
            guard try context.session.redeemCode(hash: hash, purpose: "invite", at: context.now) else {
                return .sentence("start.invitation_refused")
            }
            let person = try Admission(policy: context.desk.policy).enrol(
                context.subject, role: .user, sender: context.sender, scene: context.scene, in: context.session,
                now: context.now)
            var reply = welcome(context, note: "start.invited")
            reply.newOwner = person.id
            return reply
        }
        let unclaimed =
            try context.desk.policy.access == .claim && context.session.recipientCount().operators == 0
        return .sentence(unclaimed ? "start.unclaimed" : "start.by_invitation", buttons: [[privacyButton]])
    }

    private func place(_ context: CommandContext) -> Reply {
        .sentence(
            context.isStranger ? "start.place_stranger" : "start.place",
            buttons: context.isStranger ? [] : [[ContentButton(.word("button.bind"), "/bind"), helpButton]])
    }

    private func welcome(_ context: CommandContext, note: String? = nil, resumed: Bool = false) -> Reply {
        let symbols = context.desk.market.defaultSymbols
        let first = symbols.first?.description ?? "BTC"
        let few = symbols.prefix(3).map(\.description).joined(separator: " ")
        var values: [String: ContentValue] = ["zone": .text(context.subject.preferences.zone)]
        if let note { values["note"] = .word(note) }
        if resumed { values["is_resumed"] = .flag(true) }
        let languages = context.desk.policy.languages.filter { $0.code != context.subject.preferences.language }
            .prefix(2).map { ContentButton(.text($0.name), "/language \($0.code)") }
        return Reply(
            Content(
                "welcome", values,
                buttons: [
                    [
                        ContentButton(.word("button.prices"), "/price \(few.isEmpty ? "BTC" : few)"),
                        ContentButton(.word("button.subscribe"), "/subscribe"),
                    ],
                    [
                        ContentButton(.word("button.new_alert"), "/alert"),
                        ContentButton(.word("button.forecast"), "/predict \(first)"),
                        helpButton,
                    ],
                    languages + [ContentButton(.word("button.timezone"), "/timezone")],
                ]))
    }

    private var helpButton: ContentButton { ContentButton(.word("button.help"), "/help") }
    private var privacyButton: ContentButton { ContentButton(.word("button.privacy"), "/privacy") }
}
