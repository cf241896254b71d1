import Decisions
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct AlertGroupingTests {
    private let settings = RoutingSettings(burst: 5)
    private let eth = Symbol.named("ETH")

    private func firing(several: Bool?, priority: Priority = .medium) -> Alert {
        Alert(
            naturalKey: "rule:1:1", symbol: .btc, priority: priority, issuedAt: start,
            audience: .owner(RecipientID(1), via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: RuleID(1), owner: RecipientID(1), number: 1, text: "BTC > 1", symbol: .btc, sequence: 1,
                    at: start, price: 2, values: [], coversSeveral: several)))
    }

    @Test("a rule over one symbol goes alone, one over several waits for its company")
    func relations() {
        #expect(AlertRelation(firing(several: nil), settings: settings).alone == settings.burst)
        #expect(AlertRelation(firing(several: true), settings: settings).alone == 0)
        #expect(AlertRelation(firing(several: true), settings: settings).kind == "rule:1")
        #expect(AlertRelation(opportunity("a", symbol: .btc), settings: settings).kind == "opportunity")
        #expect(
            AlertRelation(firing(several: nil, priority: .critical), settings: settings).kind
                != AlertRelation(firing(several: nil), settings: settings).kind)
    }

    @Test("the first waits the group wait, and what comes after a flush the group interval")
    func clocks() {
        var group = AlertGroup(eventAt: start)
        let relation = AlertRelation(opportunity("a", symbol: .btc), settings: settings)
        #expect(
            group.place(relation, priority: .medium, settings: settings, now: start) == .collected(start + .seconds(2)))
        // A later one joins; it does not push the flush.
        #expect(
            group.place(relation, priority: .medium, settings: settings, now: start + .seconds(1))
                == .collected(start + .seconds(2)))
        group.flushed(at: start + .seconds(2))
        #expect(
            group.place(relation, priority: .medium, settings: settings, now: start + .seconds(5))
                == .collected(start + .seconds(62)))
        // A critical one brings the flush forward to its own wait.
        #expect(
            group.place(relation, priority: .critical, settings: settings, now: start + .seconds(6))
                == .collected(start + .seconds(8)))
    }

    @Test("what comes one by one is never collected; what exceeds a burst is")
    func burst() {
        let relation = AlertRelation(firing(several: nil), settings: settings)
        var group = AlertGroup(eventAt: start)
        let placed = (0..<8).map { _ in group.place(relation, priority: .medium, settings: settings, now: start) }
        #expect(placed.prefix(5).allSatisfy { $0 == .alone })
        #expect(placed.dropFirst(5).allSatisfy { $0 == .collected(start + .seconds(2)) })
        #expect(group.covers(start + .seconds(59), interval: settings.groupInterval))
        #expect(!group.covers(start + .minutes(1), interval: settings.groupInterval))
        #expect(!group.covers(start - .minutes(1), interval: settings.groupInterval))
    }

    @Test("without a wait the first goes at once, and the next after the interval")
    func noWait() {
        let relation = AlertRelation(opportunity("a", symbol: .btc), settings: settings)
        let eager = RoutingSettings(groupWait: .zero)
        var group = AlertGroup(eventAt: start)
        #expect(group.place(relation, priority: .medium, settings: eager, now: start) == .alone)
        #expect(
            group.place(relation, priority: .medium, settings: eager, now: start) == .collected(start + .minutes(1)))
    }

    @Test("a market-wide move mutes single symbols that follow it, but neither critical ones nor rules")
    func echo() {
        let names = ["BTC", "ETH", "SOL", "ADA"]
        let alerts = names.map { opportunity("a", symbol: .named($0)) }
        #expect(MarketMove.side(of: alerts, settings: settings) == .buy)
        #expect(MarketMove.side(of: alerts.dropLast(), settings: settings) == nil)
        // The same symbol four times is no market.
        #expect(MarketMove.side(of: (0..<4).map { opportunity("\($0)", symbol: .btc) }, settings: settings) == nil)
        let later = opportunity("b", symbol: eth, at: start + .minutes(5))
        func isEcho(_ alert: Alert, of side: Opportunity.Side = .buy) -> Bool {
            MarketMove.isEcho(alert, of: side, movedAt: start, settings: settings)
        }
        #expect(isEcho(later))
        #expect(!isEcho(later, of: .sell))
        #expect(!isEcho(opportunity("b", symbol: eth, priority: .critical, at: start + .minutes(5))))
        #expect(!isEcho(opportunity("b", symbol: eth, at: start + .minutes(30))))
        #expect(!isEcho(firing(several: nil)))
    }

    @Test("a trouble that becomes worse is another one, and good news ends it")
    func situations() throws {
        func system(_ severity: SystemNotice.Severity, _ key: String) -> Alert {
            Alert(
                naturalKey: "system:\(key)", symbol: nil, priority: .high, issuedAt: start, audience: .operators,
                body: .system(SystemNotice(severity: severity, key: key, values: ["source": "binance"])))
        }
        let warning = try #require(Situation(system(.warning, "source_stale")))
        let critical = try #require(Situation(system(.critical, "source_stale")))
        #expect(warning != critical)
        #expect(Situation(system(.info, "source_recovered")) == nil)
        let ending = try #require(Situation.ended(by: system(.info, "source_recovered")))
        #expect(warning.name.hasSuffix(ending))
        #expect(Situation.ended(by: system(.warning, "source_stale")) == nil)
        #expect(Situation(system(.critical, "test")) == nil)
        #expect(Situation(firing(several: nil)) == nil)
    }

    @Test("an escalation takes the next channel in order, and SMS only for what is critical")
    func escalationOrder() {
        let all = Set(ChannelKind.allCases)
        #expect(EscalationOrder.next(after: [.telegram], among: all, priority: .high) == .discord)
        #expect(EscalationOrder.next(after: [.telegram, .discord], among: [.telegram, .sms], priority: .high) == nil)
        #expect(EscalationOrder.next(after: [.telegram], among: [.telegram, .sms], priority: .critical) == .sms)
        #expect(EscalationOrder.next(after: all, among: all, priority: .critical) == nil)
    }
}

extension Symbol {
    static func named(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("\(name) is a symbol") }
        return symbol
    }
}
