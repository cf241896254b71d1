import Delivery
import Market
import Messages
import People

/// `/ops silence PATTERN 2h REASON`: not to hear of something for a while. Alone it lists what is silenced;
/// `/ops silence end 3` ends one.
struct OpsSilence: OpsCommand.Subcommand {
    static let longest = Span.days(30)
    /// Longest pattern and reason, in characters.
    static let mostText = 100

    let name = "silence"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        guard let first = arguments.first else { return try list(context) }
        if first.lowercased() == "end" { return try end(arguments.dropFirst().first, context) }
        guard arguments.count >= 3, let span = Span(text: arguments[1].lowercased()), span <= OpsSilence.longest else {
            return .sentence("ops.silence_usage")
        }
        let reason = arguments.dropFirst(2).joined(separator: " ")
        guard first.count <= OpsSilence.mostText, reason.count <= OpsSilence.mostText else {
            return .sentence("ops.silence_usage")
        }
        let now = context.ruleNow
        let silence = try context.session.addSilence(
            pattern: first, reason: reason, author: context.subject.id, from: now, until: now + span)
        try context.session.audit(
            "silence", by: context.subject.id, detail: "\(silence.id) \(first) \(arguments[1])", at: context.now)
        return .sentence(
            "ops.silenced",
            [
                "id": .text("\(silence.id)"), "pattern": .text(silence.pattern), "until": .time(silence.endsAt),
                "reason": .text(silence.reason),
            ],
            buttons: [[ContentButton(.word("button.end_silence"), "/ops silence end \(silence.id) !")]])
    }

    private func list(_ context: CommandContext) throws -> Reply {
        let silences = try context.session.silences(at: context.ruleNow)
        guard !silences.isEmpty else { return .sentence("ops.no_silence") }
        let rows = silences.map { silence -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "id": .text("\(silence.id)"), "pattern": .text(silence.pattern), "reason": .text(silence.reason),
                "until": .time(silence.endsAt),
            ]
            row["author"] = silence.author.map { .text("#\($0)") }
            return row
        }
        let buttons = silences.prefix(5).map { silence in
            [
                ContentButton(
                    .word("ops.silence_end", ["id": .text("\(silence.id)")]), "/ops silence end \(silence.id) !")
            ]
        }
        return Reply(Content("ops-silences", ["rows": .list(rows)], buttons: buttons))
    }

    private func end(_ written: String?, _ context: CommandContext) throws -> Reply {
        let digits = written.map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
        guard let id = digits.flatMap(Int64.init) else { return .sentence("ops.silence_usage") }
        guard try context.session.endSilence(id, at: context.ruleNow) else {
            return .sentence("ops.silence_unknown", ["id": .text("\(id)")])
        }
        try context.session.audit("silence end", by: context.subject.id, detail: "\(id)", at: context.now)
        return .sentence("ops.silence_ended", ["id": .text("\(id)")], effects: [.later])
    }
}
