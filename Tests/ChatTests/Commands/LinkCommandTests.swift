import Decisions
import Delivery
import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct LinkCommandTests {
    private func madeCode(_ chat: Conversations, from id: String = "1") async throws -> String {
        let reply = try #require(try await chat.say("/link", from: id).first)
        return try #require(reply.text.firstMatch(of: /\/link ([A-Za-z0-9_-]+)/).map { String($0.1) })
    }

    private func rule(_ chat: Conversations, _ text: String, _ number: String, _ platform: Platform) async throws {
        let draft = try await chat.say("/alert \(text)", from: number, on: platform).first
        _ = try await chat.say(try #require(draft?.commands.first), from: number, on: platform)
    }

    @Test("a code of one platform joins the other's identity after a button, with rules and subscriptions")
    func joins() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe BTC")
        try await rule(chat, "BTC > 1", "1", .telegram)
        _ = try await chat.say("/subscribe SOL", from: "77", on: .discord)
        try await rule(chat, "ETH > 5", "77", .discord)
        let one = try #require(try await chat.person())
        let code = try await madeCode(chat)
        let question = try #require(try await chat.say("/link \(code)", from: "77", on: .discord).first)
        #expect(question.text.contains("telegram"))
        let button = try #require(question.commands.first)
        #expect(button.utf8.count <= 64)
        let done = try #require(try await chat.say(button, from: "77", on: .discord).first)
        #expect(done.text.contains("#1 → #2"))
        #expect(done.recipient == one.id)
        let rules = try await chat.store.read { try $0.rules(of: one.id) }
        #expect(rules.map { "\($0.number) \($0.text)" } == ["1 BTC > 1", "2 ETH > 5"])
        #expect(try await chat.store.read { try $0.subscriptions(of: one.id) }.count == 2)
        #expect(chat.heard.now.rules.contains(.added(rules[1])))
        #expect(try await chat.replies().map(\.text).joined().contains("discord:77 is joined"))
        // Either chat speaks of the same person now.
        #expect(try await chat.say("/alerts", from: "77", on: .discord).first?.text.contains("BTC > 1") == true)
        #expect(try await chat.say("/link \(code)", from: "78", on: .discord).first?.text.contains("unknown") == true)
    }

    @Test("a stranger of an invited bot comes in through the code, and through nothing else")
    func stranger() async throws {
        let admin = Identity(platform: .telegram, externalID: "1")
        let chat = try await Conversations(access: .invite, administrators: [admin])
        try await chat.say("/start")
        #expect(try await chat.say("/price BTC", from: "9", on: .discord).first?.text.contains("invitation") == true)
        #expect(try await chat.say("/link nonsense", from: "9", on: .discord).first?.text.contains("unknown") == true)
        #expect(try await chat.say("/link", from: "9", on: .discord).first?.text.contains("where I know you") == true)
        let code = try await madeCode(chat)
        let question = try #require(try await chat.say("/link \(code)", from: "9", on: .discord).first)
        _ = try await chat.say(try #require(question.commands.first), from: "9", on: .discord)
        let id = try #require(try await chat.person()?.id)
        let joined = try await chat.store.read {
            try $0.recipient(for: Identity(platform: .discord, externalID: "9"))
        }
        #expect(joined?.id == id)
        #expect(try await chat.store.read { try $0.addresses(of: id) }.map(\.channel) == [.discord, .telegram])
        #expect(try await chat.say("/movers", from: "9", on: .discord).first?.text.contains("invitation") == false)
    }

    @Test("a code dies after ten minutes, works once, is no use to its maker, and a new one voids it")
    func codes() async throws {
        let chat = try await Conversations()
        let first = try await madeCode(chat)
        let second = try await madeCode(chat)
        #expect(try await chat.say("/link \(first)", from: "9", on: .discord).first?.text.contains("unknown") == true)
        #expect(try await chat.answer("/link \(second)").contains("your own code"))
        chat.wall.advance(by: .minutes(10))
        #expect(try await chat.say("/link \(second)", from: "9", on: .discord).first?.text.contains("unknown") == true)
    }

    @Test("an operator is not joined to somebody by that somebody's code")
    func operators() async throws {
        let admin = Identity(platform: .discord, externalID: "9")
        let chat = try await Conversations(administrators: [admin])
        let code = try await madeCode(chat)
        let answer = try await chat.say("/link \(code)", from: "9", on: .discord).first
        #expect(answer?.text.contains("operator") == true)
        #expect(answer?.commands.isEmpty == true)
        #expect(try await chat.person()?.role == .user)
    }

    @Test("nothing is joined where it would not fit, and nothing is lost")
    func limits() async throws {
        let chat = try await Conversations(mostRules: 2)
        for text in ["BTC > 1", "BTC > 2"] { try await rule(chat, text, "1", .telegram) }
        try await rule(chat, "ETH > 5", "77", .discord)
        let code = try await madeCode(chat)
        let refused = try await chat.say("/link \(code)", from: "77", on: .discord).first
        #expect(refused?.text.contains("3 rules") == true)
        #expect(refused?.commands.isEmpty == true)
        #expect(try await chat.ruleTexts().count == 2)
        #expect(
            try await chat.store.read {
                try $0.recipient(for: Identity(platform: .discord, externalID: "77"))
            } != nil)
    }
}
