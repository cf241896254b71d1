import Decisions
import Market
package import Messages

/// A digest as content: the same values fill the template of the chat message (`report`), of the HTML body (`report-html`)
/// and of a page of its own (`report-page`).
package struct DigestContent: Sendable {
    /// Most events and rows of a chat message, which must stay readable on a telephone.
    private static let mostInChat = 15

    private let alerts: AlertContent

    package init(alerts: AlertContent) { self.alerts = alerts }

    /// For a chat.
    package func message(_ digest: Digest) -> Content {
        var short = digest
        if digest.events.count > Self.mostInChat {
            short.events = Array(digest.events.suffix(Self.mostInChat))
            short.moreEvents += digest.events.count - Self.mostInChat
        }
        return Content("report", values(short, record: digest.record), silent: true)
    }

    /// The body of an HTML mail.
    package func body(_ digest: Digest) -> Content { Content("report-html", values(digest, record: digest.record)) }

    /// A whole HTML page.
    package func page(_ digest: Digest) -> Content { Content("report-page", values(digest, record: digest.record)) }

    /// The subject of a mail, and the title of the page.
    package func title(_ digest: Digest) -> (key: String, values: [String: ContentValue]) {
        ("report.title_\(digest.kind.rawValue)", ["date": .date(digest.span.upperBound)])
    }

    private func values(_ digest: Digest, record: (count: Int, hits: Int)) -> [String: ContentValue] {
        let title = title(digest)
        var values: [String: ContentValue] = [
            "title": .word(title.key, title.values), "from": .time(digest.span.lowerBound),
            "to": .time(digest.span.upperBound),
            "period": .word("report.period_\(digest.kind.rawValue)"),
            "long_period": .word("report.long_period_\(digest.kind.rawValue)"),
            "rows": .list(digest.watched.map { row($0, now: digest.span.upperBound) }),
            "events": .list(digest.events.map(event)),
            "coming": .list(digest.coming.map { ["at": .time($0.at), "line": line($0)] }),
        ]
        if !digest.watched.isEmpty { values["has_rows"] = .flag(true) }
        if !digest.events.isEmpty { values["has_events"] = .flag(true) }
        if !digest.coming.isEmpty { values["has_coming"] = .flag(true) }
        if !digest.silent.isEmpty {
            values["silent"] = .word(
                "report.silent", ["symbols": .text(digest.silent.map(\.description).joined(separator: ", "))])
        }
        if digest.moreEvents > 0 { values["more"] = .word("report.more", ["count": .count(digest.moreEvents)]) }
        if record.count > 0 {
            values["record"] = .word("report.record", ["count": .count(record.count), "hits": .count(record.hits)])
        }
        if let ledger = digest.ledger {
            values["ledger"] = .dictionary(["sequence": .text("\(ledger.sequence)"), "head": .text(ledger.short)])
        }
        return values
    }

    private func row(_ watched: WatchedSymbol, now: Timestamp) -> [String: ContentValue] {
        var row: [String: ContentValue] = [
            "symbol": .text(watched.symbol.description), "price": .price(watched.price), "low": .price(watched.low),
            "high": .price(watched.high), "turnover": .amount(watched.turnover),
        ]
        row["change"] = watched.change.map { .percent($0, digits: 2, signed: true) }
        row["long_change"] = watched.longChange.map { .percent($0, digits: 1, signed: true) }
        row["ratio"] = watched.turnoverRatio.map { .number($0, digits: 1) }
        // A missing name would be looked up outside the row.
        row["is_up"] = .flag((watched.change ?? 0) > 0)
        row["is_down"] = .flag((watched.change ?? 0) < 0)
        row["is_long_up"] = .flag((watched.longChange ?? 0) > 0)
        row["is_long_down"] = .flag((watched.longChange ?? 0) < 0)
        row["stale"] = now - watched.at > .hours(3) ? .word("report.stale", ["at": .time(watched.at)]) : .flag(false)
        for name in ["change", "long_change", "ratio"] where row[name] == nil { row[name] = .flag(false) }
        return row
    }

    private func event(_ event: DigestEvent) -> [String: ContentValue] {
        var row: [String: ContentValue] = [
            "id": .text("\(event.alert.id)"), "at": .time(event.alert.alert.issuedAt),
            "line": alerts.line(event.alert.alert), "outcome": .flag(false),
            "undelivered": event.arrived ? .flag(false) : .word("report.undelivered"),
            "is_up": .flag((event.outcome?.move ?? 0) > 0), "is_down": .flag((event.outcome?.move ?? 0) < 0),
        ]
        switch event.alert.alert.body {
        case .system: break
        case .ruleFired, .opportunity:
            guard let outcome = event.outcome else {
                row["outcome"] = .word("report.too_early")
                break
            }
            let key =
                event.isCalled ? (outcome.isFinal ? "report.called_final" : "report.called_so_far") : "report.since"
            row["outcome"] = .word(
                key,
                ["move": .percent(outcome.move, digits: 2, signed: true), "price": .price(outcome.price)])
        }
        return row
    }

    private func line(_ item: ComingItem) -> ContentValue {
        switch item.kind {
        case .reminder(let text): .word("report.reminder", ["text": .text(text)])
        case .ruleEnds(let number, let text):
            .word("report.rule_ends", ["number": .text("\(number)"), "text": .text(text)])
        case .muteEnds: .word("report.mute_ends")
        case .nextDigest: .word("report.next")
        }
    }
}
