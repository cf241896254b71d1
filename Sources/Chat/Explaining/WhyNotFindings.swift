import Decisions
import Delivery
import Market
import Messages
import People

/// Why nothing came about a symbol: every stage that could have stopped it, with what it said.
struct WhyNotFindings {
    /// Most alerts, vetoes and rules that are told of, each.
    static let most = 5

    enum Mark: String { case open = "✓", stopped = "✗", noted = "•" }

    struct Line {
        var mark: Mark
        var sentence: ContentValue
    }

    let context: CommandContext
    let symbol: Symbol
    /// What is looked at, rule clock.
    let span: Range<Timestamp>
    let review: MarketReview
    private(set) var lines: [Line] = []
    private(set) var isSubscribed = false

    init(_ context: CommandContext, symbol: Symbol, span: Range<Timestamp>, review: MarketReview) throws {
        self.context = context
        self.symbol = symbol
        self.span = span
        self.review = review
        try look()
    }

    private var name: ContentValue { .text(symbol.description) }

    private mutating func look() throws {
        let me = context.subject
        if me.stopped { add(.stopped, "whynot.stopped") }
        if let muted = me.preferences.mutedUntil, muted > span.lowerBound {
            add(.stopped, "whynot.muted", ["until": .time(muted)])
        }
        let subscription = try context.session.subscriptions(of: me.id).first { $0.symbol == symbol }
        isSubscribed = subscription != nil
        if let subscription {
            add(.open, "whynot.subscribed", ["minimum": .percent(subscription.minimumStrength, digits: 0)])
        } else {
            add(.stopped, "whynot.not_subscribed", ["symbol": name])
        }
        if review.hour == nil {
            if let last = review.lastStored {
                add(.stopped, "whynot.no_data", ["last": .time(last)])
            } else {
                add(.stopped, "whynot.never_stored", ["symbol": name])
            }
        }
        let alerts = try context.session.alerts(about: symbol, for: me.id, in: span, limit: 200)
        let found = alerts.filter { if case .opportunity = $0.alert.body { true } else { false } }
        for alert in found.suffix(Self.most) { try tell(alert, subscription) }
        if found.isEmpty { try tellQuiet() }
        try tellRules(alerts)
    }

    private mutating func add(_ mark: Mark, _ key: String, _ values: [String: ContentValue] = [:]) {
        lines.append(Line(mark: mark, sentence: .word(key, values)))
    }

    // MARK: Opportunities that were decided

    private mutating func tell(_ alert: StoredAlert, _ subscription: Subscription?) throws {
        guard case .opportunity(let opportunity) = alert.alert.body else { return }
        var values: [String: ContentValue] = [
            "id": .count(Int(alert.id.rawValue)), "at": .time(alert.alert.issuedAt),
            "headline": HistoryCommand.headline(alert.alert),
        ]
        if let passage = try context.session.passage(of: alert.id, to: context.subject.id) {
            if passage.deliveries.isEmpty {
                return add(.stopped, "whynot.deduplicated", values)
            }
            return told(passage, values)
        }
        guard let subscription else { return add(.stopped, "whynot.missed", values) }
        if opportunity.strength < subscription.minimumStrength {
            values["strength"] = .percent(opportunity.strength, digits: 0)
            values["minimum"] = .percent(subscription.minimumStrength, digits: 0)
            return add(.stopped, "whynot.below_minimum", values)
        }
        if let since = try context.session.subscribedSince(symbol, context.subject.id), since > alert.alert.issuedAt {
            values["since"] = .time(since)
            return add(.stopped, "whynot.subscribed_later", values)
        }
        add(.stopped, "whynot.no_way", values)
    }

    private mutating func told(_ passage: AlertPassage, _ values: [String: ContentValue]) {
        for delivery in passage.deliveries {
            var values = values
            values["channel"] = .word("channel.\(delivery.channel.rawValue)")
            values["state"] = .word("delivery.\(delivery.state)")
            if let reason = delivery.reason {
                values["reason"] = DeliveryWords.reason(reason)
                add(delivery.state == "sent" ? .open : .stopped, "whynot.delivery_because", values)
            } else {
                add(delivery.state == "sent" ? .open : .noted, "whynot.delivery", values)
            }
        }
    }

    // MARK: Nothing was decided

    private mutating func tellQuiet() throws {
        let vetoes = try context.session.vetoes(of: symbol, in: span)
        for veto in vetoes.suffix(Self.most) { add(veto.kind, veto.score, veto.at, veto.reason) }
        guard let hour = review.hour else { return }
        for reading in review.readings where !vetoes.contains(where: { $0.at == hour && $0.kind == reading.kind }) {
            switch reading.decision {
            case .quiet(.weak):
                add(
                    .stopped, "whynot.weak",
                    [
                        "kind": .word("alert.kind_\(reading.kind.rawValue)"), "at": .time(hour),
                        "score": .number(reading.score ?? 0, digits: 2),
                        "threshold": .number(DecisionEngine.threshold, digits: 2),
                    ])
            case .quiet(.unknown):
                add(
                    .stopped, "whynot.unknown_score",
                    ["kind": .word("alert.kind_\(reading.kind.rawValue)"), "at": .time(hour)])
            case .quiet(let reason): add(reading.kind, reading.score ?? 0, hour, reason)
            case .opportunity:
                add(
                    .stopped, "whynot.momentary",
                    ["kind": .word("alert.kind_\(reading.kind.rawValue)"), "at": .time(hour)])
            }
        }
    }

    private mutating func add(_ kind: Opportunity.Kind, _ score: Double, _ at: Timestamp, _ reason: QuietReason) {
        add(
            .stopped, "whynot.veto",
            [
                "kind": .word("alert.kind_\(kind.rawValue)"), "score": .number(score, digits: 2), "at": .time(at),
                "reason": Self.words(reason),
            ])
    }

    static func words(_ reason: QuietReason) -> ContentValue {
        let value: ContentValue =
            switch reason {
            case .unknown, .weak: .text("")
            case .staleData(let age): .span(age)
            case .wideSpread(let spread): .percent(spread, digits: 2)
            case .thinVolume(let turnover): .amount(turnover)
            case .oppositeSignal(let time), .sameSide(let time): .time(time)
            case .extremeRSI(let rsi): .number(rsi, digits: 1)
            }
        return .word("veto.\(reason.key)", ["value": value])
    }

    // MARK: Rules

    private mutating func tellRules(_ alerts: [StoredAlert]) throws {
        let subscribed = try context.session.subscriptions(of: context.subject.id).map(\.symbol)
        let all = subscribed.isEmpty ? context.desk.market.defaultSymbols : subscribed
        var told = 0
        for rule in try context.session.rules(of: context.subject.id) where told < Self.most {
            guard case .understood(let read) = context.desk.rules.read(rule.text),
                (read.symbols.isEmpty ? all : read.symbols).contains(symbol)
            else { continue }
            told += 1
            try tell(rule, rest: read.rest, alerts)
        }
    }

    private mutating func tell(_ rule: Rule, rest: Span, _ alerts: [StoredAlert]) throws {
        var values: [String: ContentValue] = ["number": .count(rule.number), "text": .text(rule.text)]
        let firing = alerts.last {
            if case .ruleFired(let firing) = $0.alert.body { firing.rule == rule.id } else { false }
        }
        if let firing, let passage = try context.session.passage(of: firing.id, to: context.subject.id) {
            values["id"] = .count(Int(firing.id.rawValue))
            values["at"] = .time(firing.alert.issuedAt)
            values["headline"] = HistoryCommand.headline(firing.alert)
            if passage.deliveries.isEmpty { return add(.stopped, "whynot.no_way", values) }
            return told(passage, values)
        }
        if rule.paused { return add(.stopped, "whynot.rule_paused", values) }
        if rule.createdAt >= span.upperBound {
            values["since"] = .time(rule.createdAt)
            return add(.stopped, "whynot.rule_later", values)
        }
        let state = rule.state.symbols[symbol.description]
        if let fired = state?.lastFiredAt {
            values["at"] = .time(fired)
            if fired + rest > span.lowerBound, fired < span.upperBound {
                values["until"] = .time(fired + rest)
                return add(.stopped, "whynot.rule_rests", values)
            }
        }
        switch state?.phase {
        case .spent: add(.stopped, "whynot.rule_spent", values)
        case .armed: add(.stopped, "whynot.rule_untrue", values)
        case .new, nil: add(.stopped, "whynot.rule_unknown", values)
        }
    }
}
