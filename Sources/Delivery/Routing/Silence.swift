package import Decisions
package import Market
package import People

/// An operator wants not to hear of something for a while.
package struct Silence: Hashable, Sendable {
    package var id: Int64
    /// What is meant: a symbol, a kind (`opportunity`, `rule`, `system`), the key or source of a system alert, or a natural
    /// key; `*` and `?` stand for anything.
    package var pattern: String
    package var reason: String
    package var author: RecipientID?
    /// Rule clock, like `endsAt`.
    package var createdAt: Timestamp
    package var endsAt: Timestamp

    package init(
        id: Int64, pattern: String, reason: String, author: RecipientID?, createdAt: Timestamp, endsAt: Timestamp
    ) {
        self.id = id
        self.pattern = pattern
        self.reason = reason
        self.author = author
        self.createdAt = createdAt
        self.endsAt = endsAt
    }

    package enum Effect: Hashable, Sendable { case none, hold, drop }

    /// What becomes of an alert.
    ///
    /// System alerts and opportunities are left out. What a person asked for by a rule waits for the end, and so does the
    /// news that a trouble is over. A critical rule and what somebody asked to be told (a test, a reminder) are not
    /// touched.
    package func effect(on alert: Alert) -> Effect {
        guard alert.issuedAt >= createdAt, alert.issuedAt < endsAt, matches(alert) else { return .none }
        switch (alert.body, alert.audience) {
        case (.ruleFired, _): return alert.priority == .critical ? .none : .hold
        case (.opportunity, .subscribers): return .drop
        case (.system(let notice), .operators):
            if notice.key == SystemNotice.test { return .none }
            return Situation.isRecovery(notice) ? .hold : .drop
        case (.opportunity, _), (.system, _): return .none
        }
    }

    package func matches(_ alert: Alert) -> Bool {
        Silence.names(of: alert).contains { Silence.glob(pattern, matches: $0) }
    }

    private static func names(of alert: Alert) -> [String] {
        var names = [alert.naturalKey]
        if let symbol = alert.symbol { names.append(symbol.description) }
        switch alert.body {
        case .ruleFired: names.append("rule")
        case .opportunity: names.append("opportunity")
        case .system(let notice):
            names += ["system", notice.key]
            if let source = notice.values["source"] { names += [source, "\(notice.key):\(source)"] }
        }
        return names
    }

    /// `*` is any run of characters, `?` any one; letters match in either case. Takes time of pattern times text at most.
    package static func glob(_ pattern: String, matches text: String) -> Bool {
        let pattern = Array(pattern.lowercased().unicodeScalars)
        let text = Array(text.lowercased().unicodeScalars)
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
