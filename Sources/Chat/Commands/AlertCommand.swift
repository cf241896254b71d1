import Decisions
import Market
import Messages
import People

/// Makes a rule in two steps: the text is read back in canonical words, with what it would have done, and a button
/// confirms it. The draft lives in the store; the button carries only its number.
struct AlertCommand: PreparedCommand {
    /// How long a draft waits for its button.
    static let draftLife = Span.minutes(10)

    let name = "alert"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? {
        guard let text = ruleText(invocation) else { return Preparation.none }
        switch desk.rules.read(text) {
        case .mistaken(let mistake): return .answer(mistakeContent(mistake, text: text))
        case .understood(let rule):
            return desk.rules.knownReading(of: rule, clocks: desk.clocks).map { .rulePreview($0) }
        }
    }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        let desk = request.desk
        guard let text = ruleText(request.invocation), case .understood(let rule) = desk.rules.read(text) else {
            return .none
        }
        let covered = request.subscriptions.isEmpty ? desk.market.defaultSymbols : request.subscriptions
        let reading = await desk.rules.reading(
            of: rule, subscriptions: covered, for: request.subject, clocks: desk.clocks)
        return reading.map { .rulePreview($0) } ?? .busy
    }

    func run(_ context: CommandContext) throws -> Reply {
        switch context.word(0) {
        case nil: return usage(context)
        case "confirm": return try confirm(context)
        case "cancel": return try cancel(context)
        case "change": return try change(context)
        default: break
        }
        if context.arguments.count == 1,
            case .symbol(let symbol) = context.desk.market.symbols.match(context.arguments[0])
        {
            return AlertIdeas.reply(symbol, board: context.desk.market.board)
        }
        guard case .rulePreview(let reading) = context.preparation else { return .sentence("error.busy") }
        let rules = try context.session.rules(of: context.subject.id)
        if let same = rules.first(where: { $0.text == reading.rule.text }) {
            return .sentence(
                "alert_draft.exists", ["number": .count(same.number), "text": .text(same.text)],
                buttons: [[ContentButton(.word("button.rules"), "/alerts")]])
        }
        let limit = context.desk.policy.mostRules
        guard rules.count < limit else {
            return .sentence(
                "alert_draft.full", ["limit": .count(limit)],
                buttons: [[ContentButton(.word("button.rules"), "/alerts")]])
        }
        let expiry = context.now + AlertCommand.draftLife
        let tries = try context.session.countTry(of: reading.rule.text, by: context.subject.id, at: context.now)
        let token = try context.session.addDraft(
            text: reading.rule.text, owner: context.subject.id, expiresAt: expiry)
        let calmer = try reading.figures?.statistics.suggestion.map {
            try context.session.addDraft(text: $0.text, owner: context.subject.id, expiresAt: expiry)
        }
        return Reply(RuleDraftContent(reading: reading, tries: tries, token: token, calmerToken: calmer).content)
    }

    /// The rule in the command; `nil` for the other uses of it.
    private func ruleText(_ invocation: Invocation) -> String? {
        guard let first = invocation.word(0), !["confirm", "change", "cancel"].contains(first) else { return nil }
        // `/alert BTC` asks for ideas.
        return invocation.arguments.count > 1 ? invocation.rest : nil
    }

    private func usage(_ context: CommandContext) -> Reply {
        let symbols = context.desk.market.defaultSymbols.prefix(3)
        return Reply(
            Content("rule-usage", [:], buttons: [symbols.map { ContentButton(.text($0.description), "/alert \($0)") }]))
    }

    private func mistakeContent(_ mistake: RuleMistake, text: String) -> Content {
        // A window around the column keeps the caret under its character on a narrow screen.
        let characters = Array(text)
        let column = min(max(mistake.column, 1), characters.count + 1)
        let start = max(0, column - 1 - 24)
        let window = characters[start..<min(characters.count, start + 34)]
        let line = (start > 0 ? "…" : "") + String(window)
        let caret = String(repeating: " ", count: column - 1 - start + (start > 0 ? 1 : 0)) + "^"
        var values: [String: ContentValue] = [
            "sentence": mistake.sentence, "column": .count(column), "line": .text(line), "caret": .text(caret),
        ]
        values["suggestion"] = mistake.suggestion.map { .text($0) }
        return Content("rule-mistake", values, buttons: [[ContentButton(.text("/help alert"), "/help alert")]])
    }

    private func confirm(_ context: CommandContext) throws -> Reply {
        let owner = context.subject.id
        guard let token = context.word(1).flatMap(Int64.init),
            let text = try context.session.takeDraft(token, owner: owner, at: context.now)
        else { return .sentence("alert_draft.expired") }
        let limit = context.desk.policy.mostRules
        guard try context.session.rules(of: owner).count < limit else {
            return .sentence("alert_draft.full", ["limit": .count(limit)])
        }
        // The state of a rule begins on the clock of rules.
        let rule = try context.session.addRule(text: text, owner: owner, at: context.ruleNow)
        if case .understood(let read) = context.desk.rules.read(text),
            let figures = context.desk.rules.knownReading(of: read, clocks: context.desk.clocks)?.figures
        {
            try context.session.setReplay(RuleRecord.Replay(figures.statistics), of: rule.id, at: context.now)
        }
        try context.openAddress()
        var effects: [ChatEffect] = [.rule(.added(rule))]
        if case .understood(let read) = context.desk.rules.read(text) { effects += read.watched.map { .demand($0) } }
        var values: [String: ContentValue] = ["number": .count(rule.number), "text": .text(rule.text)]
        if context.subject.stopped { values[context.isPlace ? "is_unbound" : "is_stopped"] = .flag(true) }
        return Reply(
            Content(
                "rule-made", values,
                buttons: [
                    [
                        ContentButton(.word("button.rules"), "/alerts"),
                        ContentButton(
                            .word("button.delete_number", ["number": .count(rule.number)]), "/delete \(rule.number)"),
                    ]
                ]),
            effects: effects)
    }

    /// Gives the text back, to be sent again with what should be different.
    private func change(_ context: CommandContext) throws -> Reply {
        guard let token = context.word(1).flatMap(Int64.init),
            let text = try context.session.takeDraft(token, owner: context.subject.id, at: context.now)
        else { return .sentence("alert_draft.expired") }
        return .sentence("alert_draft.change", ["text": .text(text)])
    }

    private func cancel(_ context: CommandContext) throws -> Reply {
        if let token = context.word(1).flatMap(Int64.init) {
            _ = try context.session.takeDraft(token, owner: context.subject.id, at: context.now)
        }
        return .sentence("alert_draft.cancelled")
    }
}
