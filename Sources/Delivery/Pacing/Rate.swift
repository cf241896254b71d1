package import Market

/// At most `count` events in any `span`. Neither can be zero: a limit of nothing would never let anything through, and
/// "no limit" is said by `Pace.off`.
package struct Rate: Hashable, Sendable, CustomStringConvertible {
    package let count: Int
    package let span: Span

    /// `nil` unless `count` is 1 to 100,000 and `span` is positive and at most a day.
    package init?(_ count: Int, per span: Span) {
        guard (1...100_000).contains(count), span > .zero, span <= .days(1) else { return nil }
        self.count = count
        self.span = span
    }

    /// Reads `30/1s`, `20/1m`.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), let span = Span(text: parts[1]) else { return nil }
        self.init(count, per: span)
    }

    /// The spelling that `init(text:)` reads back.
    package var description: String { "\(count)/\(span.text)" }
}

/// A pacing setting (`TELEGRAM_RATE` and its kin): a rate, or `off`.
package enum Pace: Hashable, Sendable, CustomStringConvertible {
    case off
    case limited(Rate)

    /// What a setting may say, for error messages.
    package static let accepted = "a count and a span such as 30/1s or 20/1m, or off"

    /// Reads `30/1s` or `off`; `nil` for anything else.
    package init?(text: some StringProtocol) {
        if text.lowercased() == "off" {
            self = .off
        } else if let rate = Rate(text: text) {
            self = .limited(rate)
        } else {
            return nil
        }
    }

    package var rate: Rate? {
        switch self {
        case .off: nil
        case .limited(let rate): rate
        }
    }

    package var description: String { rate?.description ?? "off" }
}

/// What one sender keeps to: over everything it sends, for one chat, and for one group besides. A group is an address
/// that begins with `-`, as Telegram writes it.
package struct Pacing: Hashable, Sendable {
    package var overall: Pace
    package var perAddress: Pace
    package var perGroup: Pace

    package init(overall: Pace = .off, perAddress: Pace = .off, perGroup: Pace = .off) {
        self.overall = overall
        self.perAddress = perAddress
        self.perGroup = perGroup
    }
}
