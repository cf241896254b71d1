import Storage
import Delivery
import Messages
import Decisions
import Market
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct AlertCommandTests {
    @Test("a rule is read back, confirmed, listed, paused, resumed and deleted")
    func life() async throws {
        let chat = try await Conversations()
        let draft = try #require(try await chat.say("/alert btc  >  70k").first)
        #expect(draft.text.contains("BTC > 70000"))
        #expect(try await chat.ruleTexts().isEmpty, "nothing is made before the button")
        let made = try #require(try await chat.say(draft.commands[0], pressedOn: "5").first)
        #expect(made.form == .edit(messageID: "5"))
        #expect(try await chat.ruleTexts() == ["BTC > 70000"])
        guard case .added(let rule) = chat.heard.now.rules.first else {
            Issue.record("the watch heard \(chat.heard.now.rules)")
            return
        }
        #expect(rule.number == 1)
        #expect(chat.heard.now.demand == [Symbol("BTC")!])

        #expect(try await chat.answer("/alert BTC > 70000").contains("already: #1"))
        #expect(try await chat.answer("/pause #1").contains("silent now"))
        #expect(try await chat.answer("/alerts").contains("paused"))
        #expect(try await chat.answer("/resume 1").contains("speaks again"))
        #expect(chat.heard.now.rules.dropFirst() == [.paused(rule.id), .resumed(rule.id)])

        let question = try #require(try await chat.say("/delete 1").first)
        #expect(try await chat.ruleTexts().count == 1)
        chat.wall.advance(by: .seconds(62))
        #expect(try await chat.answer(question.commands[0]).contains("expired"))
        #expect(try await chat.ruleTexts().count == 1)
        let again = try #require(try await chat.say("/delete #1").first)
        #expect(try await chat.answer(again.commands[0]).contains("deleted"))
        #expect(try await chat.ruleTexts().isEmpty)
        #expect(chat.heard.now.rules.last == .removed(rule.id))
    }

    @Test("a mistake points at its character in the text as it was typed")
    func mistake() async throws {
        let chat = try await Conversations()
        let reply = try #require(try await chat.say("/alert BTC > ").first)
        #expect(reply.text.contains("column"))
        let wrong = try #require(try await chat.say("/alert BTC > banana").first)
        guard
            case .preformatted(let shown) = wrong.message.blocks.first(where: {
                if case .preformatted = $0 { true } else { false }
            })
        else {
            Issue.record("no preformatted block in \(wrong.text)")
            return
        }
        let lines = shown.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        let caret = try #require(lines[1].firstIndex(of: "^"))
        #expect(lines[0][caret...].hasPrefix("banana"))
        #expect(try await chat.answer("/alert BTC > banana", language: "es").isEmpty == false)
    }

    @Test("a cancelled or old draft makes nothing")
    func drafts() async throws {
        let chat = try await Conversations()
        let first = try #require(try await chat.say("/alert BTC > 1").first)
        #expect(try await chat.answer(first.commands[2]).contains("Nothing was made"))
        #expect(try await chat.answer(first.commands[0]).contains("no longer waiting"))
        let second = try #require(try await chat.say("/alert BTC > 2").first)
        chat.wall.advance(by: .minutes(11))
        #expect(try await chat.answer(second.commands[0]).contains("no longer waiting"))
        #expect(try await chat.ruleTexts().isEmpty)
        for line in ["/alert confirm", "/alert confirm x", "/alert confirm 999", "/alert cancel"] {
            #expect(try await chat.say(line).count == 1)
        }
    }

    @Test("nobody has more rules than the limit, by however many drafts")
    func limit() async throws {
        let chat = try await Conversations(mostRules: 2)
        var confirms: [String] = []
        for level in 1...3 {
            confirms.append(try #require(try await chat.say("/alert BTC > \(level)").first?.commands.first))
        }
        for confirm in confirms { try await chat.say(confirm) }
        #expect(try await chat.ruleTexts().count == 2)
        #expect(try await chat.answer("/alert BTC > 9").contains("At most 2 rules"))
    }

    @Test("without a rule there are examples, and a symbol alone gets ideas that are rules")
    func ideas() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61234.5", at: chat.wall.now)
        #expect(try await chat.say("/alert").first?.commands == ["/alert BTC", "/alert ETH"])
        let ideas = try #require(try await chat.say("/alert bitcoin").first)
        #expect(ideas.commands.count == 4)
        #expect(ideas.commands[0] == "/alert BTC > 64300")
        for line in ideas.commands {
            #expect(try await chat.say(line).first?.commands.first?.hasPrefix("/alert confirm") == true, "\(line)")
        }
    }

    @Test(
        "a price level is rounded to what a person would name",
        arguments: [(64_296.2, "64300"), (0.0000123456, "0.0000123"), (1.0, "1"), (0.99999, "1"), (105, "105")])
    func rounding(price: Double, text: String) {
        #expect(AlertIdeas.rounded(price) == text)
    }

    @Test("the confirmation says how often the rule would have fired, and on what")
    func preview() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/alert BTC > 150").contains("no stored history"))
        let hourly = CandleSeries(symbol: Symbol("ETH")!, timeframe: .h1, venue: .simulated)
        // Above 150 for one hour in each day of sixty.
        try await chat.candles.save(
            candles(24 * 60, endingAt: chat.wall.now) { $0 % 24 == 12 ? 160 : 100 }, of: hourly)
        let draft = try await chat.answer("/alert ETH > 150")
        #expect(draft.contains("last week: 7"))
        #expect(draft.contains("last month: 30"))
        #expect(!draft.contains("last year"))
        #expect(draft.contains(": 60"))
        #expect(draft.contains("ETH"))
        #expect(try await chat.answer("/alert ETH > 150 or BTC > 1").contains("several symbols at once"))
    }

    @Test("rules are paged, and every page has buttons for its own")
    func paging() async throws {
        let chat = try await Conversations()
        for level in 1...7 {
            let draft = try #require(try await chat.say("/alert BTC > \(level)000").first)
            try await chat.say(draft.commands[0])
        }
        let first = try #require(try await chat.say("/alerts").first)
        #expect(first.commands.contains("/alerts 2 !"))
        #expect(first.commands.contains("/delete 5"))
        #expect(!first.commands.contains("/delete 6"))
        let second = try #require(try await chat.say("/alerts 2 !", pressedOn: "8").first)
        #expect(second.form == .edit(messageID: "8"))
        #expect(second.text.contains("#7"))
        #expect(second.text.contains("2/2"))
        #expect(try await chat.answer("/alerts 99").contains("2/2"))
    }
}
