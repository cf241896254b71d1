import Chat
import Market
import People

/// Theirs to ours, without waiting: one update of the Bot API becomes a message, an event, or nothing for a stated reason.
///
/// - A person's address is the private chat, never a topic in it, so that nobody has two.
/// - A group's address is the chat, with `/topic` for a topic of a forum. In a plain supergroup `message_thread_id`
///   only marks a thread of replies and is not part of the address.
/// - In groups the bot hears commands, mentions of its name (which is taken out of the text) and replies to it. A
///   command for another bot is ignored everywhere.
/// - In private every content that a person made is a message; without text its text is empty, and the conversation
///   says what it understands.
struct TelegramMapping: Sendable {
    /// Text beyond so many UTF-16 units is left out; the platform's own limit for a message.
    static let textUnits = 4_096
    /// The platform's limit for an inline question.
    static let queryUnits = 256

    var bot: TelegramBot

    struct Mapped: Hashable, Sendable {
        /// `nil` when the update has none that can be read.
        var updateID: Int64?
        var outcome: Outcome
        /// To be answered once the update is committed.
        var callbackQuery: String?
        /// Whether this user may administer this chat is for the server to say.
        var question: Question?
    }

    enum Outcome: Hashable, Sendable {
        case message(IncomingMessage)
        case event(FrontEndEvent)
        /// Its id and what is asked.
        case inline(String, InlineQuestion)
        case ignored(String)
        case malformed(String)
    }

    struct Question: Hashable, Sendable {
        var chat: Int64
        var user: Int64
    }

    func map(_ update: JSONValue, receivedAt: Timestamp) -> Mapped {
        guard let id = update["update_id"]?.integer else { return Mapped(outcome: .malformed("no update_id")) }
        let key = "telegram:\(id)"
        var mapped: Mapped
        if let message = update["message"] {
            mapped = map(message: message, key: key, receivedAt: receivedAt)
        } else if let query = update["callback_query"] {
            mapped = map(query: query, key: key, receivedAt: receivedAt)
        } else if let query = update["inline_query"] {
            mapped = Mapped(outcome: map(inline: query))
        } else if let change = update["my_chat_member"] {
            mapped = Mapped(outcome: map(membership: change, key: key))
        } else {
            mapped = Mapped(outcome: .ignored(update["edited_message"] == nil ? "kind" : "edited"))
        }
        mapped.updateID = id
        return mapped
    }

    // MARK: Messages

    private func map(message: JSONValue, key: String, receivedAt: Timestamp) -> Mapped {
        guard let chat = message["chat"]?["id"]?.integer, let kind = message["chat"]?["type"]?.string else {
            return Mapped(outcome: .malformed("message without chat"))
        }
        if let new = message["migrate_to_chat_id"]?.integer {
            return Mapped(outcome: .event(moved(key, from: chat, to: new)))
        }
        if let old = message["migrate_from_chat_id"]?.integer {
            return Mapped(outcome: .event(moved(key, from: old, to: chat)))
        }
        // Channels, and posts of a channel that a group mirrors, are nobody who could be answered.
        guard let from = message["from"], let user = from["id"]?.integer else {
            return Mapped(outcome: .ignored("no sender"))
        }
        let isAnonymousAdministrator = message["sender_chat"]?["id"]?.integer == chat
        if !isAnonymousAdministrator, from["is_bot"]?.bool == true || message["sender_chat"] != nil {
            return Mapped(outcome: .ignored("bot or channel"))
        }
        guard let text = content(of: message, isPrivate: kind == "private") else {
            return Mapped(outcome: .ignored("service message"))
        }
        let isGroup = kind == "group" || kind == "supergroup"
        guard isGroup || kind == "private" else { return Mapped(outcome: .ignored("chat kind")) }
        let heard: String
        switch hear(text, in: message, isGroup: isGroup) {
        case .text(let text): heard = text
        case .nothing(let reason): return Mapped(outcome: .ignored(reason))
        }
        var result = IncomingMessage(
            updateKey: key, sender: Identity(platform: .telegram, externalID: String(user)),
            scene: scene(chat: chat, isGroup: isGroup, message: message), text: heard,
            languageHint: from["language_code"]?.string, receivedAt: receivedAt)
        if isAnonymousAdministrator { result.senderIsPlaceAdministrator = true }
        let asks = isGroup && !isAnonymousAdministrator
        return Mapped(outcome: .message(result), question: asks ? Question(chat: chat, user: user) : nil)
    }

    /// What a person wrote or sent; `nil` for notices of the platform itself.
    private func content(of message: JSONValue, isPrivate: Bool) -> String? {
        if let text = message["text"]?.string ?? message["caption"]?.string {
            return text.prefix(utf16: TelegramMapping.textUnits)
        }
        let made = [
            "photo", "sticker", "voice", "audio", "video", "video_note", "animation", "document", "contact", "location",
            "venue", "poll", "dice", "game", "story",
        ]
        return isPrivate && made.contains { message[$0] != nil } ? "" : nil
    }

    private enum Heard {
        case text(String)
        case nothing(String)
    }

    private func hear(_ text: String, in message: JSONValue, isGroup: Bool) -> Heard {
        if let command = TelegramCommandLine(text) {
            guard let target = command.target else { return .text(text) }
            guard target.lowercased() == bot.username.lowercased() else { return .nothing("command for another bot") }
            return .text(command.withoutTarget)
        }
        guard isGroup else { return .text(text) }
        if let rest = withoutMention(text, entities: message["entities"] ?? message["caption_entities"]) {
            // "@bot /price BTC" is that command.
            return hear(rest, in: .null, isGroup: false)
        }
        let original = message["reply_to_message"]
        // A post in a topic that the bot opened "replies" to the notice of its opening.
        if original?["from"]?["id"]?.integer == bot.id, original?["forum_topic_created"] == nil { return .text(text) }
        return .nothing("not addressed")
    }

    /// The text without the first mention of the bot; `nil` when it is not mentioned.
    private func withoutMention(_ text: String, entities: JSONValue?) -> String? {
        let units = Array(text.utf16)
        for entity in entities?.array ?? [] {
            guard let offset = entity["offset"]?.integer.flatMap({ Int(exactly: $0) }),
                let length = entity["length"]?.integer.flatMap({ Int(exactly: $0) }),
                offset >= 0, length > 0, length <= units.count, offset <= units.count - length
            else { continue }
            let part = String(decoding: units[offset..<offset + length], as: UTF16.self)
            let isMention =
                switch entity["type"]?.string {
                case "mention": part.lowercased() == "@\(bot.username.lowercased())"
                case "text_mention": entity["user"]?["id"]?.integer == bot.id
                default: false
                }
            guard isMention else { continue }
            let before = String(decoding: units[..<offset], as: UTF16.self)
            let after = String(decoding: units[(offset + length)...], as: UTF16.self)
            return "\(trimmed(before)) \(trimmed(after, of: ",:;"))".trimmingSpace
        }
        return nil
    }

    private func trimmed(_ text: String, of marks: String = "") -> String {
        String(text.trimmingSpace.drop { marks.contains($0) }).trimmingSpace
    }

    private func scene(chat: Int64, isGroup: Bool, message: JSONValue?) -> IncomingMessage.Scene {
        guard isGroup else { return .privateChat(channel: .telegram, address: String(chat)) }
        let thread = message?["is_topic_message"]?.bool == true ? message?["message_thread_id"]?.integer : nil
        let address = TelegramAddress(chat: chat, thread: thread).text
        return .place(
            channel: .telegram, address: address, identity: Identity(platform: .telegram, externalID: address))
    }

    private func moved(_ key: String, from old: Int64, to new: Int64) -> FrontEndEvent {
        .chatMoved(updateKey: key, platform: .telegram, from: String(old), to: String(new))
    }

    // MARK: Buttons

    private func map(query: JSONValue, key: String, receivedAt: Timestamp) -> Mapped {
        guard let id = query["id"]?.string, let user = query["from"]?["id"]?.integer else {
            return Mapped(outcome: .malformed("callback_query without id or sender"))
        }
        guard let data = query["data"]?.string, let message = query["message"],
            let chat = message["chat"]?["id"]?.integer, let kind = message["chat"]?["type"]?.string,
            let messageID = message["message_id"]?.integer
        else { return Mapped(outcome: .ignored("button without command or message"), callbackQuery: id) }
        let isGroup = kind == "group" || kind == "supergroup"
        guard isGroup || kind == "private" else { return Mapped(outcome: .ignored("chat kind"), callbackQuery: id) }
        let result = IncomingMessage(
            updateKey: key, sender: Identity(platform: .telegram, externalID: String(user)),
            scene: scene(chat: chat, isGroup: isGroup, message: message),
            text: data.prefix(utf16: TelegramMapping.textUnits), pressedOn: String(messageID),
            languageHint: query["from"]?["language_code"]?.string, receivedAt: receivedAt)
        return Mapped(
            outcome: .message(result), callbackQuery: id, question: isGroup ? Question(chat: chat, user: user) : nil)
    }

    // MARK: Inline questions

    /// Asked in whatever chat the person is in; nothing of that chat is known but its kind.
    private func map(inline query: JSONValue) -> Outcome {
        guard let id = query["id"]?.string, let user = query["from"]?["id"]?.integer else {
            return .malformed("inline_query without id or sender")
        }
        return .inline(
            id,
            InlineQuestion(
                sender: Identity(platform: .telegram, externalID: String(user)),
                text: (query["query"]?.string ?? "").prefix(utf16: TelegramMapping.queryUnits),
                languageHint: query["from"]?["language_code"]?.string))
    }

    // MARK: Membership

    /// A person blocked the bot, or a group removed it. Topics of the group are told by their next send.
    private func map(membership: JSONValue, key: String) -> Outcome {
        guard let chat = membership["chat"]?["id"]?.integer, let kind = membership["chat"]?["type"]?.string,
            let status = membership["new_chat_member"]?["status"]?.string
        else { return .malformed("my_chat_member without chat or status") }
        guard status == "kicked" || status == "left" else { return .ignored("membership") }
        guard kind != "channel" else { return .ignored("chat kind") }
        let reason = kind == "private" ? "blocked" : "kicked"
        return .event(.addressGone(updateKey: key, channel: .telegram, address: String(chat), reason: reason))
    }
}

/// `/name@target rest`: a command as Telegram spells it.
struct TelegramCommandLine: Hashable {
    var name: String
    var target: String?
    /// What follows, with the white space before it.
    var rest: String

    /// `nil` when the text does not begin with a command: `/` and 1 to 32 of `A–Z a–z 0–9 _`.
    init?(_ text: String) {
        guard text.first == "/" else { return nil }
        let isWord = { (c: Character) in c.isASCII && (c.isLetter || c.isNumber || c == "_") }
        let name = text.dropFirst().prefix(while: isWord)
        guard (1...32).contains(name.count) else { return nil }
        var rest = text[name.endIndex...]
        if rest.first == "@" {
            let target = rest.dropFirst().prefix(while: isWord)
            guard !target.isEmpty else { return nil }
            self.target = String(target)
            rest = rest[target.endIndex...]
        }
        guard rest.isEmpty || rest.first?.isWhitespace == true else { return nil }
        self.name = String(name)
        self.rest = String(rest)
    }

    var withoutTarget: String { "/\(name)\(rest)" }
}

extension String {
    fileprivate var trimmingSpace: String {
        var part = self[...]
        while part.first?.isWhitespace == true { part.removeFirst() }
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part)
    }
}
