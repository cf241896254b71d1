import Foundation

/// What the server does with one call, decided under the lock.
enum FakeTelegramStep {
    case answer(LoopbackResponse)
    case delayed(Duration, LoopbackResponse)
    case hang(then: LoopbackResponse)
    case poll(limit: Int, seconds: Int64)
}

extension FakeTelegramState {
    mutating func handle(method: String, _ parameters: FakeTelegramParameters) -> FakeTelegramStep {
        journal.calls[method, default: 0] += 1
        defer { changed() }
        if let complaint = FakeTelegramSpecification.complaint(method, parameters) {
            journal.violations.append(complaint)
            return .answer(bad("not as the Bot API describes it: \(complaint)"))
        }
        let chat = parameters.integer("chat_id")
        let fault = takeFault(method: method, chat: chat)
        switch fault {
        case .status(let code, let text): return .answer(refusal(code, text))
        case .rateLimited(let seconds): return .answer(tooMany(method, chat: chat ?? 0, seconds: seconds))
        case .blocked: return .answer(refusal(403, "Forbidden: bot was blocked by the user"))
        case .migrated(let new): return .answer(moved(to: new))
        case .html(let status): return .answer(.html("<html><body><h1>Bad Gateway</h1></body></html>", status: status))
        case .brokenJSON: return .answer(.json("{\"ok\":true,\"result\":{\"message_"))
        case .hang: return .hang(then: .cut)
        case .cutBeforeAccepting: return .answer(.cut)
        case .acceptThenCut, .acceptThenHang, .slow, nil: break
        }
        let step = perform(method, parameters)
        guard case .answer(let response) = step, response.status == 200 else { return step }
        switch fault {
        case .acceptThenCut: return .answer(.cut)
        case .acceptThenHang: return .hang(then: .cut)
        case .slow(let time): return .delayed(time, response)
        default: break
        }
        if let delay = chat.flatMap({ chats[$0]?.delay }) { return .delayed(delay, response) }
        return step
    }

    private mutating func perform(_ method: String, _ parameters: FakeTelegramParameters) -> FakeTelegramStep {
        switch method {
        case "getMe": return .answer(me)
        case "getUpdates": return getUpdates(parameters)
        case "sendMessage": return .answer(sendMessage(parameters))
        case "sendDocument": return .answer(sendDocument(parameters))
        case "editMessageText": return .answer(editMessageText(parameters))
        case "answerCallbackQuery": return .answer(answerCallbackQuery(parameters))
        case "answerInlineQuery": return .answer(answerInlineQuery(parameters))
        case "sendChatAction": return .answer(sendChatAction(parameters))
        case "getChatMember": return .answer(getChatMember(parameters))
        case "setMyCommands": return .answer(setMyCommands(parameters))
        case "getMyCommands": return .answer(getMyCommands(parameters))
        case "deleteMyCommands": return .answer(deleteMyCommands(parameters))
        case "setWebhook": return .answer(setWebhook(parameters))
        case "deleteWebhook": return .answer(deleteWebhook(parameters))
        case "getWebhookInfo": return .answer(webhookInfo)
        case "logOut", "close": return .answer(truth)
        default: return .answer(refusal(404, "Not Found: method not found"))
        }
    }

    // MARK: Answers

    var truth: LoopbackResponse { result("true") }
    func result(_ json: String) -> LoopbackResponse { .json("{\"ok\":true,\"result\":\(json)}") }

    func refusal(_ code: Int, _ text: String) -> LoopbackResponse {
        .json("{\"ok\":false,\"error_code\":\(code),\"description\":\(jsonText(text))}", status: code)
    }

    func bad(_ text: String) -> LoopbackResponse { refusal(400, "Bad Request: \(text)") }

    private mutating func tooMany(_ method: String, chat: Int64, seconds: Int) -> LoopbackResponse {
        journal.refused.append(.init(at: .now, method: method, chat: chat, retryAfter: seconds))
        return .json(
            "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after \(seconds)\","
                + "\"parameters\":{\"retry_after\":\(seconds)}}", status: 429)
    }

    private func moved(to chat: Int64) -> LoopbackResponse {
        .json(
            "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a supergroup chat\","
                + "\"parameters\":{\"migrate_to_chat_id\":\(chat)}}", status: 400)
    }

    private var me: LoopbackResponse {
        let abilities = [
            "\"can_join_groups\":true", "\"can_read_all_group_messages\":false", "\"supports_inline_queries\":true",
            "\"can_connect_to_business\":false", "\"has_main_web_app\":false",
        ]
        return result("\(botJSON.dropLast()),\(abilities.joined(separator: ","))}")
    }

    // MARK: Receiving

    private mutating func getUpdates(_ parameters: FakeTelegramParameters) -> FakeTelegramStep {
        guard webhook.isEmpty else {
            return .answer(
                refusal(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
                ))
        }
        setAllowedUpdates(parameters)
        // The newer poll wins; the older one is told so.
        if let older = poll {
            poll = nil
            older.answer(
                refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
            )
        }
        if let offset = parameters.integer("offset") {
            if offset >= 0 {
                confirm(below: offset)
            } else {
                updatesHead = max(updatesHead, updates.count + Int(offset))
            }
        }
        let limit = Int(min(max(parameters.integer("limit") ?? 100, 1), 100))
        let seconds = min(max(parameters.integer("timeout") ?? 0, 0), 50)
        if updatesHead < updates.count || seconds == 0 { return .answer(batch(limit: limit)) }
        return .poll(limit: limit, seconds: seconds)
    }

    // MARK: Sending

    /// Why nothing can be sent to the chat, or `nil`.
    private func obstacle(to id: Int64?) -> LoopbackResponse? {
        guard let id else { return bad("chat_id is empty") }
        guard let chat = chats[id] else { return bad("chat not found") }
        if let new = chat.migratedTo { return moved(to: new) }
        guard chat.isClosed else { return nil }
        return refusal(
            403,
            chat.isGroup
                ? "Forbidden: bot was kicked from the \(chat.kind) chat" : "Forbidden: bot was blocked by the user")
    }

    private mutating func sendMessage(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        if let obstacle = obstacle(to: parameters.integer("chat_id")) { return obstacle }
        do throws(FakeTelegramHTML.Refusal) {
            let content = try content(parameters)
            return post("sendMessage", content, parameters, document: nil)
        } catch { return bad(error.description) }
    }

    private mutating func sendDocument(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        if let obstacle = obstacle(to: parameters.integer("chat_id")) { return obstacle }
        guard let document = parameters.document else { return bad("there is no document in the request") }
        let caption = parameters.string("caption") ?? ""
        guard caption.utf16.count <= 1_024 else { return bad("message caption is too long") }
        return post("sendDocument", Content(raw: caption, text: caption), parameters, document: document)
    }

    private mutating func editMessageText(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        let chat = parameters.integer("chat_id") ?? 0
        if let obstacle = obstacle(to: chat) { return obstacle }
        guard let id = parameters.integer("message_id"), let old = posted[PostKey(chat: chat, id: id)] else {
            return bad("message to edit not found")
        }
        do throws(FakeTelegramHTML.Refusal) {
            let content = try content(parameters)
            guard content.raw != old.raw || content.buttons != old.buttons else {
                return bad(
                    "message is not modified: specified new message content and reply markup are exactly the same as a"
                        + " current content and reply markup of the message")
            }
            return post("editMessageText", content, parameters, document: nil, editing: old)
        } catch { return bad(error.description) }
    }

    private struct Content {
        var raw: String
        var text: String
        var entities: [FakeTelegramHTML.Entity] = []
        var buttons: [[FakeTelegramButton]] = []
    }

    private func content(_ parameters: FakeTelegramParameters) throws(FakeTelegramHTML.Refusal) -> Content {
        let raw = parameters.string("text") ?? ""
        var content = Content(raw: raw, text: raw)
        switch parameters.string("parse_mode")?.lowercased() {
        case "html": (content.text, content.entities) = try FakeTelegramHTML.parse(raw)
        case nil, "": content.entities = try entities(parameters, of: raw)
        default: throw .init(description: "unsupported parse_mode")
        }
        let visible = content.text.unicodeScalars.contains { !$0.properties.isWhitespace }
        guard visible else { throw .init(description: "message text is empty") }
        guard content.text.utf16.count <= 4_096 else { throw .init(description: "message is too long") }
        content.buttons = try buttons(parameters)
        return content
    }

    /// Markup that comes as a list beside the text.
    private func entities(_ parameters: FakeTelegramParameters, of text: String) throws(FakeTelegramHTML.Refusal)
        -> [FakeTelegramHTML.Entity]
    {
        let list = parameters.list("entities") as? [[String: Any]] ?? []
        var entities: [FakeTelegramHTML.Entity] = []
        for item in list {
            let offset = (item["offset"] as? NSNumber)?.intValue ?? -1
            let length = (item["length"] as? NSNumber)?.intValue ?? 0
            guard offset >= 0, length > 0, offset + length <= text.utf16.count else {
                throw .init(description: "can't parse entities: entity beyond the text")
            }
            entities.append(
                .init(
                    type: item["type"] as? String ?? "", offset: offset, length: length, url: item["url"] as? String))
        }
        return entities
    }

    private func buttons(_ parameters: FakeTelegramParameters) throws(FakeTelegramHTML.Refusal)
        -> [[FakeTelegramButton]]
    {
        guard let rows = parameters.object("reply_markup")?["inline_keyboard"] as? [[[String: Any]]] else { return [] }
        var result: [[FakeTelegramButton]] = []
        for row in rows {
            guard row.count <= 8 else { throw .init(description: "reply markup is too long") }
            var keys: [FakeTelegramButton] = []
            for key in row {
                let button = FakeTelegramButton(
                    label: key["text"] as? String ?? "", data: key["callback_data"] as? String,
                    url: key["url"] as? String)
                guard !button.label.isEmpty else {
                    throw .init(description: "can't parse inline keyboard button: Field \"text\" must be non-empty")
                }
                if let data = button.data {
                    guard (1...64).contains(data.utf8.count) else { throw .init(description: "BUTTON_DATA_INVALID") }
                } else {
                    guard let url = button.url, url.hasPrefix("http://") || url.hasPrefix("https://") else {
                        throw .init(
                            description:
                                "inline keyboard button URL '\(button.url ?? "")' is invalid: Unsupported URL protocol")
                    }
                }
                keys.append(button)
            }
            result.append(keys)
        }
        guard result.reduce(0, { $0 + $1.count }) <= 100 else { throw .init(description: "reply markup is too long") }
        return result
    }

    private mutating func post(
        _ method: String, _ content: Content, _ parameters: FakeTelegramParameters,
        document: FakeTelegramJournal.Document?, editing old: Posted? = nil
    ) -> LoopbackResponse {
        let chat = parameters.integer("chat_id") ?? 0
        let now = ContinuousClock.now
        let isGroup = chats[chat]?.isGroup ?? false
        if let seconds = windows.accept(chat: chat, isGroup: isGroup, at: now, limits: limits) {
            return tooMany(method, chat: chat, seconds: seconds)
        }
        let id = old?.id ?? nextMessageID
        if old == nil { nextMessageID += 1 }
        let thread = old?.thread ?? parameters.integer("message_thread_id")
        let wall = Int64(Date().timeIntervalSince1970 * 1_000)
        let sent = FakeTelegramJournal.Sent(
            index: journal.sent.count, at: now, wallTime: wall, method: method, chat: chat, thread: thread,
            messageID: id,
            raw: content.raw, text: content.text, entities: content.entities, buttons: content.buttons,
            isSilent: parameters.flag("disable_notification"), document: document)
        journal.sentCount += 1
        if keepsMessages {
            journal.sent.append(sent)
            posted[PostKey(chat: chat, id: id)] = Posted(
                chat: chat, thread: thread, id: id, text: content.text, raw: content.raw, buttons: content.buttons)
        }
        let topic = thread.map { ",\"message_thread_id\":\($0),\"is_topic_message\":true" } ?? ""
        let file = document.map {
            ",\"document\":{\"file_id\":\"f\(id)\",\"file_unique_id\":\"u\(id)\",\"file_name\":\(jsonText($0.name)),\"file_size\":\($0.content.count)}"
        }
        let edited = old == nil ? "" : ",\"edit_date\":\(wall / 1_000)"
        return result(
            "{\"message_id\":\(id),\"from\":\(botJSON),\"chat\":\(chatJSON(chat)),\"date\":\(wall / 1_000)\(topic)\(edited)"
                + (file ?? ",\"text\":\(jsonText(content.text))") + sent.markupJSON + "}")
    }

    // MARK: Others

    private mutating func answerCallbackQuery(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        guard let id = parameters.string("callback_query_id"), openQueries.remove(id) != nil else {
            return bad("query is too old and response timeout expired or query ID is invalid")
        }
        guard (parameters.string("text") ?? "").utf16.count <= 200 else { return bad("MESSAGE_TOO_LONG") }
        journal.answeredQueries.insert(id)
        return truth
    }

    private mutating func sendChatAction(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        if let obstacle = obstacle(to: parameters.integer("chat_id")) { return obstacle }
        guard let action = parameters.string("action"), ["typing", "upload_photo", "upload_document"].contains(action)
        else {
            return bad("wrong parameter action in request")
        }
        journal.chatActions.append((parameters.integer("chat_id") ?? 0, action))
        return truth
    }

    private func getChatMember(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        if let obstacle = obstacle(to: parameters.integer("chat_id")) { return obstacle }
        guard let user = parameters.integer("user_id"), users[user] != nil else { return bad("user not found") }
        let chat = chats[parameters.integer("chat_id") ?? 0]
        guard chat?.administrators.contains(user) == true else {
            return result("{\"user\":\(userJSON(user)),\"status\":\"member\"}")
        }
        let rights = [
            "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
            "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
            "can_edit_stories", "can_delete_stories",
        ]
        let list = rights.map { "\"\($0)\":false" }.joined(separator: ",")
        return result("{\"user\":\(userJSON(user)),\"status\":\"administrator\",\(list)}")
    }
}
