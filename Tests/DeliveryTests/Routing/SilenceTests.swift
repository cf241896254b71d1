import Decisions
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct SilenceTests {
    private func silence(_ pattern: String) -> Silence {
        Silence(
            id: 1, pattern: pattern, reason: "maintenance", author: nil, createdAt: start, endsAt: start + .hours(2))
    }

    private func system(_ key: String, at time: Timestamp = start) -> Alert {
        Alert(
            naturalKey: "system:\(key):coinbase", symbol: nil, priority: .high, issuedAt: time, audience: .operators,
            body: .system(SystemNotice(severity: .warning, key: key, values: ["source": "coinbase"])))
    }

    private func firing(_ priority: Priority) -> Alert {
        Alert(
            naturalKey: "rule:7:1", symbol: .btc, priority: priority, issuedAt: start,
            audience: .owner(RecipientID(1), via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: RuleID(7), owner: RecipientID(1), number: 1, text: "BTC > 1", symbol: .btc, sequence: 1,
                    at: start, price: 2, values: [])))
    }

    @Test(
        "a pattern names a symbol, a kind, a key, a source or a natural key, with wildcards",
        arguments: [
            ("coinbase", true), ("source_stale", true), ("SOURCE_*", true), ("source_stale:coin*", true),
            ("system", true), ("*", true), ("binance", false), ("source_stal", false), ("s?urce_stale", true),
            ("*stale*base", true), ("rule", false),
        ])
    func patterns(_ pattern: String, _ isMeant: Bool) {
        #expect(silence(pattern).matches(system("source_stale")) == isMeant)
    }

    @Test("system alerts and opportunities are left out; a rule's firing and good news wait")
    func effects() {
        let all = silence("*")
        #expect(all.effect(on: system("source_stale")) == .drop)
        #expect(all.effect(on: opportunity("a", symbol: .btc)) == .drop)
        #expect(all.effect(on: system("source_recovered")) == .hold)
        #expect(all.effect(on: firing(.medium)) == .hold)
        #expect(all.effect(on: firing(.critical)) == .none)
        #expect(all.effect(on: system("test")) == .none)
    }

    @Test("a silence holds from its making to its end")
    func life() {
        let all = silence("*")
        #expect(all.effect(on: system("source_stale", at: start - .milliseconds(1))) == .none)
        #expect(all.effect(on: system("source_stale", at: start + .hours(2) - .milliseconds(1))) == .drop)
        #expect(all.effect(on: system("source_stale", at: start + .hours(2))) == .none)
    }

    @Test("matching a hostile pattern takes no longer than pattern times text")
    func hostile() {
        let pattern = String(repeating: "a*", count: 500) + "b"
        let text = String(repeating: "a", count: 2_000)
        var matched = true
        let took = ContinuousClock().measure { matched = Silence.glob(pattern, matches: text) }
        #expect(!matched)
        #expect(took < .seconds(1))
    }
}
