package import Decisions
package import Market

/// What an alert says, before it has a language: templates `alert-rule`, `alert-opportunity`, `alert-system`, and
/// `digest` for several that waited together.
package struct AlertContent: Sendable {
    /// Spells `price` operands and amounts; the quote asset of symbols that name none.
    package let defaultQuote: String

    package init(defaultQuote: String) { self.defaultQuote = defaultQuote }

    package func content(for stored: StoredAlert) -> Content {
        switch stored.alert.body {
        case .ruleFired(let firing): ruleContent(firing, stored)
        case .opportunity(let opportunity): opportunityContent(opportunity, stored)
        case .system(let notice): systemContent(notice, stored)
        }
    }

    /// Alerts that quiet hours or a budget held back, in one message: at most 20 lines, the rest counted.
    package func digest(_ alerts: [StoredAlert]) -> Content {
        digest(alerts, title: title(of: alerts), silent: alerts.allSatisfy { $0.alert.priority < .medium })
    }

    /// Alerts beyond the reader's attention budget, in the one message of the day.
    package func summary(_ alerts: [StoredAlert]) -> Content {
        digest(alerts, title: .word("alert.summary_title", ["count": .count(alerts.count)]), silent: true)
    }

    private func digest(_ alerts: [StoredAlert], title: ContentValue, silent: Bool) -> Content {
        // The most urgent must not be the one that is only counted.
        let ordered = alerts.enumerated().sorted { a, b in
            (b.element.alert.priority, a.offset) < (a.element.alert.priority, b.offset)
        }.map(\.element)
        let shown = ordered.prefix(20)
        return Content(
            "digest",
            [
                "title": title,
                "lines": .list(
                    shown.map {
                        ["line": line($0.alert), "at": .time($0.alert.issuedAt), "id": .count(Int($0.id.rawValue))]
                    }),
                "more": alerts.count > shown.count
                    ? .word("alert.digest_more", ["count": .count(alerts.count - shown.count)]) : .flag(false),
            ], silent: silent)
    }

    /// Alerts further apart than this did not come at once.
    private static let atOnce = Span.minutes(5)

    /// Why they are in one message: the market moved as a whole, they came at once, or the reader was away.
    private func title(of alerts: [StoredAlert]) -> ContentValue {
        let count: [String: ContentValue] = ["count": .count(alerts.count)]
        let times = alerts.map(\.alert.issuedAt)
        guard let first = times.min(), let last = times.max(), last - first <= AlertContent.atOnce else {
            return .word("alert.digest_title", count)
        }
        let opportunities = alerts.compactMap { stored -> Opportunity? in
            if case .opportunity(let opportunity) = stored.alert.body { opportunity } else { nil }
        }
        if opportunities.count == alerts.count, let side = opportunities.first?.side,
            opportunities.allSatisfy({ $0.side == side }), Set(opportunities.map(\.symbol)).count >= 4
        {
            return .word("alert.market_\(side.rawValue)", count)
        }
        return .word("alert.group_title", count)
    }

    /// One line about an alert, for digests and history.
    package func line(_ alert: Alert) -> ContentValue {
        switch alert.body {
        case .ruleFired(let firing):
            .word(
                "alert.rule_line",
                [
                    "number": .text("\(firing.number)"), "rule": .text(firing.text),
                    "symbol": .text(firing.symbol.description), "price": .price(firing.price),
                ])
        case .opportunity(let opportunity):
            .word(
                "alert.opportunity_line",
                [
                    "symbol": .text(opportunity.symbol.description), "signal": signal(opportunity),
                    "strength": .percent(opportunity.strength, digits: 0), "price": .price(opportunity.price),
                ])
        case .system(let notice): .word("system.\(notice.key)", notice.values.mapValues { .text($0) })
        }
    }

    private func ruleContent(_ firing: RuleFiring, _ stored: StoredAlert) -> Content {
        let symbol = firing.symbol.description
        return Content(
            "alert-rule",
            [
                "symbol": .text(symbol), "quote": .text(firing.symbol.quote ?? defaultQuote),
                "number": .text("\(firing.number)"), "rule": .text(firing.text), "price": .price(firing.price),
                "values": .list(firing.values.map { ["operand": .text($0.text), "value": operand($0)] }),
                "at": .time(firing.at), "late": .flag(firing.late), "already": .flag(firing.wasAlreadyTrue),
                "sequence": .count(firing.sequence),
                "record": .list(RuleRecordWords.lines(of: firing).map { ["line": $0] }),
                "priority": .word("alert.priority_\(stored.alert.priority.rawValue)"),
                "loud": .flag(stored.alert.priority >= .high), "venues": venues(stored.alert),
            ],
            buttons: [
                [
                    ContentButton(.word("alert.button_price"), "/price \(symbol)"),
                    ContentButton(.word("alert.button_chart"), "/chart \(symbol)"),
                    ContentButton(.word("alert.button_why"), "/why \(stored.id)"),
                ],
                [
                    ContentButton(.word("alert.button_pause"), "/pause \(firing.number)"),
                    ContentButton(.word("alert.button_mute"), "/mute 2h"),
                ],
                answers(to: stored),
            ], silent: stored.alert.priority == .low)
    }

    /// Fractions are shown as percent where the operand is one.
    private func operand(_ operand: RuleFiring.Operand) -> ContentValue {
        let name = operand.text.prefix { $0 != "(" }
        switch name {
        case "change", "drawdown": return .percent(operand.value, signed: true)
        case "volume", "obv", "ad": return .amount(operand.value)
        default:
            let size = abs(operand.value)
            return size > 0 && size < 1 ? .price(operand.value) : .number(operand.value, digits: 2)
        }
    }

    private func opportunityContent(_ opportunity: Opportunity, _ stored: StoredAlert) -> Content {
        let symbol = opportunity.symbol.description
        var values: [String: ContentValue] = [
            "symbol": .text(symbol), "quote": .text(opportunity.symbol.quote ?? defaultQuote),
            "signal": signal(opportunity), "kind": .word("alert.kind_\(opportunity.kind.rawValue)"),
            "icon": .text(opportunity.side == .buy ? "🟢" : "🔴"),
            "bar": .text(AlertContent.bar(opportunity.strength)),
            "strength": .percent(opportunity.strength, digits: 0),
            "provisional": .flag(opportunity.strengthIsProvisional),
            "price": .price(opportunity.price),
            "outlook": .word("alert.outlook_\(opportunity.outlook.rawValue.replacing("-", with: "_"))"),
            "reasons": .list(opportunity.reasons.prefix(5).map { ["reason": AlertContent.sentence(of: $0)] }),
            "factors": .list(
                opportunity.factors.map {
                    ["name": .word("alert.factor_\($0.name)"), "value": .number($0.value, digits: 2)]
                }),
            "at": .time(opportunity.at),
            "risk": risk(opportunity.riskLevel),
            "record": SignalRecordWords.replayed(opportunity.measured),
            "scored": SignalRecordWords.live(of: opportunity), "venues": venues(stored.alert),
        ]
        values["move"] = opportunity.expectedMove.map { .percent($0, digits: 1) } ?? .flag(false)
        return Content(
            "alert-opportunity", values,
            buttons: [
                [
                    ContentButton(.word("alert.button_chart"), "/chart \(symbol)"),
                    ContentButton(.word("alert.button_why"), "/why \(stored.id)"),
                    ContentButton(.word("alert.button_predict"), "/predict \(symbol)"),
                ],
                [
                    ContentButton(.word("alert.button_mute"), "/mute 2h"),
                    ContentButton(
                        .word("alert.button_unsubscribe", ["symbol": .text(symbol)]), "/unsubscribe \(symbol)"),
                ],
                answers(to: stored),
            ], silent: stored.alert.priority == .low)
    }

    private func signal(_ opportunity: Opportunity) -> ContentValue {
        .word("alert.signal_\(opportunity.isStrong ? "strong_" : "")\(opportunity.side.rawValue)")
    }

    /// Why a score is what it is, as a sentence.
    package static func sentence(of reason: Reason) -> ContentValue {
        var values: [String: ContentValue] = [:]
        for (name, value) in reason.values {
            if name.hasPrefix("change") {
                values[name] = .percent(value, digits: 1, signed: true)
            } else if name.hasSuffix("ratio") {
                values[name] = .number(value, digits: 2)
            } else if ["price", "sma20", "sma50", "middle", "band"].contains(name) {
                values[name] = .price(value)
            } else {
                values[name] = .number(value, digits: abs(value) < 10 ? 2 : 1)
            }
        }
        return .word("reason.\(reason.key)", values)
    }

    private func risk(_ level: Double?) -> ContentValue {
        guard let level else { return .word("alert.risk_unknown") }
        let (mark, key) =
            level < 0.2
            ? ("🟢", "low") : level < 0.5 ? ("🟡", "medium") : level < 0.8 ? ("🟠", "high") : ("🔴", "very_high")
        return .word("alert.risk_\(key)", ["mark": .text(mark), "level": .number(level, digits: 2)])
    }

    /// An alert's message as its situation stands now. It has no bell: it is not an alert again.
    ///
    /// - Parameters:
    ///   - stage: `fired`, `reached`, `faded` or `over`.
    ///   - change: of the price since it fired, as a fraction.
    ///   - time: now.
    package func living(_ stored: StoredAlert, stage: String, change: Double, at time: Timestamp) -> Content {
        var content = content(for: stored)
        content.template = "alert-living"
        content.values = situation(stored, stage: stage, change: change, at: time)
        content.silent = true
        return content
    }

    /// What changed, in one line.
    package func news(_ stored: StoredAlert, stage: String, change: Double, at time: Timestamp) -> Content {
        Content("alert-news", situation(stored, stage: stage, change: change, at: time))
    }

    private func situation(
        _ stored: StoredAlert, stage: String, change: Double, at time: Timestamp
    ) -> [String: ContentValue] {
        var values: [String: ContentValue] = [
            "symbol": .text(stored.alert.symbol?.description ?? ""), "fired": .time(stored.alert.issuedAt),
            "change": .percent(change, digits: 1, signed: true), "id": .text("\(stored.id)"),
        ]
        if stage != "fired" { values["stage"] = .word("alert.stage_\(stage)", ["at": .time(time)]) }
        switch stored.alert.body {
        case .ruleFired(let firing):
            values["rule"] = .text(firing.text)
            values["price"] = .price(firing.price)
            values["name"] = .word("alert.living_rule", ["number": .text("\(firing.number)")])
        case .opportunity(let opportunity):
            values["price"] = .price(opportunity.price)
            values["name"] = signal(opportunity)
        case .system: break
        }
        return values
    }

    private func venues(_ alert: Alert) -> ContentValue {
        alert.venues.map { .word("alert.venues_\($0.rawValue)") } ?? .flag(false)
    }

    /// What a reader may say to an alert.
    private func answers(to stored: StoredAlert) -> [ContentButton] {
        [
            ContentButton(.word("alert.button_ack"), "/ack \(stored.id)"),
            ContentButton(.word("alert.button_snooze"), "/snooze \(stored.id) 1h"),
            ContentButton(.word("alert.button_useful"), "/useful \(stored.id)"),
            ContentButton(.word("alert.button_not_useful"), "/useful \(stored.id) no"),
        ]
    }

    private func systemContent(_ notice: SystemNotice, _ stored: StoredAlert) -> Content {
        let isReminder = notice.key.hasPrefix("reminder")
        let severity =
            switch notice.severity {
            case .info: "ℹ️"
            case .warning: "⚠️"
            case .critical: "🚨"
            }
        return Content(
            "alert-system",
            [
                "icon": .text(isReminder ? "⏰" : severity),
                "text": .word("system.\(notice.key)", notice.values.mapValues { .text($0) }),
                "at": .time(stored.alert.issuedAt),
            ],
            buttons: notice.severity == .info ? [] : [[ContentButton(.word("alert.button_ack"), "/ack \(stored.id)")]],
            silent: notice.severity == .info && !isReminder)
    }

    /// Ten cells, filled to the nearest tenth.
    static func bar(_ share: Double) -> String {
        let filled = max(0, min(10, Int((share * 10).rounded())))
        return String(repeating: "▰", count: filled) + String(repeating: "▱", count: 10 - filled)
    }
}
