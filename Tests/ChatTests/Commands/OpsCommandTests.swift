import Storage
import Synchronization
import Market
import People
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct OpsCommandTests {
    private func agent() async throws -> Conversations {
        try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
    }

    @Test("status counts people, rules and the queue")
    func status() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "2")
        let answer = try await chat.answer("/ops")
        #expect(answer.contains("people 2"))
        #expect(answer.contains("operators 1"))
        #expect(answer.contains("2 h 46 min"))
    }

    @Test("sources are listed with what they lack")
    func sources() async throws {
        let chat = try await agent()
        #expect(try await chat.answer("/ops sources").contains("No source"))
        chat.board.state.withLock {
            $0.sources = [
                SourceHealth(source: "binance", state: .live, lastEventAt: chat.wall.now, malformed: ["not_finite": 2]),
                SourceHealth(source: "newsapi", state: .off, detail: "NEWS_API_KEY is not set"),
                SourceHealth(source: "coinbase", state: .circuitOpen, failures: 12, backfillProgress: 0.4),
            ]
        }
        let answer = try await chat.answer("/ops sources")
        #expect(answer.contains("binance: live"))
        #expect(answer.contains("not_finite 2"))
        #expect(answer.contains("NEWS_API_KEY is not set"))
        #expect(answer.contains("40%"))
    }

    @Test("pausing delivery is stored and told, and resuming undoes it")
    func pause() async throws {
        let chat = try await agent()
        try await chat.say("/ops pause")
        #expect(try await chat.store.read { try $0.setting("delivery.paused") } == "on")
        #expect(chat.heard.now.settings["delivery.paused"] == .some("on"))
        #expect(try await chat.answer("/ops status").contains("paused"))
        try await chat.say("/ops resume")
        #expect(try await chat.store.read { try $0.setting("delivery.paused") } == nil)
    }

    @Test("the last operator cannot be taken away, and a place is never one")
    func roles() async throws {
        let chat = try await agent()
        let me = try await chat.answer("/ops users")
        #expect(me.contains("telegram:1"))
        #expect(try await chat.answer("/ops role telegram:1 user").contains("last operator"))
        try await chat.say("/start", from: "2")
        #expect(try await chat.answer("/ops role telegram:2 operator").contains("operator now"))
        #expect(try await chat.answer("/ops users", from: "2").contains("telegram:1"))
        try await chat.say("/bind", from: "2", group: "-7", administrator: true)
        #expect(try await chat.answer("/ops role telegram:-7 operator").contains("no operator rights"))
        #expect(try await chat.answer("/ops role 999 user").contains("know nobody"))
        #expect(try await chat.answer("/ops role 1").contains("the roles are"))
        #expect(try await chat.answer("/ops ban").contains("Whom"))
    }

    @Test("queue, dead letters, log, test and unknown words answer")
    func others() async throws {
        let chat = try await agent()
        #expect(try await chat.answer("/ops dead").contains("no dead letters"))
        #expect(try await chat.answer("/ops retry all").contains("0 dead letters"))
        #expect(try await chat.answer("/ops retry").contains("Which"))
        #expect(try await chat.say("/ops queue").count == 1)
        #expect(try await chat.answer("/ops log 5").contains("line <one>"))
        #expect(try await chat.answer("/ops broadcast").contains("everybody"))
        #expect(try await chat.say("/ops statsu").first?.commands.first == "/ops status")
        #expect(try await chat.answer("/ops test").contains("on its way"))
    }
}
