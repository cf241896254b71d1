import Decisions
import Storage
import Market
import People
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct PreferenceCommandTests {
    @Test("subscriptions are made with a strength, changed, listed and ended")
    func subscriptions() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/subscribe BTC eth min 70%").contains("70%"))
        let id = try #require(try await chat.person()?.id)
        let held = try await chat.store.read { try $0.subscriptions(of: id) }
        #expect(Set(held.map(\.symbol.base)) == ["BTC", "ETH"])
        #expect(held.allSatisfy { $0.minimumStrength == 0.7 })
        try await chat.say("/subscribe BTC")
        #expect(
            try await chat.store.read { try $0.subscriptions(of: id) }.first { $0.symbol.base == "BTC" }?
                .minimumStrength == 0.6)
        #expect(try await chat.answer("/list").contains("Subscriptions (2)"))
        #expect(try await chat.answer("/unsubscribe ETH").contains("1 subscription is left"))
        #expect(try await chat.answer("/unsubscribe ETH").contains("not subscribed to ETH"))
        #expect(try await chat.answer("/unsubscribe all").contains("0 subscriptions are left"))
        #expect(try await chat.answer("/unsubscribe").contains("no subscriptions"))
        #expect(chat.heard.now.demand == [Symbol("BTC")!, Symbol("ETH")!])
    }

    @Test(
        "a strength is read as people write it",
        arguments: [("70%", 0.7), ("70", 0.7), ("0.7", 0.7), ("0,7", 0.7), ("100%", 1), ("0%", 0)])
    func strength(text: String, value: Double) throws {
        #expect(abs(try #require(SubscribeCommand.share(text)) - value) < 1e-12)
    }

    @Test("what is no strength is refused", arguments: ["x", "101%", "-1", "nan", "inf", ""])
    func noStrength(text: String) {
        #expect(SubscribeCommand.share(text) == nil)
    }

    @Test("a zone is found by its name or its city, in any case; others get the nearest")
    func zones() async throws {
        let chat = try await Conversations()
        for (written, zone) in [
            ("Europe/Madrid", "Europe/Madrid"), ("madrid", "Europe/Madrid"), ("new york", "America/New_York"),
            ("ASIA/KOLKATA", "Asia/Kolkata"), ("utc", "UTC"),
        ] {
            #expect(try await chat.answer("/timezone \(written)").contains(zone))
            #expect(try await chat.person()?.preferences.zone == zone)
        }
        let reply = try #require(try await chat.say("/timezone Madird").first)
        #expect(reply.commands.contains("/timezone Europe/Madrid !"))
        #expect(try await chat.person()?.preferences.zone == "UTC")
        #expect(try await chat.say("/timezone").first?.commands.isEmpty == false)
    }

    @Test("a language is taken at once, and a foreign one is refused")
    func language() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/language ES").contains("te escribo en Español"))
        #expect(try await chat.answer("/movers").contains("Todavía"))
        #expect(try await chat.answer("/language xx").contains("No hablo"))
        #expect(try await chat.answer("/language english").contains("write in English"))
    }

    @Test(
        "first contact speaks the platform's language where we do, else English",
        arguments: [("es", "Hola"), ("es-419", "Hola"), ("de", "Hello"), (nil, "Hello")])
    func hint(tag: String?, word: String) async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/start", language: tag).contains(word))
    }

    @Test("quiet hours are set, shown and ended; nonsense is refused with an example")
    func quiet() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/quiet 22:00 - 07:00").contains("22:00-07:00"))
        #expect(try await chat.person()?.preferences.quietHours == QuietHours(start: 1_320, end: 420))
        #expect(try await chat.answer("/settings").contains("22:00-07:00"))
        #expect(try await chat.answer("/quiet 7-8").contains("cannot read"))
        #expect(try await chat.person()?.preferences.quietHours != nil)
        #expect(try await chat.answer("/quiet off").contains("No quiet hours"))
        #expect(try await chat.person()?.preferences.quietHours == nil)
    }

    @Test("muting counts on the clock of rules")
    func mute() async throws {
        let chat = try await Conversations()
        chat.rules.advance(by: .days(-100))
        try await chat.say("/mute 2h")
        #expect(try await chat.person()?.preferences.mutedUntil == chat.rules.now + .hours(2))
        #expect(try await chat.answer("/mute 99d").contains("At most 30 d"))
        #expect(try await chat.answer("/mute soon").contains("cannot read"))
        #expect(try await chat.answer("/unmute").contains("come again"))
        #expect(try await chat.answer("/unmute").contains("not muted"))
    }

    @Test("stop keeps everything and start goes on")
    func stop() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe BTC")
        #expect(try await chat.answer("/stop").contains("nothing is lost"))
        #expect(try await chat.person()?.stopped == true)
        #expect(try await chat.answer("/list").contains("on pause"))
        #expect(try await chat.answer("/start").contains("flow again"))
        #expect(try await chat.person()?.stopped == false)
    }

    @Test("start takes a deep link to alerts of a symbol, and is kind about others")
    func deepLinks() async throws {
        let chat = try await Conversations()
        #expect(try await chat.say("/start alert_eth").first?.commands.contains("/alert ETH change(24h) > 5%") == true)
        #expect(try await chat.answer("/start alert_nothing").contains("I do not know the symbol nothing"))
        #expect(try await chat.answer("/start r_zzz").contains("not one of mine"))
        #expect(try await chat.answer("/start i_anything").contains("in already"))
    }

    @Test("forgetting needs its button, erases everything, and the answer has no owner")
    func forget() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe BTC")
        let draft = try #require(try await chat.say("/alert ETH > 1").first)
        try await chat.say(draft.commands[0])
        let question = try #require(try await chat.say("/forget").first)
        #expect(try await chat.person() != nil)
        let done = try #require(try await chat.say(question.commands[0], pressedOn: "3").first)
        #expect(done.text.contains("erased"))
        #expect(done.recipient == nil)
        #expect(try await chat.person() == nil)
        #expect(chat.heard.now.rules.contains { if case .removed(_) = $0 { true } else { false } })
    }

    @Test("an export holds the asker's data, cut into blocks that a message takes")
    func export() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe SOL")
        let reply = try #require(try await chat.say("/export").first)
        #expect(reply.text.contains("SOL"))
        let long = String(repeating: "{\"a\": \"ñandú\"},\n", count: 2_000) + String(repeating: "x", count: 9_000)
        let blocks = ExportCommand.blocks(of: long)
        #expect(blocks.allSatisfy { $0.utf8.count <= 3_500 })
        #expect(blocks.joined().filter { $0 != "\n" } == long.filter { $0 != "\n" })
    }
}
