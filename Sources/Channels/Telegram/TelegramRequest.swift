/// A method of the Bot API and its parameters. Nothing of the network is known here, so that every request can be held
/// against the published description of the API.
struct TelegramRequest: Hashable, Sendable {
    var method: String
    var parameters: [String: JSONValue]
    /// Repeating it changes nothing, so an unknown outcome is no worse than a failure.
    var isHarmless = false

    init(_ method: String, _ parameters: [String: JSONValue?] = [:], isHarmless: Bool = false) {
        self.method = method
        self.parameters = parameters.compactMapValues { $0 }
        self.isHarmless = isHarmless
    }
}

extension TelegramRequest {
    /// Kinds of update that are asked for; the server keeps the others to itself.
    static let updateKinds: [JSONValue] = ["message", "callback_query", "inline_query", "my_chat_member"]

    static let getMe = TelegramRequest("getMe", isHarmless: true)

    static func getUpdates(offset: Int64?, limit: Int = 100, seconds: Int) -> TelegramRequest {
        TelegramRequest(
            "getUpdates",
            [
                "offset": offset.map { .integer($0) }, "limit": .integer(Int64(limit)),
                "timeout": .integer(Int64(seconds)), "allowed_updates": .array(updateKinds),
            ], isHarmless: true)
    }

    static func sendMessage(
        to address: TelegramAddress, text: String, isHTML: Bool, keyboard: TelegramKeyboard?, silent: Bool
    ) -> TelegramRequest {
        TelegramRequest(
            "sendMessage",
            [
                "chat_id": .integer(address.chat), "message_thread_id": address.thread.map { .integer($0) },
                "text": .string(text), "parse_mode": isHTML ? "HTML" : nil, "link_preview_options": noPreview,
                "disable_notification": silent ? true : nil, "reply_markup": keyboard?.json,
            ])
    }

    static func editMessageText(
        in address: TelegramAddress, message: Int64, text: String, isHTML: Bool, keyboard: TelegramKeyboard?
    ) -> TelegramRequest {
        TelegramRequest(
            "editMessageText",
            [
                "chat_id": .integer(address.chat), "message_id": .integer(message), "text": .string(text),
                "parse_mode": isHTML ? "HTML" : nil, "link_preview_options": noPreview, "reply_markup": keyboard?.json,
            ], isHarmless: true)
    }

    static func answerCallbackQuery(_ id: String) -> TelegramRequest {
        TelegramRequest("answerCallbackQuery", ["callback_query_id": .string(id)], isHarmless: true)
    }

    static func setMyCommands(_ list: TelegramCommandList) -> TelegramRequest {
        TelegramRequest(
            "setMyCommands",
            [
                "commands": .array(
                    list.commands.map {
                        .object(["command": .string($0.name), "description": .string($0.description)])
                    }),
                "scope": list.scope.json, "language_code": list.language.map { .string($0) },
            ], isHarmless: true)
    }

    static func setWebhook(url: String, secret: String, connections: Int) -> TelegramRequest {
        TelegramRequest(
            "setWebhook",
            [
                "url": .string(url), "secret_token": .string(secret), "max_connections": .integer(Int64(connections)),
                "allowed_updates": .array(updateKinds),
            ], isHarmless: true)
    }

    static let deleteWebhook = TelegramRequest("deleteWebhook", isHarmless: true)

    static func sendChatAction(to address: TelegramAddress, action: String) -> TelegramRequest {
        TelegramRequest(
            "sendChatAction",
            [
                "chat_id": .integer(address.chat), "message_thread_id": address.thread.map { .integer($0) },
                "action": .string(action),
            ], isHarmless: true)
    }

    static func getChatMember(chat: Int64, user: Int64) -> TelegramRequest {
        TelegramRequest("getChatMember", ["chat_id": .integer(chat), "user_id": .integer(user)], isHarmless: true)
    }

    static func sendDocument(to address: TelegramAddress, caption: String?) -> TelegramRequest {
        TelegramRequest(
            "sendDocument",
            [
                "chat_id": .integer(address.chat), "message_thread_id": address.thread.map { .integer($0) },
                "caption": caption.map { .string($0) },
            ])
    }

    /// Links in alerts are references, not content to be unfolded.
    private static var noPreview: JSONValue { .object(["is_disabled": true]) }
}
