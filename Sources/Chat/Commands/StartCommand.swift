import Market
import Messages
import People

/// Greets, sets language and zone up, takes invitations, shared rules and deep links, and lets alerts flow again after
/// `/stop` or a block.
struct StartCommand: PreparedCommand {
    let name = "start"
    let access = CommandAccess.anyone

    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? {
        switch invocation.arguments.first.map(DeepLink.init) {
        // What was shared stands in the store.
        case .sharedRule: nil
        case .command(let target): CommandList.standard[target.name] is any PreparedCommand ? nil : Preparation.none
        case .invitation, .inline, .unknown, nil: Preparation.none
        }
    }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        let target: Invocation
        switch request.invocation.arguments.first.map(DeepLink.init) {
        case .sharedRule(let code):
            let text: String?
            do {
                text = try await request.desk.sharedRule(request.desk.codes.hash(of: code))
            } catch {
                note(error)
                return .busy
            }
            guard let text else { return .none }
            target = Invocation(name: "alert", text: text)
        case .command(let named): target = named
        case .invitation, .inline, .unknown, nil: return .none
        }
        guard let command = CommandList.standard[target.name] as? any PreparedCommand else { return .none }
        if let quick = command.quickPreparation(target, desk: request.desk) { return .followed(target, quick) }
        var inner = request
        inner.invocation = target
        return .followed(target, await command.prepare(inner))
    }

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
        switch DeepLink(payload) {
        case .invitation: return welcome(context, note: "start.already_in", resumed: wasStopped)
        case .inline: return welcome(context, resumed: wasStopped)
        case .unknown: return welcome(context, note: "start.unknown_payload", resumed: wasStopped)
        case .sharedRule:
            guard case .followed(let target, let preparation) = context.preparation else {
                return welcome(context, note: "start.unknown_rule", resumed: wasStopped)
            }
            return try follow(target, preparation, context)
        case .command(let target):
            guard case .followed(let target, let preparation) = context.preparation else {
                return try follow(target, .none, context)
            }
            return try follow(target, preparation, context)
        }
    }

    /// Answers as the command that a link leads to.
    private func follow(_ target: Invocation, _ preparation: Preparation, _ context: CommandContext) throws -> Reply {
        switch preparation {
        case .answer(let content): return Reply(content)
        case .busy: return .sentence("error.busy")
        default: break
        }
        guard let command = CommandList.standard[target.name] else { return .sentence("start.unknown_payload") }
        if target.name == "alert", target.arguments.count == 1,
            case .unknown(let nearest) = context.desk.market.symbols.match(target.arguments[0])
        {
            return Reply(
                SymbolArguments.unknownAnswer((text: target.arguments[0], nearest: nearest), command: target.name))
        }
        return try command.run(context.following(target, preparation: preparation))
    }

    private func stranger(_ context: CommandContext, payload: String?) throws -> Reply {
        if let payload, case .invitation(let code) = DeepLink(payload) {
            let hash = context.desk.codes.hash(of: code)
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
