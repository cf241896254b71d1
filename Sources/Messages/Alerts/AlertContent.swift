package import Decisions
import Market

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
        let shown = alerts.prefix(20)
        return Content(
            "digest",
            [
                "title": .word("alert.digest_title", ["count": .count(alerts.count)]),
                "lines": .list(
                    shown.map {
                        ["line": line($0.alert), "at": .time($0.alert.issuedAt), "id": .count(Int($0.id.rawValue))]
                    }),
                "more": alerts.count > shown.count
                    ? .word("alert.digest_more", ["count": .count(alerts.count - shown.count)]) : .flag(false),
            ], silent: alerts.allSatisfy { $0.alert.priority < .medium })
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
                "priority": .word("alert.priority_\(stored.alert.priority.rawValue)"),
                "loud": .flag(stored.alert.priority >= .high),
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
            "record": record(opportunity.measured),
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

    private func record(_ measured: MeasuredOutcome?) -> ContentValue {
        guard let measured else { return .word("alert.record_none") }
        return .word(
            "alert.record",
            [
                "median": .percent(measured.median, signed: true), "low": .percent(measured.low, signed: true),
                "high": .percent(measured.high, signed: true), "count": .count(measured.count),
                "hits": .count(measured.hits),
            ])
    }

    private func systemContent(_ notice: SystemNotice, _ stored: StoredAlert) -> Content {
        let icon =
            switch notice.severity {
            case .info: "ℹ️"
            case .warning: "⚠️"
            case .critical: "🚨"
            }
        return Content(
            "alert-system",
            [
                "icon": .text(icon), "text": .word("system.\(notice.key)", notice.values.mapValues { .text($0) }),
                "at": .time(stored.alert.issuedAt),
            ], silent: notice.severity == .info)
    }

    /// Ten cells, filled to the nearest tenth.
    static func bar(_ share: Double) -> String {
        let filled = max(0, min(10, Int((share * 10).rounded())))
        return String(repeating: "▰", count: filled) + String(repeating: "▱", count: 10 - filled)
    }
}
