import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct SharingTests {
    private func withRule(access: AccessMode = .open) async throws -> Conversations {
        let chat = try await Conversations(
            access: access, administrators: [Identity(platform: .telegram, externalID: "1")])
        let draft = try await chat.say("/alert BTC > 70000")
        try await chat.say(try #require(draft.first?.commands.first), pressedOn: "1")
        return chat
    }

    @Test("a shared rule is a link and a code; opening it asks the usual confirmation, and makes the opener's own rule")
    func open() async throws {
        let chat = try await withRule()
        #expect(try await chat.say("/alerts").first?.commands.contains("/share 1") == true)
        let shared = try await chat.answer("/share 1")
        #expect(shared.contains("https://t.me/vigia_test_bot?start=rule_code1"))
        #expect(shared.contains("/start rule_code1"))
        for opener in ["2", "3"] {
            let draft = try #require(try await chat.say("/start rule_code1", from: opener).first)
            #expect(draft.text.contains("BTC > 70000"))
            #expect(try await chat.ruleTexts(opener).isEmpty, "nothing is made before it is confirmed")
            try await chat.say(draft.commands[0], from: opener, pressedOn: "1")
            #expect(try await chat.ruleTexts(opener) == ["BTC > 70000"])
        }
        let mine = try await chat.answer("/start rule_code1")
        #expect(mine.contains("You have that rule already"))
    }

    @Test("on another platform the code does the same")
    func otherPlatform() async throws {
        let chat = try await withRule()
        try await chat.say("/share 1")
        for platform in [Platform.discord, .terminal] {
            let draft = try #require(try await chat.say("/start rule_code1", from: "9", on: platform).first)
            #expect(draft.text.contains("BTC > 70000"))
        }
    }

    @Test("a shared rule is no invitation: a stranger is not told what it says")
    func strangers() async throws {
        let chat = try await withRule(access: .invite)
        try await chat.say("/share 1")
        let answer = try await chat.answer("/start rule_code1", from: "2")
        #expect(answer.contains("by invitation") && !answer.contains("70000"))
    }

    @Test("a link ends after thirty days, with its owner's data, and with the twentieth newer one")
    func ends() async throws {
        let chat = try await withRule()
        try await chat.say("/share 1")
        for _ in 0..<SharedRule.most {
            chat.wall.advance(by: .seconds(4))
            try await chat.say("/share 1")
        }
        #expect(try await chat.answer("/start rule_code1", from: "2").contains("shared rule is unknown"))
        #expect(try await chat.answer("/start rule_code2", from: "2").contains("70000"))
        chat.wall.advance(by: SharedRule.life)
        #expect(try await chat.answer("/start rule_code21", from: "2").contains("shared rule is unknown"))
        try await chat.say("/share 1")
        let ask = try await chat.say("/forget")
        try await chat.say(try #require(ask.first?.commands.first), pressedOn: "1")
        #expect(try await chat.answer("/start rule_code22", from: "2").contains("shared rule is unknown"))
    }

    @Test("only one's own rules can be shared")
    func own() async throws {
        let chat = try await withRule()
        #expect(try await chat.answer("/share 1", from: "2").contains("no rule #1"))
        #expect(try await chat.answer("/share").contains("Which rule"))
    }

    @Test("deep links lead where their command would")
    func links() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61000", at: chat.wall.now)
        let symbol = try #require(Symbol("BTC"))
        try await chat.candles.save(
            candles(200, endingAt: chat.wall.now), of: CandleSeries(symbol: symbol, timeframe: .h4, venue: .simulated))
        #expect(try await chat.say("/start alert_BTC").first?.text.contains("Alert me about BTC") == true)
        #expect(try await chat.answer("/start price_btc").contains("61,000"))
        #expect(try await chat.answer("/start chart_BTC_4h").contains("4h"))
        #expect(try await chat.say("/start price_BTX").first?.commands.contains("/price BTC") == true)
        #expect(try await chat.say("/start alert_BTX").first?.commands.contains("/alert BTC") == true)
        for payload in ["forget_yes", "ops_pause", "price", "rule_", "unheard-of"] {
            #expect(try await chat.answer("/start \(payload)").contains("everything else works") || payload == "rule_")
        }
    }

    @Test("a link wakes whoever had stopped")
    func wakes() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61000", at: chat.wall.now)
        try await chat.say("/start")
        try await chat.say("/stop")
        try await chat.say("/start price_BTC")
        #expect(try await chat.person()?.stopped == false)
    }
}
