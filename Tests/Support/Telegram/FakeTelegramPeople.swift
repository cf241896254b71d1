import Foundation

/// Somebody who talks to the bot.
package struct FakeTelegramUser: Sendable {
    package let id: Int64
    let fake: FakeTelegram

    /// Writes in private. Returns the update's id.
    @discardableResult
    package func says(_ text: String) -> Int64 { fake.say(text, user: id, chat: id, thread: nil) }

    /// Writes in a group, in one of its topics, maybe in reply to a message there.
    @discardableResult
    package func says(_ text: String, in group: FakeTelegramGroup, topic: Int64? = nil, replyTo: Int64? = nil) -> Int64
    {
        fake.say(text, user: id, chat: group.id, thread: topic, replyTo: replyTo)
    }

    /// Presses the newest button with this label (in private, or in `group`).
    @discardableResult
    package func presses(_ label: String, in group: FakeTelegramGroup? = nil) throws -> FakeTelegramPress {
        try fake.press(user: id, chat: group?.id ?? id) { $0.label == label }
    }

    /// Presses the newest button with this command line.
    @discardableResult
    package func presses(data: String, in group: FakeTelegramGroup? = nil) throws -> FakeTelegramPress {
        try fake.press(user: id, chat: group?.id ?? id) { $0.data == data }
    }

    /// Types behind the bot's name in some chat. Returns the query, to be found in `inlineAnswers` once it was answered.
    @discardableResult
    package func asksInline(_ text: String) -> String { fake.askInline(text, user: id) }

    package func blocksTheBot() { fake.setMembership(chat: id, by: id, isClosed: true) }
    package func unblocksTheBot() { fake.setMembership(chat: id, by: id, isClosed: false) }
}

package struct FakeTelegramPress: Hashable, Sendable {
    package var update: Int64
    /// To be found in `answeredQueries` once it was answered.
    package var query: String
}

package struct FakeTelegramGroup: Sendable {
    package let id: Int64
    let fake: FakeTelegram

    package func removesTheBot(by user: Int64) { fake.setMembership(chat: id, by: user, isClosed: true) }

    /// Becomes a supergroup: both chats get their notice, and the old one refuses messages.
    package func becomesSupergroup(_ new: Int64, by user: Int64) -> FakeTelegramGroup {
        fake.migrate(from: id, to: new, by: user)
        return FakeTelegramGroup(id: new, fake: fake)
    }
}

package struct FakeTelegramNoButton: Error, Sendable, CustomStringConvertible {
    package var labels: [String]
    package var description: String { "no such button; there are \(labels)" }
}

extension FakeTelegram {
    /// A person, made on first mention.
    package func user(_ id: Int64, name: String? = nil, language: String? = "en") -> FakeTelegramUser {
        change { state in
            if state.users[id] == nil {
                let name = name ?? "User \(id)"
                state.users[id] = .init(id: id, name: name, language: language)
                state.chats[id] = .init(id: id, kind: "private", title: name)
            }
        }
        return FakeTelegramUser(id: id, fake: self)
    }

    /// A group (`id` is negative), made on first mention.
    package func group(
        _ id: Int64, title: String = "Group", isSupergroup: Bool = true, isForum: Bool = false,
        administrators: Set<Int64> = []
    ) -> FakeTelegramGroup {
        change { state in
            if state.chats[id] == nil {
                state.chats[id] = .init(
                    id: id, kind: isSupergroup ? "supergroup" : "group", title: title, isForum: isForum,
                    administrators: administrators)
            }
        }
        return FakeTelegramGroup(id: id, fake: self)
    }

    package func setAdministrators(_ users: Set<Int64>, of chat: Int64) {
        change { $0.chats[chat]?.administrators = users }
    }

    /// Appends an update of any shape; `json` is the whole document, its id included.
    package func injectRaw(_ json: String) { change { $0.appendRaw(json) } }

    /// Appends many private messages at once, so that polls find full batches.
    package func inject(_ messages: [(user: Int64, text: String)]) {
        for message in messages { _ = user(message.user) }
        change { state in
            let texts = messages.map {
                state.messageJSON($0.text, user: $0.user, chat: $0.user, thread: nil, replyTo: nil)
            }
            _ = state.append(texts)
        }
    }

    /// Takes the pending updates out, as bodies for a webhook.
    package func takeUpdates() -> [[UInt8]] {
        change { state in
            defer { state.updatesHead = state.updates.count }
            return state.updates[state.updatesHead...].map { Array($0.json.utf8) }
        }
    }

    func say(_ text: String, user: Int64, chat: Int64, thread: Int64?, replyTo: Int64? = nil) -> Int64 {
        change { state in
            state.append([state.messageJSON(text, user: user, chat: chat, thread: thread, replyTo: replyTo)])[0]
        }
    }

    func askInline(_ text: String, user: Int64) -> String {
        change { state in
            let query = String(state.nextQueryID)
            state.nextQueryID += 1
            state.openInlineQueries.insert(query)
            guard state.allowedUpdates?.contains("inline_query") ?? true else { return query }
            _ = state.append([
                "\"inline_query\":{\"id\":\"\(query)\",\"from\":\(state.userJSON(user)),\"query\":\(jsonText(text)),"
                    + "\"offset\":\"\",\"chat_type\":\"supergroup\"}"
            ])
            return query
        }
    }

    func press(
        user: Int64, chat: Int64, _ matches: @Sendable (FakeTelegramButton) -> Bool
    ) throws -> FakeTelegramPress {
        let result = change { state -> Result<FakeTelegramPress, FakeTelegramNoButton> in
            let newest = state.posted.values.filter { $0.chat == chat }.sorted { $0.id > $1.id }
            for message in newest {
                guard let button = message.buttons.joined().first(where: { matches($0) && $0.data != nil }) else {
                    continue
                }
                let query = String(state.nextQueryID)
                state.nextQueryID += 1
                state.openQueries.insert(query)
                let topic = message.thread.map { ",\"message_thread_id\":\($0),\"is_topic_message\":true" } ?? ""
                let ids = state.append([
                    "\"callback_query\":{\"id\":\"\(query)\",\"from\":\(state.userJSON(user)),\"chat_instance\":\"1\","
                        + "\"message\":{\"message_id\":\(message.id),\"from\":\(state.botJSON),"
                        + "\"chat\":\(state.chatJSON(chat)),\"date\":\(unixTime()),\"text\":\(jsonText(message.text))\(topic),"
                        + "\"reply_markup\":\(FakeTelegramButton.json(message.buttons))},"
                        + "\"data\":\(jsonText(button.data ?? ""))}"
                ])
                return .success(FakeTelegramPress(update: ids[0], query: query))
            }
            return .failure(FakeTelegramNoButton(labels: newest.flatMap { $0.buttons.joined().map(\.label) }))
        }
        return try result.get()
    }

    func setMembership(chat: Int64, by user: Int64, isClosed: Bool) {
        change { state in
            state.chats[chat]?.isClosed = isClosed
            func member(_ status: String) -> String { "{\"user\":\(state.botJSON),\"status\":\"\(status)\"}" }
            func kicked() -> String { "{\"user\":\(state.botJSON),\"status\":\"kicked\",\"until_date\":0}" }
            let (old, new) = isClosed ? (member("member"), kicked()) : (kicked(), member("member"))
            _ = state.append([
                "\"my_chat_member\":{\"chat\":\(state.chatJSON(chat)),\"from\":\(state.userJSON(user)),"
                    + "\"date\":\(unixTime()),\"old_chat_member\":\(old),\"new_chat_member\":\(new)}"
            ])
        }
    }

    func migrate(from old: Int64, to new: Int64, by user: Int64) {
        change { state in
            guard var chat = state.chats[old] else { return }
            state.chats[old]?.migratedTo = new
            chat.id = new
            chat.kind = "supergroup"
            state.chats[new] = chat
            func notice(_ chat: Int64, _ member: String) -> String {
                let id = state.nextMessageID
                state.nextMessageID += 1
                return
                    "\"message\":{\"message_id\":\(id),\"from\":\(state.userJSON(user)),\"chat\":\(state.chatJSON(chat)),"
                    + "\"date\":\(unixTime()),\(member)}"
            }
            let notices = [
                notice(old, "\"migrate_to_chat_id\":\(new)"), notice(new, "\"migrate_from_chat_id\":\(old)"),
            ]
            _ = state.append(notices)
        }
    }
}

/// Seconds of the wall clock.
func unixTime() -> Int64 { Int64(Date().timeIntervalSince1970) }

extension FakeTelegramState {
    mutating func messageJSON(_ text: String, user: Int64, chat: Int64, thread: Int64?, replyTo: Int64?) -> String {
        let id = nextMessageID
        nextMessageID += 1
        let topic = thread.map { ",\"message_thread_id\":\($0),\"is_topic_message\":true" } ?? ""
        let original =
            replyTo.map { reply in
                let isOurs = posted[PostKey(chat: chat, id: reply)] != nil
                return
                    ",\"reply_to_message\":{\"message_id\":\(reply),\"date\":\(unixTime()),\"chat\":\(chatJSON(chat)),"
                    + "\"from\":\(isOurs ? botJSON : userJSON(user)),\"text\":\"…\"}"
            } ?? ""
        return "\"message\":{\"message_id\":\(id),\"from\":\(userJSON(user)),\"chat\":\(chatJSON(chat)),"
            + "\"date\":\(unixTime()),\"text\":\(jsonText(text))\(entities(of: text))\(topic)\(original)}"
    }

    /// Commands and mentions as the platform marks them: at the start or after white space, `/` with up to 32 letters,
    /// digits or underscores and perhaps `@` with a name, or `@` with a name of 4 to 32.
    private func entities(of text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2F || $0 == 0x40 }) else { return "" }
        let units = Array(text.utf16)
        func name(from start: Int) -> Int {
            var end = start
            while end < units.count, let byte = UInt8(exactly: units[end]), isWordByte(byte) { end += 1 }
            return end - start
        }
        var found: [String] = []
        var index = 0
        while index < units.count {
            let starts = index == 0 || units[index - 1] == 0x20 || (0x09...0x0D).contains(units[index - 1])
            var length = 0
            if starts, units[index] == 0x2F {
                length = min(32, name(from: index + 1)) + 1
                if length > 1, index + length < units.count, units[index + length] == 0x40 {
                    let suffix = name(from: index + length + 1)
                    if suffix > 0 { length += suffix + 1 }
                }
            } else if starts, units[index] == 0x40 {
                let count = min(32, name(from: index + 1))
                length = count >= 4 ? count + 1 : 0
            }
            if length > 1 {
                let type = units[index] == 0x2F ? "bot_command" : "mention"
                found.append("{\"type\":\"\(type)\",\"offset\":\(index),\"length\":\(length)}")
            }
            index += max(1, length)
        }
        return found.isEmpty ? "" : ",\"entities\":[\(found.joined(separator: ","))]"
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}
