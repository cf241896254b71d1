import Market
import Messages
import People
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct SentenceTurnTests {
    private func conversation(access: Bool = true) async throws -> Conversations {
        let chat = try await Conversations(sentences: SentenceBook(overrides: SentenceMarket.locales))
        chat.board.put("BTC", "61234", at: chat.wall.now)
        chat.board.put("ETH", "2500", at: chat.wall.now)
        return chat
    }

    @Test("a question in plain words gets the command's own answer")
    func question() async throws {
        let chat = try await conversation()
        #expect(try await chat.answer("how is bitcoin doing?") == (try await chat.answer("/price BTC")))
        #expect(try await chat.answer("cuánto vale bitcoin") == (try await chat.answer("/price BTC")))
    }

    @Test("an alert in plain words is read back in canonical form and made by its button only")
    func alert() async throws {
        let chat = try await conversation()
        let draft = try #require(try await chat.say("alert me when BTC drops below 60k").first)
        #expect(draft.text.contains("BTC < 60000"))
        #expect(try await chat.ruleTexts().isEmpty)
        #expect(draft.commands.count == 3, "save, change, cancel")
        try await chat.say(draft.commands[0], pressedOn: "m")
        #expect(try await chat.ruleTexts() == ["BTC < 60000"])
    }

    @Test("changing a draft gives its text back and lets the draft go")
    func change() async throws {
        let chat = try await conversation()
        let draft = try #require(try await chat.say("alert me when ETH is over 3,000").first)
        #expect(try await chat.answer(draft.commands[1], pressedOn: "m").contains("/alert ETH > 3000"))
        #expect(try await chat.answer(draft.commands[0], pressedOn: "m").contains("no longer waiting"))
        #expect(try await chat.ruleTexts().isEmpty)
    }

    @Test("what is unclear is asked with buttons, and nothing is done until one is pressed")
    func unclear() async throws {
        let chat = try await conversation()
        let asked = try #require(try await chat.say("alert me when BTC drops below 60").first)
        #expect(Set(asked.commands) == ["/alert BTC < 60", "/alert BTC < 60000"])
        #expect(try await chat.ruleTexts().isEmpty)
        #expect(try await chat.answer("/alert BTC < 60000").contains("BTC < 60000"))
    }

    @Test("what is not understood gets two commands as buttons; a negation is never taken for its opposite")
    func unknown() async throws {
        let chat = try await conversation()
        for sentence in ["don't alert me when BTC drops below 60k", "what a lovely day", "no me avises de BTC nunca"] {
            let reply = try #require(try await chat.say(sentence).first)
            #expect(reply.commands.count == 2, "\(sentence)")
            #expect(reply.text.contains("did not understand"))
        }
        #expect(try await chat.ruleTexts().isEmpty)
    }

    @Test("the person's language is read first: a Spanish 1.500 is not an English one")
    func language() async throws {
        let chat = try await conversation()
        #expect(try await chat.answer("avísame si ETH baja de 1.500", from: "9", language: "es").contains("ETH < 1500"))
        #expect(try await chat.say("alert ETH < 1.500", from: "8").first?.commands.count == 2)
    }

    @Test("settings in plain words change what the command changes, and say so")
    func settings() async throws {
        let chat = try await conversation()
        try await chat.say("quiet hours from 10pm to 7am")
        #expect(try await chat.person()?.preferences.quietHours?.text == "22:00-07:00")
        try await chat.say("my timezone is Madrid")
        #expect(try await chat.person()?.preferences.zone == "Europe/Madrid")
        #expect(try await chat.answer("follow ETH with at least 70%").contains("70%"))
    }

    @Test("in a group a sentence has the rights of its command, and idle talk is left alone")
    func groups() async throws {
        let chat = try await conversation()
        let price = try await chat.say("price of btc", from: "8", group: "-7")
        #expect(price.first?.text.contains("61,234") == true)
        let refused = try await chat.say(
            "alert me when BTC drops below 60k", from: "8", group: "-7", administrator: false)
        #expect(refused.first?.text.contains("Only administrators") == true)
        #expect(try await chat.say("what a lovely day", from: "8", group: "-7").isEmpty)
    }

    @Test("a mistyped word is read where nothing is changed by it, and asked where something is")
    func typing() async throws {
        let market = try SentenceMarket()
        #expect(market.reader.read("pirce of bitcoin", language: "en") == .understood("/price BTC"))
        #expect(market.reader.read("unsubscrbe from BTC", language: "en") == .unclear(["/unsubscribe BTC"]))
    }

    @Test("help names the languages that sentences are understood in")
    func help() async throws {
        let chat = try await conversation()
        #expect(try await chat.answer("/help").contains("English, Español"))
        #expect(try await chat.answer("what can you do?").contains("English, Español"))
    }
}
