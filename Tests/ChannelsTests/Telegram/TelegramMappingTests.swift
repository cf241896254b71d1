import Chat
import Market
import People
import Testing
import Turns

@testable import Channels

@Suite("Telegram updates to messages", .oneAtATime)
struct TelegramMappingTests {
    let mapping = TelegramMapping(bot: TelegramBot(id: 99, username: "Vigia_Bot"))
    let now = Timestamp(seconds: 1_000)

    private func map(_ json: String) throws -> TelegramMapping.Mapped {
        mapping.map(try JSONValue(parsing: Array(json.utf8)), receivedAt: now)
    }

    private func message(
        _ text: String, chat: String = #"{"id":7,"type":"private"}"#, from: String = #"{"id":7,"is_bot":false}"#,
        more: String = ""
    ) throws -> TelegramMapping.Mapped {
        let text = String(decoding: JSONValue.string(text).encoded, as: UTF8.self)
        return try map(
            #"{"update_id":5,"message":{"message_id":1,"date":1,"chat":\#(chat),"from":\#(from),"text":\#(text)\#(more)}}"#
        )
    }

    private static let group = #"{"id":-100,"type":"supergroup"}"#

    private func heard(_ mapped: TelegramMapping.Mapped) -> String? {
        if case .message(let message) = mapped.outcome { message.text } else { nil }
    }

    @Test("a private message becomes a message of that person")
    func privateMessage() throws {
        let mapped = try message("/start abc", from: #"{"id":7,"is_bot":false,"language_code":"es"}"#)
        #expect(mapped.updateID == 5)
        #expect(
            mapped.outcome
                == .message(
                    IncomingMessage(
                        updateKey: "telegram:5", sender: Identity(platform: .telegram, externalID: "7"),
                        scene: .privateChat(channel: .telegram, address: "7"), text: "/start abc", languageHint: "es",
                        receivedAt: now)))
        #expect(mapped.question == nil)
    }

    @Test("a private topic does not become part of the address")
    func privateTopic() throws {
        let mapped = try message("hi", more: #","message_thread_id":3,"is_topic_message":true"#)
        guard case .message(let message) = mapped.outcome else { return #expect(Bool(false)) }
        #expect(message.scene == .privateChat(channel: .telegram, address: "7"))
    }

    @Test(
        "in a group only what is addressed to the bot is heard",
        arguments: [
            ("/price BTC", "/price BTC"), ("/price@vigia_bot BTC", "/price BTC"), ("/PRICE@Vigia_Bot", "/PRICE"),
            ("/price@other_bot BTC", nil), ("hello all", nil), ("/", nil), ("/no-command", nil), ("/ price", nil),
            ("/price@", nil), ("/a@b!", nil),
        ])
    func groupCommands(text: String, expected: String?) throws {
        let mapped = try message(text, chat: Self.group)
        #expect(heard(mapped) == expected)
        #expect((mapped.question != nil) == (expected != nil))
    }

    @Test("a command for another bot is ignored in private, too")
    func otherBot() throws {
        #expect(try message("/price@other_bot").outcome == .ignored("command for another bot"))
        #expect(heard(try message("/price@vigia_bot x\ny")) == "/price x\ny")
    }

    @Test(
        "a mention is heard and taken out of the text",
        arguments: [
            ("@Vigia_Bot price BTC", 0, "price BTC"), ("@vigia_bot, how is ETH?", 0, "how is ETH?"),
            ("how is 👍 ETH @vigia_bot", 14, "how is 👍 ETH"), ("@vigia_bot /price BTC", 0, "/price BTC"),
            ("@vigia_bot", 0, ""), ("@vigia_bot /price@other_bot", 0, nil),
        ])
    func mention(text: String, offset: Int, expected: String?) throws {
        let mapped = try message(
            text, chat: Self.group, more: #","entities":[{"type":"mention","offset":\#(offset),"length":10}]"#)
        #expect(heard(mapped) == expected)
    }

    @Test(
        "hostile entity offsets are passed over",
        arguments: [(-1, 10), (0, 0), (0, 999), (Int.max, Int.max), (5, Int.max), (3, -4)])
    func entityOffsets(offset: Int, length: Int) throws {
        let mapped = try message(
            "@vigia_bot hi", chat: Self.group,
            more: #","entities":[{"type":"mention","offset":\#(offset),"length":\#(length)},7,null,{}]"#)
        #expect(mapped.outcome == .ignored("not addressed"))
    }

    @Test("a reply to the bot is heard, except to the notice of a topic it opened")
    func reply() throws {
        #expect(
            heard(try message("yes", chat: Self.group, more: #","reply_to_message":{"message_id":3,"from":{"id":99}}"#))
                == "yes")
        #expect(
            heard(try message("yes", chat: Self.group, more: #","reply_to_message":{"message_id":3,"from":{"id":8}}"#))
                == nil)
        let notice = #","reply_to_message":{"message_id":3,"from":{"id":99},"forum_topic_created":{"name":"x"}}"#
        #expect(heard(try message("yes", chat: Self.group, more: notice)) == nil)
    }

    @Test("a topic of a forum is a place of its own; a reply thread of a plain group is not")
    func topics() throws {
        let topic = try message("/x", chat: Self.group, more: #","message_thread_id":45,"is_topic_message":true"#)
        guard case .message(let inTopic) = topic.outcome else { return #expect(Bool(false)) }
        #expect(
            inTopic.scene
                == .place(
                    channel: .telegram, address: "-100/45",
                    identity: Identity(platform: .telegram, externalID: "-100/45")))
        let thread = try message("/x", chat: Self.group, more: #","message_thread_id":45"#)
        guard case .message(let inThread) = thread.outcome else { return #expect(Bool(false)) }
        #expect(
            inThread.scene
                == .place(
                    channel: .telegram, address: "-100", identity: Identity(platform: .telegram, externalID: "-100")))
    }

    @Test("an anonymous administrator is one; a channel that speaks is nobody")
    func senders() throws {
        let anonymous = try message(
            "/bind", chat: Self.group, from: #"{"id":1087968824,"is_bot":true}"#,
            more: #","sender_chat":{"id":-100,"type":"supergroup"}"#)
        guard case .message(let heard) = anonymous.outcome else { return #expect(Bool(false)) }
        #expect(heard.senderIsPlaceAdministrator == true && anonymous.question == nil)
        let channel = try message(
            "/bind", chat: Self.group, from: #"{"id":136817688,"is_bot":true}"#,
            more: #","sender_chat":{"id":-200,"type":"channel"}"#)
        #expect(channel.outcome == .ignored("bot or channel"))
        #expect(try message("/x", from: #"{"id":8,"is_bot":true}"#).outcome == .ignored("bot or channel"))
        let ordinary = try message("/bind", chat: Self.group)
        #expect(ordinary.question == TelegramMapping.Question(chat: -100, user: 7))
    }

    @Test("over-long text is trimmed at a grapheme and still heard")
    func longText() throws {
        let family = "👨‍👩‍👧‍👦"
        let text = try #require(heard(try message("/alert " + String(repeating: family, count: 10_000))))
        #expect(text.utf16.count <= 4_096 && text.utf16.count > 4_080 && text.hasSuffix(family))
    }

    @Test("in private a picture is a message without text; the platform's notices are none")
    func contents() throws {
        func content(_ member: String, chat: String = #"{"id":7,"type":"private"}"#) throws -> TelegramMapping.Outcome {
            try map(#"{"update_id":5,"message":{"message_id":1,"chat":\#(chat),"from":{"id":7},\#(member)}}"#).outcome
        }
        for member in [#""photo":[]"#, #""sticker":{}"#, #""voice":{}"#, #""location":{}"#] {
            guard case .message(let message) = try content(member) else { return #expect(Bool(false)) }
            #expect(message.text.isEmpty)
        }
        guard case .message(let captioned) = try content(#""photo":[],"caption":"/price BTC""#) else {
            return #expect(Bool(false))
        }
        #expect(captioned.text == "/price BTC")
        #expect(try content(#""pinned_message":{}"#) == .ignored("service message"))
        #expect(try content(#""photo":[]"#, chat: Self.group) == .ignored("service message"))
    }

    @Test("a pressed button is its command, on its message, in its place")
    func buttons() throws {
        let json =
            #"{"update_id":6,"callback_query":{"id":"q1","from":{"id":7,"language_code":"es"},"data":"/delete 7 yes","message":{"message_id":31,"date":0,"chat":{"id":-100,"type":"supergroup"},"message_thread_id":4,"is_topic_message":true}}}"#
        let mapped = try map(json)
        guard case .message(let message) = mapped.outcome else { return #expect(Bool(false)) }
        #expect(message.text == "/delete 7 yes" && message.pressedOn == "31" && message.languageHint == "es")
        #expect(
            message.scene
                == .place(
                    channel: .telegram, address: "-100/4", identity: Identity(platform: .telegram, externalID: "-100/4")
                ))
        #expect(mapped.callbackQuery == "q1" && mapped.question == TelegramMapping.Question(chat: -100, user: 7))
    }

    @Test("a query without command or message is still answered")
    func bareQueries() throws {
        for members in [#""inline_message_id":"x","data":"d""#, #""game_short_name":"g""#] {
            let mapped = try map(#"{"update_id":6,"callback_query":{"id":"q2","from":{"id":7},\#(members)}}"#)
            #expect(mapped.callbackQuery == "q2")
            #expect(mapped.outcome == .ignored("button without command or message"))
        }
    }

    @Test("blocking, removal and migration are events")
    func events() throws {
        func membership(_ kind: String, _ id: Int, _ status: String) throws -> TelegramMapping.Outcome {
            try map(
                #"{"update_id":8,"my_chat_member":{"chat":{"id":\#(id),"type":"\#(kind)"},"from":{"id":7},"new_chat_member":{"status":"\#(status)"}}}"#
            ).outcome
        }
        #expect(
            try membership("private", 7, "kicked")
                == .event(.addressGone(updateKey: "telegram:8", channel: .telegram, address: "7", reason: "blocked")))
        #expect(
            try membership("supergroup", -100, "left")
                == .event(.addressGone(updateKey: "telegram:8", channel: .telegram, address: "-100", reason: "kicked")))
        #expect(try membership("private", 7, "member") == .ignored("membership"))
        let moved = FrontEndEvent.chatMoved(updateKey: "telegram:5", platform: .telegram, from: "-5", to: "-1005")
        #expect(
            try message("", chat: #"{"id":-5,"type":"group"}"#, more: #","migrate_to_chat_id":-1005"#).outcome
                == .event(moved))
        #expect(
            try message("", chat: #"{"id":-1005,"type":"supergroup"}"#, more: #","migrate_from_chat_id":-5"#).outcome
                == .event(moved))
    }

    @Test(
        "what is not for us or makes no sense is said to be so",
        arguments: [
            (#"{"update_id":1,"edited_message":{}}"#, TelegramMapping.Outcome.ignored("edited")),
            (#"{"update_id":1,"poll":{}}"#, .ignored("kind")),
            (#"{"update_id":1}"#, .ignored("kind")),
            (#"{"update_id":1,"message":7}"#, .malformed("message without chat")),
            (#"{"update_id":1,"message":{"chat":{"id":"7","type":"private"}}}"#, .malformed("message without chat")),
            (#"{"update_id":1,"message":{"chat":{"id":7,"type":"private"},"text":"x"}}"#, .ignored("no sender")),
            (
                #"{"update_id":1,"message":{"chat":{"id":7,"type":"channel"},"from":{"id":1},"text":"x"}}"#,
                .ignored("chat kind")
            ),
            (#"{"update_id":1,"callback_query":{}}"#, .malformed("callback_query without id or sender")),
            (#"{"update_id":1,"my_chat_member":[]}"#, .malformed("my_chat_member without chat or status")),
            (#"{"update_id":"1"}"#, .malformed("no update_id")), ("7", .malformed("no update_id")),
        ])
    func rest(json: String, outcome: TelegramMapping.Outcome) throws {
        #expect(try map(json).outcome == outcome)
    }
}
