import Delivery
import Foundation
import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct ContactCommandTests {
    /// The six digits of the message that waits for the contact.
    private func code(_ chat: Conversations, _ channel: ChannelKind = .email) async throws -> String {
        let sent = try #require(try await chat.replies(channel).last)
        return try #require(sent.text.firstMatch(of: /[0-9]{6}/).map { String($0.0) })
    }

    @Test("an address is used once its code came back: asked, confirmed, shown, ended")
    func email() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/email").contains("/email me@example.com"))
        #expect(try await chat.answer("/email Me@Example.com").contains("Me@example.com"))
        #expect(try await chat.answer("/email").contains("waits for its code"))
        let person = try #require(try await chat.person())
        #expect(try await chat.store.read { try $0.addresses(of: person.id) }.map(\.channel) == [.telegram])
        let code = try await code(chat)
        #expect(try await chat.answer("/verify \(code)").contains("Me@example.com is yours"))
        #expect(try await chat.store.read { try $0.addresses(of: person.id) }.map(\.channel) == [.email, .telegram])
        #expect(try await chat.answer("/email me@example.com").contains("on already"))
        let settings = try await chat.answer("/settings")
        #expect(settings.contains("M…@e….com") && !settings.contains("Me@example.com"))
        #expect(try await chat.answer("/export").contains("Me@example.com"))
        #expect(try await chat.answer("/email off").contains("erased"))
        #expect(try await chat.answer("/email off").contains("no e-mail address"))
        #expect(try await chat.store.read { try $0.addresses(of: person.id) }.map(\.channel) == [.telegram])
    }

    @Test("the code goes to that contact on its channel, and the answer in the chat does not show it")
    func codeIsNotShown() async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        let answer = try await chat.answer("/phone +34 600 111 222")
        #expect(answer.contains("+34600111222"))
        let sent = try #require(try await chat.replies(.sms).first)
        let code = try #require(sent.text.firstMatch(of: /[0-9]{6}/).map { String($0.0) })
        #expect(!answer.contains(code))
        #expect(try await chat.book.address(of: sent.address, on: .sms) == "+34600111222")
        #expect(sent.text.utf8.count <= 160)
        // Written as people write it.
        #expect(try await chat.answer("/verify \(code.prefix(3))-\(code.suffix(3))").contains("is yours"))
    }

    @Test("a wrong code says how many tries are left; what is no code says so and costs nothing")
    func wrongCodes() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/verify 123456").contains("Nothing waits"))
        #expect(try await chat.answer("/verify").contains("six digits"))
        try await chat.say("/email me@example.com")
        let code = try await code(chat)
        let wrong = code == "123456" ? "654321" : "123456"
        #expect(try await chat.answer("/verify 12345").contains("cannot read"))
        #expect(try await chat.answer("/verify ١٢٣٤٥٦").contains("cannot read"))
        for left in ["4 tries are", "3 tries are", "2 tries are", "1 try is"] {
            #expect(try await chat.answer("/verify \(wrong)").contains(left))
        }
        #expect(try await chat.answer("/verify \(wrong)").contains("void"))
        #expect(try await chat.answer("/verify \(code)").contains("Nothing waits"))
    }

    @Test("limits of codes are told with the time that is left")
    func limits() async throws {
        let chat = try await Conversations()
        try await chat.say("/email a@example.com")
        #expect(try await chat.answer("/email a@example.com").contains("1 h"))
        chat.wall.advance(by: .minutes(11))
        try await chat.say("/email b@example.com")
        try await chat.say("/email c@example.com")
        #expect(try await chat.answer("/email d@example.com").contains("3 codes"))
        #expect(try await chat.replies(.email).count <= 3)
        chat.wall.advance(by: .days(1))
        #expect(try await chat.answer("/email d@example.com").contains("on its way"))
    }

    @Test(
        "what is no address or number gets one sentence with an example",
        arguments: [
            ("/email me@", "e-mail address"), ("/email me@example.com you@example.com", "e-mail address"),
            ("/email <script>", "e-mail address"), ("/phone 600111222", "phone number"),
            ("/phone hello", "phone number"),
            ("/phone +1 415 555 2671", "not allowed"),
        ])
    func mistakes(line: String, words: String) async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        let answer = try await chat.answer(line)
        #expect(answer.contains(words))
        #expect(!answer.contains("\n"))
        #expect(try await chat.replies(.email).isEmpty)
        #expect(try await chat.replies(.sms).isEmpty)
    }

    @Test("phones are for operators, or for those who were invited; never for everybody of an open bot")
    func smsAccess() async throws {
        let operators = try await Conversations()
        #expect(try await operators.answer("/phone +34600111222").contains("SMS_ACCESS"))
        var policy = ContactPolicy(channels: [.sms], smsAccess: .invited, smsPrefixes: ["+34"])
        let open = try await Conversations(contacts: policy)
        #expect(try await open.answer("/phone +34600111222").contains("SMS_ACCESS"))
        let person = Recipient(id: RecipientID(1), kind: .person, createdAt: Timestamp(seconds: 0))
        #expect(policy.mayUseSMS(person, access: .invite))
        #expect(policy.mayUseSMS(person, access: .claim))
        policy.smsAccess = .operators
        #expect(!policy.mayUseSMS(person, access: .invite))
        let none = try await Conversations(contacts: ContactPolicy())
        #expect(try await none.answer("/email me@example.com").contains("SMTP_SERVER"))
        #expect(try await none.answer("/phone +34600111222").contains("TWILIO_"))
    }

    @Test("an address that was unsubscribed works again by its owner's word; one that STOP ended needs START")
    func again() async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        for line in ["/email me@example.com", "/phone +34600111222"] { try await chat.say(line) }
        let mail = try #require(try await chat.replies(.email).last)
        let digits = try #require(mail.text.firstMatch(of: /[0-9]{6}/))
        try await chat.say("/verify \(digits.0)")
        try await chat.say("/verify \(code(chat, .sms))")
        #expect(try await chat.book.unsubscribe(mail.address))
        #expect(try await chat.sms.setWanted(false, number: "+34600111222", messageID: "SM1", now: chat.wall.now))
        #expect(try await chat.replies().map(\.text).joined().contains("link in a mail"))
        #expect(try await chat.answer("/channels").contains("turned off"))
        #expect(try await chat.answer("/email me@example.com").contains("on again"))
        #expect(try await chat.answer("/phone +34600111222").contains("START"))
        #expect(try await chat.replies(.email).isEmpty)
    }

    @Test("a place has no contacts, and none of this works there")
    func places() async throws {
        let chat = try await Conversations()
        try await chat.say("/start", from: "1")
        for name in ["email", "phone", "verify", "link", "channels", "budget", "escalate"] {
            let reply = try await chat.say("/\(name) x", from: "1", group: "-100", administrator: true)
            #expect(reply.first?.text.contains("private chat only") == true, "\(name)")
        }
        let settings = try await chat.say("/settings", from: "1", group: "-100", administrator: true)
        #expect(settings.first?.text.contains("Loud") == false)
    }

    @Test("channels are shown with their levels, chosen by button, and set back")
    func channels() async throws {
        let chat = try await Conversations()
        let view = try #require(try await chat.say("/channels").first)
        #expect(view.text.contains("Telegram: everything") && view.text.contains("no address yet"))
        let choices = try #require(try await chat.say("/channels email").first)
        #expect(choices.commands.contains("/channels email critical !"))
        #expect(try await chat.answer("/channels email critical").contains("critical only"))
        #expect(try await chat.person()?.preferences.channelLevels[.email] == .critical)
        #expect(try await chat.answer("/channels sms low").contains("critical alerts only"))
        #expect(try await chat.answer("/channels pigeon low").contains("no channel"))
        #expect(try await chat.answer("/channels email loud").contains("cannot read"))
        #expect(try await chat.say("/channels").first?.commands.contains("/channels default !") == true)
        try await chat.say("/channels default")
        #expect(try await chat.person()?.preferences.channelLevels == ChannelLevels())
        for line in ["/channels email", "/channels"] {
            #expect(try await chat.say(line).first?.commands.allSatisfy { $0.utf8.count <= 64 } == true)
        }
    }

    @Test("budget and escalation are chosen, shown and ended")
    func budgetAndEscalation() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/budget").contains("no limit"))
        #expect(try await chat.answer("/budget 1").contains("1 loud alert a day"))
        #expect(try await chat.person()?.preferences.attentionBudget == 1)
        for bad in ["0", "-3", "501", "many", "1.5"] {
            #expect(try await chat.answer("/budget \(bad)").contains("from 1 to 500"))
        }
        #expect(try await chat.person()?.preferences.attentionBudget == 1)
        #expect(try await chat.answer("/escalate").contains("stay on their channels"))
        #expect(try await chat.answer("/escalate critical").contains("Critical alerts"))
        #expect(try await chat.answer("/escalate low").contains("cannot read"))
        #expect(try await chat.person()?.preferences.escalation == .critical)
        let settings = try await chat.answer("/settings")
        #expect(settings.contains("Loud alerts a day: 1") && settings.contains("critical only"))
        try await chat.say("/budget off")
        try await chat.say("/escalate off")
        #expect(try await chat.person()?.preferences.attentionBudget == nil)
        #expect(try await chat.person()?.preferences.escalation == .off)
    }

    @Test("forgetting takes contacts along, and privacy says what is kept of them")
    func forget() async throws {
        let chat = try await Conversations()
        try await chat.say("/email me@example.com")
        try await chat.say("/verify \(code(chat))")
        #expect(try await chat.answer("/privacy").contains("sealed"))
        let question = try #require(try await chat.say("/forget").first)
        try await chat.say(question.commands[0])
        #expect(try await chat.person() == nil)
        #expect(try await chat.answer("/export").contains("me@example.com") == false)
    }
}
