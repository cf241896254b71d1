import Decisions
import Delivery
import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct SettingsMenuTests {
    @Test("every button of the menu opens its view in the same message, and each view leads back")
    func menu() async throws {
        let chat = try await Conversations()
        let menu = try #require(try await chat.say("/settings").first)
        #expect(menu.commands.count == 8)
        for command in menu.commands {
            #expect(command.hasPrefix("/settings ") && command.hasSuffix(" !"))
            let view = try #require(try await chat.say(command, pressedOn: "40").first)
            #expect(view.form == .edit(messageID: "40"))
            #expect(view.commands.last == "/settings !", "\(command)")
            #expect(view.commands.allSatisfy { $0.utf8.count <= 64 })
        }
        let back = try #require(try await chat.say("/settings !", pressedOn: "40").first)
        #expect(back.form == .edit(messageID: "40") && back.text == menu.text)
    }

    @Test("choices made in the menu are kept, and stay in the menu")
    func choices() async throws {
        let chat = try await Conversations()
        for command in [
            "/settings timezone Europe/Madrid !", "/settings quiet 22:00-07:00 !", "/settings budget 10 !",
            "/settings escalate high !", "/settings channels telegram high !", "/settings digest daily 08:00 !",
            "/settings mute 2h !", "/settings language es !",
        ] {
            let answer = try #require(try await chat.say(command, pressedOn: "40").first)
            #expect(answer.commands.last == "/settings !", "\(command)")
        }
        let preferences = try #require(try await chat.person()?.preferences)
        #expect(preferences.zone == "Europe/Madrid" && preferences.quietHours?.text == "22:00-07:00")
        #expect(preferences.attentionBudget == 10 && preferences.escalation == .high)
        #expect(preferences.channelLevels[.telegram] == .high && preferences.language == "es")
        #expect(preferences.mutedUntil == chat.rules.now + .hours(2))
        let text = try await chat.answer("/settings")
        #expect(text.contains("Resumen") && text.contains("08:00"))
        #expect(try await chat.say("/settings mute 1h !", pressedOn: "1").first?.commands.first == "/settings unmute !")
        try await chat.say("/settings unmute !", pressedOn: "1")
        #expect(try await chat.person()?.preferences.mutedUntil == nil)
    }

    @Test("in a group everybody sees the menu, administrators choose, and what is personal is not in it")
    func place() async throws {
        let chat = try await Conversations()
        let menu = try #require(try await chat.say("/settings", group: "-5", administrator: nil).first)
        #expect(menu.commands.count == 5)
        for line in ["/settings language es !", "/settings quiet !"] {
            let refused = try await chat.say(line, pressedOn: "3", group: "-5", administrator: false).first
            #expect(refused?.text.contains("Only administrators") == true)
        }
        let done = try await chat.say("/settings language es !", pressedOn: "3", group: "-5", administrator: true).first
        #expect(done?.text.contains("Español") == true)
        let personal = try await chat.say("/settings budget 3 !", pressedOn: "3", group: "-5", administrator: true)
        #expect(personal.first?.text.contains("privado") == true)
        #expect(CommandList.standard.needsAdministrator("/settings quiet !"))
        #expect(!CommandList.standard.needsAdministrator("/settings !"))
    }

    @Test("a long list is paged, subscriptions first, and no page repeats or loses a line")
    func list() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe BTC ETH SOL")
        let owner = try #require(try await chat.person()?.id)
        try await chat.store.write { session in
            for level in 1...40 { _ = try session.addRule(text: "BTC > \(level)", owner: owner, at: chat.wall.now) }
        }
        var lines: [String] = []
        for number in 1...3 {
            let page = try #require(try await chat.say("/list \(number) !", pressedOn: "2").first)
            #expect(page.form == .edit(messageID: "2"))
            #expect(page.text.contains("(3)") && page.text.contains("(40)") && page.text.contains("Page \(number)/3"))
            let turns = page.commands.filter { $0.hasPrefix("/list") }
            #expect(turns == [1, 2, 3].filter { abs($0 - number) == 1 }.map { "/list \($0) !" })
            lines += page.text.split(separator: "\n").map(String.init).filter {
                $0.hasPrefix("#") || $0.contains(" · from")
            }
        }
        #expect(lines.count == 43 && Set(lines).count == 43)
    }
}
