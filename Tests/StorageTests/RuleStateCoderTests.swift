import Decisions
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite("The stored state of a rule", .oneAtATime)
struct RuleStateCoderTests {
    private func decode(_ text: String) throws -> RuleState {
        var text = text
        return try text.withUTF8 { try RuleStateCoder.decode($0) }
    }

    static let states: [RuleState] = [
        RuleState(), RuleState(sequence: 7), RuleState(symbols: ["BTC": .init()]),
        RuleState(sequence: 2, symbols: ["ETH/BTC": .init(phase: .spent, lastFiredAt: .start)]),
        RuleState(
            sequence: .max,
            symbols: [
                "BTC": .init(phase: .armed, lastFiredAt: .start, heldSince: .start - .minutes(3)),
                "ETH": .init(phase: .new, heldSince: Timestamp(milliseconds: -1)), "SOL": .init(phase: .armed),
            ]),
        // Never a symbol, but a key all the same.
        RuleState(sequence: 1, symbols: ["a \"b\\": .init(phase: .armed), "ñ": .init(phase: .spent)]),
    ]

    @Test("what is written is read back, by the general decoder, too", arguments: states)
    func roundTrip(state: RuleState) throws {
        let text = try RuleStateCoder.encode(state)
        #expect(try decode(text) == state)
        #expect(try StoredJSON.decode(RuleState.self, from: text) == state)
        // As earlier versions wrote it, and spaced.
        #expect(try decode(try StoredJSON.encode(state)) == state)
        #expect(try decode(try StoredJSON.encode(state, pretty: true)) == state)
    }

    @Test(
        "a damaged state is refused, not guessed",
        arguments: [
            "", "{}", "[]", "{\"sequence\":1}", "{\"sequence\":1,\"symbols\":{}", "{\"sequence\":1.5,\"symbols\":{}}",
            "{\"sequence\":1,\"symbols\":{\"BTC\":{}}}", "{\"sequence\":1,\"symbols\":{\"BTC\":{\"phase\":\"gone\"}}}",
            "{\"sequence\":-,\"symbols\":{}}", "{\"sequence\":1,\"symbols\":{}}x",
        ])
    func damaged(text: String) {
        #expect(throws: StorageError.self) { try decode(text) }
    }

    @Test("rules are read a page at a time, in the order of their keys, without those that ended")
    func pages() async throws {
        let file = try await TemporaryDatabase()
        let owner = try await file.addPerson("1")
        let all = try await file.chat.write { session throws in
            try (1...7).map { try session.addRule(text: "BTC > \($0)", owner: owner.id, at: .start) }
        }
        _ = try await file.alerts.publish(DecisionBatch(endedRules: [all[2].id]), now: .start)
        #expect(try await file.rules.rules(after: nil, limit: 3).map(\.text) == ["BTC > 1", "BTC > 2", "BTC > 4"])
        #expect(try await file.rules.rules(after: all[3].id, limit: 3).map(\.number) == [5, 6, 7])
        #expect(try await file.rules.rules(after: all[6].id, limit: 3).isEmpty)
        var seen: [Int] = []
        try await RulePages(store: file.rules).forEach { seen.append($0.number) }
        #expect(seen == [1, 2, 4, 5, 6, 7])
    }
}
