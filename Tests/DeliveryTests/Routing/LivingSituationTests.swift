import Decisions
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct LivingSituationTests {
    private func frame(_ alert: Alert) throws -> LivingSituation.Frame {
        try #require(LivingSituation.Frame(alert))
    }

    @Test("a call that reaches its size and then fades is edited once a change of state")
    func stages() throws {
        let frame = try frame(opportunity("a", symbol: .btc))
        var situation = LivingSituation()
        #expect(situation.look(change: 0.021, hasFaded: false, age: .minutes(5), in: frame) == .edit(isNewState: true))
        #expect(situation.stage == .reached)
        #expect(situation.look(change: 0.022, hasFaded: false, age: .minutes(6), in: frame) == .nothing)
        #expect(situation.look(change: -0.011, hasFaded: false, age: .minutes(7), in: frame) == .edit(isNewState: true))
        #expect(situation.stage == .faded)
        // Nothing follows.
        #expect(situation.look(change: -0.011, hasFaded: true, age: .days(9), in: frame) == .nothing)
    }

    @Test("moves are shown in few edits, however long they go on")
    func bounded() throws {
        let frame = try frame(opportunity("a", symbol: .btc))
        var situation = LivingSituation()
        var edits = 0
        for step in 1...1_000 {
            let change = step.isMultiple(of: 2) ? 0.001 : 0.009
            if situation.look(change: change, hasFaded: false, age: .minutes(5), in: frame) != .nothing { edits += 1 }
        }
        #expect(edits == LivingSituation.mostEdits)
    }

    @Test("a rule's message fades with its condition and ends after a day")
    func rule() throws {
        let alert = Alert(
            naturalKey: "rule:1:1", symbol: .btc, priority: .medium, issuedAt: start,
            audience: .owner(RecipientID(1), via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: RuleID(1), owner: RecipientID(1), number: 1, text: "BTC > 1", symbol: .btc, sequence: 1,
                    at: start, price: 100, values: [])))
        let frame = try frame(alert)
        var faded = LivingSituation()
        #expect(faded.look(change: -0.5, hasFaded: false, age: .minutes(1), in: frame) == .edit(isNewState: false))
        #expect(faded.look(change: -0.5, hasFaded: true, age: .minutes(2), in: frame) == .edit(isNewState: true))
        var old = LivingSituation()
        #expect(old.look(change: nil, hasFaded: false, age: .hours(24), in: frame) == .edit(isNewState: true))
        #expect(old.stage == .over)
    }
}
