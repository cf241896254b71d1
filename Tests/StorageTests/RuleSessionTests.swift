import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct RuleSessionTests {
    @Test("rules are numbered per owner and a number is never used again")
    func numbers() async throws {
        let file = try await TemporaryDatabase()
        let one = try await file.addPerson("1")
        let two = try await file.addPerson("2")
        try await file.chat.write { session throws in
            let first = try session.addRule(text: "BTC > 1", owner: one.id, at: .start)
            #expect(try session.addRule(text: "BTC > 2", owner: one.id, at: .start).number == 2)
            #expect(try session.addRule(text: "BTC > 3", owner: two.id, at: .start).number == 1)
            #expect(try session.rule(number: 1, of: one.id) == first)
            let second = try #require(try session.rule(number: 2, of: one.id))
            try session.deleteRule(second.id)
            #expect(try session.addRule(text: "BTC > 4", owner: one.id, at: .start).number == 3)
            #expect(try session.rules(of: one.id).map(\.number) == [1, 3])
            #expect(try session.ruleCount() == 3)
        }
    }

    @Test("state and pause survive a restart; a rule that ended is gone")
    func state() async throws {
        let file = try await TemporaryDatabase()
        let owner = try await file.addPerson("1")
        let (kept, ended) = try await file.chat.write { session throws in
            let kept = try session.addRule(text: "BTC > 1", owner: owner.id, at: .start)
            try session.setPaused(true, rule: kept.id)
            return (kept, try session.addRule(text: "BTC > 2 once", owner: owner.id, at: .start))
        }
        let state = RuleState(
            sequence: 3,
            symbols: ["BTC": .init(phase: .spent, lastFiredAt: .start, heldSince: .start - .minutes(3))])
        _ = try await file.alerts.publish(
            DecisionBatch(alerts: [], ruleStates: [kept.id: state], endedRules: [ended.id]), now: .start)
        let rules = try await SQLRuleStore(try await file.reopened()).rules(after: nil, limit: 100)
        #expect(rules.map(\.id) == [kept.id])
        #expect(rules.first?.paused == true)
        #expect(rules.first?.state == state)
        #expect(try await file.chat.read { try $0.rule(number: ended.number, of: owner.id) } == nil)
    }

    @Test("a draft is taken once, in time, by its owner only; old ones make room")
    func drafts() async throws {
        let file = try await TemporaryDatabase()
        let owner = try await file.addPerson("1")
        let other = try await file.addPerson("2")
        try await file.chat.write { session throws in
            let token = try session.addDraft(text: "BTC > 1", owner: owner.id, expiresAt: .start + .minutes(10))
            #expect(try session.takeDraft(token, owner: other.id, at: .start) == nil)
            #expect(try session.takeDraft(token, owner: owner.id, at: .start) == "BTC > 1")
            #expect(try session.takeDraft(token, owner: owner.id, at: .start) == nil)
            let late = try session.addDraft(text: "BTC > 2", owner: owner.id, expiresAt: .start)
            #expect(try session.takeDraft(late, owner: owner.id, at: .start) == nil)
            let tokens = try (0..<25).map {
                try session.addDraft(text: "BTC > \($0)", owner: owner.id, expiresAt: .start + .minutes(10))
            }
            #expect(try session.takeDraft(tokens[4], owner: owner.id, at: .start) == nil)
            #expect(try session.takeDraft(tokens[5], owner: owner.id, at: .start) == "BTC > 5")
        }
    }
}
