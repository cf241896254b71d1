import Decisions
import Delivery
import Market
import Messages
import People

/// `/ops retry ID|all`: dead letters become pending again.
struct OpsRetry: OpsCommand.Subcommand {
    let name = "retry"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        guard let word = arguments.first?.lowercased() else { return .sentence("ops.retry_usage") }
        let digits = word.hasPrefix("#") ? String(word.dropFirst()) : word
        let id = Int64(digits).map { OutboxID($0) }
        guard id != nil || word == "all" else { return .sentence("ops.retry_usage") }
        let count = try context.session.retryDead(id, now: context.now)
        try context.session.audit("retry", by: context.subject.id, detail: word, at: context.now)
        return .sentence("ops.retried", ["count": .count(count)])
    }
}

/// `/ops pause`: alerts wait in the outbox; replies go on.
struct OpsPause: OpsCommand.Subcommand {
    static let setting = "delivery.paused"

    let name = "pause"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        try context.session.setSetting(OpsPause.setting, to: "on")
        try context.session.audit("pause", by: context.subject.id, detail: "", at: context.now)
        return .sentence(
            "ops.paused", buttons: [[ContentButton(.word("button.resume"), "/ops resume !")]],
            effects: [.setting(OpsPause.setting, "on")])
    }
}

/// `/ops resume`: alerts flow again.
struct OpsResume: OpsCommand.Subcommand {
    let name = "resume"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        try context.session.setSetting(OpsPause.setting, to: nil)
        try context.session.setSetting(OpsDrain.setting, to: nil)
        try context.session.audit("resume", by: context.subject.id, detail: "", at: context.now)
        return .sentence("ops.resumed", effects: [.setting(OpsPause.setting, nil), .setting(OpsDrain.setting, nil)])
    }
}

/// `/ops role ID operator|user|blocked`.
struct OpsRole: OpsCommand.Subcommand {
    let name = "role"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        guard arguments.count == 2, let role = Recipient.Role(rawValue: arguments[1].lowercased()) else {
            return .sentence("ops.role_usage")
        }
        return try OpsRole.set(role, of: arguments[0], context)
    }

    /// `written` is a number of `/ops users` or an identity such as `telegram:4711`.
    static func set(_ role: Recipient.Role, of written: String, _ context: CommandContext) throws -> Reply {
        let digits = written.hasPrefix("#") ? String(written.dropFirst()) : written
        let found: Recipient? =
            if let number = Int64(digits) {
                try context.session.recipient(RecipientID(number))
            } else if let identity = Identity(written) {
                try context.session.recipient(for: identity)
            } else { nil }
        guard var recipient = found else {
            return .sentence("ops.unknown_recipient", ["text": .text(UntrustedText.shown(written))])
        }
        let name: ContentValue = .text("#\(recipient.id)")
        if recipient.kind == .place, role == .operator { return .sentence("ops.place_no_operator") }
        // Nobody could let an operator in again but somebody at the machine.
        if recipient.role == .operator, role != .operator,
            try context.session.recipients(role: .operator).count < 2
        {
            return .sentence("ops.last_operator")
        }
        let was = recipient.role
        recipient.role = role
        try context.session.update(recipient)
        var effects: [ChatEffect] = []
        if (was == .operator) != (role == .operator) {
            let identities = try context.session.identities(of: recipient.id)
            effects = [.operators(identities, isOperator: role == .operator)]
        }
        try context.session.audit(
            "role", by: context.subject.id, detail: "\(recipient.id) \(role.rawValue)", at: context.now)
        return .sentence(
            "ops.role_done", ["recipient": name, "role": .word("role.\(role.rawValue)")], effects: effects)
    }
}

/// `/ops ban ID`.
struct OpsBan: OpsCommand.Subcommand {
    let name = "ban"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        guard let written = arguments.first, arguments.count == 1 else { return .sentence("ops.ban_usage") }
        return try OpsRole.set(.blocked, of: written, context)
    }
}

/// `/ops invite`: a code that lets one more person in, once, within a week.
struct OpsInvite: OpsCommand.Subcommand {
    static let life = Span.days(7)

    let name = "invite"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let (code, hash) = context.desk.codes.newCode()
        let expiry = context.now + OpsInvite.life
        try context.session.addCode(hash: hash, purpose: "invite", expiresAt: expiry)
        try context.session.audit("invite", by: context.subject.id, detail: "", at: context.now)
        var values: [String: ContentValue] = ["code": .text("/start i_\(code)"), "until": .time(expiry)]
        values["link"] = context.desk.policy.startLink("i_\(code)").map { .text($0) }
        return Reply(Content("ops-invite", values))
    }
}

/// `/ops test`: one alert through every channel of every operator.
struct OpsTest: OpsCommand.Subcommand {
    let name = "test"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        try context.session.publish(
            Alert(
                naturalKey: "system:test:\(context.subject.id):\(context.now.milliseconds)", symbol: nil,
                priority: .medium, issuedAt: context.ruleNow, audience: .operators,
                body: .system(SystemNotice(severity: .critical, key: "test"))),
            now: context.now)
        try context.session.audit("test", by: context.subject.id, detail: "", at: context.now)
        return .sentence("ops.test_sent")
    }
}

/// `/ops backup`: a copy of the database on the agent's own machine. It holds everybody's data, so it never goes out by
/// chat; the operators hear where it lies.
struct OpsBackup: OpsCommand.Subcommand {
    let name = "backup"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        try context.session.audit("backup", by: context.subject.id, detail: "", at: context.now)
        return .sentence("backup.begun", effects: [.backup])
    }
}
