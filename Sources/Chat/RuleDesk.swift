package import Decisions
package import Market
package import Messages
import People

/// What a rule's text means, and what it would have done.
package struct RuleDesk: Sendable {
    package var read: @Sendable (_ text: String) -> RuleVerdict
    /// Replays the rule over stored candles; `nil` where nothing is stored for its symbols. `subscriptions` are what `*`
    /// stands for.
    package var preview: @Sendable (_ rule: ReadRule, _ subscriptions: [Symbol]) async -> RuleFigures?
    /// Earlier previews, by canonical text.
    package let known: RulePreviews
    /// Keeps replays from crowding out everything else.
    package let gate: ReplayGate

    package init(
        known: RulePreviews = RulePreviews(), gate: ReplayGate = ReplayGate(),
        read: @escaping @Sendable (_ text: String) -> RuleVerdict,
        preview: @escaping @Sendable (_ rule: ReadRule, _ subscriptions: [Symbol]) async -> RuleFigures?
    ) {
        self.known = known
        self.gate = gate
        self.read = read
        self.preview = preview
    }

    /// What is known of a rule without a replay: an earlier one of the same text. What `*` stands for differs from person
    /// to person, so such a rule is always replayed.
    func knownReading(of rule: ReadRule, clocks: ChatClocks) -> RuleReading? {
        guard !rule.symbols.isEmpty,
            let figures = known.figures(of: rule.text, at: clocks.wall.now, ruleNow: clocks.rules.now)
        else { return nil }
        return RuleReading(rule: rule, figures: figures)
    }

    /// Replays the rule in its turn; `nil` when too many replays wait.
    func reading(
        of rule: ReadRule, subscriptions: [Symbol], for person: RecipientID?, clocks: ChatClocks
    ) async -> RuleReading? {
        await gate.run(for: person) {
            // Somebody may have asked the same while this one waited.
            if let ready = knownReading(of: rule, clocks: clocks) { return ready }
            let figures = await preview(rule, subscriptions)
            if !rule.symbols.isEmpty { known.remember(figures, for: rule.text, at: clocks.wall.now) }
            return RuleReading(rule: rule, figures: figures)
        }
    }
}

package enum RuleVerdict: Hashable, Sendable {
    case understood(ReadRule)
    case mistaken(RuleMistake)
}

/// A rule that was understood.
package struct ReadRule: Hashable, Sendable {
    /// Canonical spelling.
    package var text: String
    /// Symbols it is about, in order; empty for `*`.
    package var symbols: [Symbol]
    /// Symbols that the condition names besides.
    package var otherSymbols: [Symbol]
    /// How long nothing fires after a firing.
    package var rest: Span
    /// First instant at which it no longer lives (`until`).
    package var until: Timestamp?
    package init(
        text: String, symbols: [Symbol], otherSymbols: [Symbol] = [], rest: Span = .minutes(30),
        until: Timestamp? = nil
    ) {
        self.rest = rest
        self.until = until
        self.text = text
        self.symbols = symbols
        self.otherSymbols = otherSymbols
    }

    /// Every symbol whose price the rule needs.
    var watched: [Symbol] { symbols + otherSymbols }
}

/// Where a rule cannot be read, and why.
package struct RuleMistake: Hashable, Sendable {
    package var sentence: ContentValue
    /// From 1, in characters of the text as it was written.
    package var column: Int
    /// What would be accepted at that place.
    package var suggestion: String?
    package init(sentence: ContentValue, column: Int, suggestion: String? = nil) {
        self.sentence = sentence
        self.column = column
        self.suggestion = suggestion
    }
}

/// What a rule would have done over stored history.
package typealias RuleFigures = StoredReplay.Result

/// What was made ready for `/alert`.
package struct RuleReading: Sendable {
    package var rule: ReadRule
    package var figures: RuleFigures?
    package init(rule: ReadRule, figures: RuleFigures?) {
        self.rule = rule
        self.figures = figures
    }
}
