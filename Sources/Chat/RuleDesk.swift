package import Market
package import Messages

/// What a rule's text means, and what it would have done.
package struct RuleDesk: Sendable {
    package var read: @Sendable (_ text: String) -> RuleVerdict
    /// Replays the rule over stored candles; `nil` where nothing is stored for its symbols. `subscriptions` are what `*`
    /// stands for.
    package var preview: @Sendable (_ rule: ReadRule, _ subscriptions: [Symbol]) async -> RuleFigures?
    /// Earlier previews, by canonical text.
    package let known: RulePreviews

    package init(
        known: RulePreviews = RulePreviews(),
        read: @escaping @Sendable (_ text: String) -> RuleVerdict,
        preview: @escaping @Sendable (_ rule: ReadRule, _ subscriptions: [Symbol]) async -> RuleFigures?
    ) {
        self.known = known
        self.read = read
        self.preview = preview
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

/// How often a rule would have fired over stored history.
package struct RuleFigures: Hashable, Sendable {
    /// Firings within the last 7, 30 and 365 days; `nil` where history does not reach back so far.
    package var week: Int?
    package var month: Int?
    package var year: Int?
    /// All firings, and the length of history they were counted in.
    package var total: Int
    package var history: Span
    /// A few symbols of many were replayed, these.
    package var symbols: [Symbol]

    package init(week: Int?, month: Int?, year: Int?, total: Int, history: Span, symbols: [Symbol]) {
        self.week = week
        self.month = month
        self.year = year
        self.total = total
        self.history = history
        self.symbols = symbols
    }

    /// More than three firings a day.
    var isNoisy: Bool { history >= .days(1) && Double(total) / (history.seconds / 86_400) > 3 }
}

/// What was made ready for `/alert`.
package struct RuleReading: Sendable {
    package var rule: ReadRule
    package var figures: RuleFigures?
    package init(rule: ReadRule, figures: RuleFigures?) {
        self.rule = rule
        self.figures = figures
    }
}
