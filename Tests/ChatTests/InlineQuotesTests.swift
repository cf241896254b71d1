import Market
import Messages
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct InlineQuotesTests {
    private func ask(_ text: String, of chat: Conversations, by id: String = "1") async throws -> InlineAnswer {
        try await chat.inline.answer(
            InlineQuestion(sender: Identity(platform: .telegram, externalID: id), text: text, languageHint: "es"))
    }

    private func priced(_ access: AccessMode = .open) async throws -> Conversations {
        let chat = try await Conversations(access: access)
        for (name, price) in [("BTC", "61000"), ("ETH", "3000"), ("SOL", "150")] {
            chat.board.put(name, price, at: chat.wall.now, change24h: 0.02)
        }
        return chat
    }

    @Test("a symbol in any spelling gives its price card, written in the asker's language, without buttons")
    func card() async throws {
        let chat = try await priced()
        for text in ["btc", "$BTC", " bitcoin "] {
            let answer = try await ask(text, of: chat, by: text)
            let card = try #require(answer.cards.first)
            #expect(answer.cards.count == 1 && card.id == "BTC")
            #expect(card.title == "BTC 61.000" && card.detail.contains("+2,00"))
            #expect(card.message.plainText.contains("61.000") && card.message.buttons.isEmpty)
        }
        #expect(try await chat.person("btc") == nil, "asking inline stores nobody")
    }

    @Test(
        "without a symbol one's subscriptions are offered, else the default symbols; a misspelled one gives the nearest"
    )
    func others() async throws {
        let chat = try await priced()
        #expect(try await ask("", of: chat).cards.map(\.id) == ["BTC", "ETH"])
        try await chat.say("/subscribe SOL")
        #expect(try await ask("", of: chat).cards.map(\.id) == ["SOL"])
        #expect(try await ask("SOLL", of: chat).cards.first?.id == "SOL")
    }

    @Test("a card never tells what somebody paid")
    func entry() async throws {
        let chat = try await priced()
        try await chat.say("/entry BTC 50000 3")
        let text = try await ask("btc", of: chat).cards.map(\.message.plainText).joined()
        #expect(!text.contains("50.000") && !text.contains("50,000"))
    }

    @Test("a stranger of a closed bot is led to the private chat, and a banned person gets nothing")
    func access() async throws {
        let chat = try await priced(.invite)
        let answer = try await ask("btc", of: chat)
        #expect(answer.cards.isEmpty && answer.opening?.payload == "inline")
        let open = try await priced()
        try await open.say("/start")
        try await open.store.write { session in
            guard var person = try session.recipient(for: Identity(platform: .telegram, externalID: "1")) else {
                return
            }
            person.role = .blocked
            try session.update(person)
        }
        let silent = try await ask("btc", of: open)
        #expect(silent.cards.isEmpty && silent.opening == nil)
    }

    @Test("questions are throttled by themselves, not with commands")
    func throttled() async throws {
        let chat = try await priced()
        for _ in 0..<3 { #expect(try await ask("btc", of: chat).cards.count == 1) }
        #expect(try await ask("btc", of: chat).cards.isEmpty)
        #expect(try await chat.answer("/price BTC").contains("61"))
        chat.wall.advance(by: .minutes(1))
        #expect(try await ask("btc", of: chat).cards.count == 1)
    }
}
