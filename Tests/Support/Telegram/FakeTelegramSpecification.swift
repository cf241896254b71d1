import Foundation

/// What the fake takes: methods and their parameters as the Bot API publishes them. The real server passes over a name that
/// it does not know, which hides a slip; the fake refuses it.
///
/// One line a method or an object: `name!:Type`, with `!` where it must be given and `|` between types. The methods are those
/// a bot like ours may come to need, complete in their parameters; objects that are not listed are taken as they come.
/// https://core.telegram.org/bots/api (10.1)
package enum FakeTelegramSpecification {
    package struct Field: Hashable, Sendable {
        package var isRequired: Bool
        /// `Int`, `Text`, `Bool`, `Number`, `File`, the name of an object, or one of these in brackets: a list of it.
        package var types: Set<String>
        package init(isRequired: Bool, types: Set<String>) {
            self.isRequired = isRequired
            self.types = types
        }
    }
    package typealias Fields = [String: Field]

    package static let methods = read(
        """
        getMe
        logOut
        close
        getWebhookInfo
        getUpdates offset:Int limit:Int timeout:Int allowed_updates:[Text]
        setWebhook url!:Text certificate:File ip_address:Text max_connections:Int allowed_updates:[Text] \
        drop_pending_updates:Bool secret_token:Text
        deleteWebhook drop_pending_updates:Bool
        sendMessage \(to) text!:Text parse_mode:Text entities:[MessageEntity] link_preview_options:LinkPreviewOptions \
        \(sending)
        sendPhoto \(to) photo!:File|Text has_spoiler:Bool show_caption_above_media:Bool \(caption) \(sending)
        sendDocument \(to) document!:File|Text thumbnail:File|Text disable_content_type_detection:Bool \(caption) \(sending)
        editMessageText \(edited) text:Text parse_mode:Text entities:[MessageEntity] \
        link_preview_options:LinkPreviewOptions rich_message:InputRichMessage
        editMessageCaption \(edited) show_caption_above_media:Bool \(caption)
        editMessageMedia \(edited) media!:InputMedia
        editMessageReplyMarkup \(edited)
        deleteMessage chat_id!:Int|Text message_id!:Int
        answerCallbackQuery callback_query_id!:Text text:Text show_alert:Bool url:Text cache_time:Int
        answerInlineQuery inline_query_id!:Text results!:[InlineQueryResult] cache_time:Int is_personal:Bool \
        next_offset:Text button:InlineQueryResultsButton
        setMyCommands commands!:[BotCommand] scope:BotCommandScope language_code:Text
        getMyCommands scope:BotCommandScope language_code:Text
        deleteMyCommands scope:BotCommandScope language_code:Text
        setMyDescription description:Text language_code:Text
        setMyShortDescription short_description:Text language_code:Text
        sendChatAction business_connection_id:Text chat_id!:Int|Text message_thread_id:Int action!:Text
        getChat chat_id!:Int|Text
        getChatMember chat_id!:Int|Text user_id!:Int
        getChatAdministrators chat_id!:Int|Text return_bots:Bool
        leaveChat chat_id!:Int|Text
        """)

    private static let to = """
        business_connection_id:Text chat_id!:Int|Text message_thread_id:Int direct_messages_topic_id:Int
        """
    private static let edited = """
        business_connection_id:Text chat_id:Int|Text message_id:Int inline_message_id:Text \
        reply_markup:InlineKeyboardMarkup
        """
    private static let caption = "caption:Text parse_mode:Text caption_entities:[MessageEntity]"
    private static let sending = """
        disable_notification:Bool protect_content:Bool allow_paid_broadcast:Bool message_effect_id:Text \
        suggested_post_parameters:SuggestedPostParameters reply_parameters:ReplyParameters \
        reply_markup:InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply
        """

    package static let objects = read(
        """
        InlineKeyboardMarkup inline_keyboard!:[[InlineKeyboardButton]]
        InlineKeyboardButton text!:Text icon_custom_emoji_id:Text style:Text url:Text callback_data:Text \
        web_app:WebAppInfo login_url:LoginUrl switch_inline_query:Text switch_inline_query_current_chat:Text \
        switch_inline_query_chosen_chat:SwitchInlineQueryChosenChat copy_text:CopyTextButton \
        callback_game:CallbackGame pay:Bool
        SwitchInlineQueryChosenChat query:Text allow_user_chats:Bool allow_bot_chats:Bool allow_group_chats:Bool \
        allow_channel_chats:Bool
        CopyTextButton text!:Text
        ForceReply force_reply!:Bool input_field_placeholder:Text selective:Bool
        ReplyKeyboardRemove remove_keyboard!:Bool selective:Bool
        LinkPreviewOptions is_disabled:Bool url:Text prefer_small_media:Bool prefer_large_media:Bool \
        show_above_text:Bool
        ReplyParameters message_id!:Int chat_id:Int|Text allow_sending_without_reply:Bool quote:Text \
        quote_parse_mode:Text quote_entities:[MessageEntity] quote_position:Int checklist_task_id:Int \
        poll_option_id:Text
        MessageEntity type!:Text offset!:Int length!:Int url:Text user:User language:Text custom_emoji_id:Text \
        unix_time:Int date_time_format:Text
        BotCommand command!:Text description!:Text
        BotCommandScopeDefault type!:Text
        BotCommandScopeAllPrivateChats type!:Text
        BotCommandScopeAllGroupChats type!:Text
        BotCommandScopeAllChatAdministrators type!:Text
        BotCommandScopeChat type!:Text chat_id!:Int|Text
        BotCommandScopeChatAdministrators type!:Text chat_id!:Int|Text
        BotCommandScopeChatMember type!:Text chat_id!:Int|Text user_id!:Int
        InlineQueryResultsButton text!:Text web_app:WebAppInfo start_parameter:Text
        InlineQueryResultArticle type!:Text id!:Text title!:Text input_message_content!:InputMessageContent \
        reply_markup:InlineKeyboardMarkup url:Text description:Text thumbnail_url:Text thumbnail_width:Int \
        thumbnail_height:Int
        InputTextMessageContent message_text!:Text parse_mode:Text entities:[MessageEntity] \
        link_preview_options:LinkPreviewOptions
        InputMediaPhoto type!:Text media!:Text \(caption) show_caption_above_media:Bool has_spoiler:Bool
        InputMediaDocument type!:Text media!:Text thumbnail:Text \(caption) disable_content_type_detection:Bool
        """)

    /// Objects that come in several shapes, as far as a bot like ours uses them.
    package static let unions: [String: [String]] = [
        "BotCommandScope": [
            "BotCommandScopeDefault", "BotCommandScopeAllPrivateChats", "BotCommandScopeAllGroupChats",
            "BotCommandScopeAllChatAdministrators", "BotCommandScopeChat", "BotCommandScopeChatAdministrators",
            "BotCommandScopeChatMember",
        ],
        "InlineQueryResult": ["InlineQueryResultArticle"],
        "InputMessageContent": ["InputTextMessageContent"],
        "InputMedia": ["InputMediaPhoto", "InputMediaDocument"],
    ]

    private static func read(_ table: String) -> [String: Fields] {
        var lines: [String: Fields] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            var fields = Fields()
            for word in words.dropFirst() {
                let sides = word.split(separator: ":")
                let isRequired = sides[0].hasSuffix("!")
                fields[String(isRequired ? sides[0].dropLast() : sides[0])] = Field(
                    isRequired: isRequired, types: Set(sides[1].split(separator: "|").map(String.init)))
            }
            lines[String(words[0])] = fields
        }
        return lines
    }

    // MARK: Judging

    /// What is wrong with a call, if anything. A method that is not listed is not judged.
    static func complaint(_ method: String, _ parameters: FakeTelegramParameters) -> String? {
        guard let fields = methods[method] else { return nil }
        let names = parameters.names
        if let unknown = names.first(where: { fields[$0] == nil }) { return "\(method) has no parameter \(unknown)" }
        for (name, field) in fields {
            guard names.contains(name) else {
                if field.isRequired { return "\(method) needs \(name)" }
                continue
            }
            if parameters.files.contains(name) {
                guard field.types.contains("File") else { return "\(method).\(name) is no file" }
            } else if !field.types.contains(where: { parameters.fits(name, $0) }) {
                return "\(method).\(name) is none of \(field.types.sorted())"
            }
        }
        return nil
    }

    /// Whether a value as `JSONSerialization` makes it is of the type.
    static func fits(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "Int": (value as? NSNumber).map { !isFlag($0) && Int64(exactly: $0) != nil } ?? false
        case "Number": (value as? NSNumber).map { !isFlag($0) } ?? false
        case "Bool": (value as? NSNumber).map(isFlag) ?? false
        case "Text", "File": value is String
        default: isStructure(value, type)
        }
    }

    private static func isStructure(_ value: Any, _ type: String) -> Bool {
        if type.hasPrefix("[") {
            let inner = String(type.dropFirst().dropLast())
            return (value as? [Any])?.allSatisfy { fits($0, inner) } ?? false
        }
        guard let members = value as? [String: Any] else { return false }
        if let shapes = unions[type] { return shapes.contains { isStructure(members, $0) } }
        guard let fields = objects[type] else { return true }
        return fields.allSatisfy { !$0.value.isRequired || members[$0.key] != nil }
            && members.allSatisfy { name, member in
                fields[name]?.types.contains { fits(member, $0) } ?? false
            }
    }

    /// On Linux a boolean is an NSNumber that says so by its type's letter.
    private static func isFlag(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
