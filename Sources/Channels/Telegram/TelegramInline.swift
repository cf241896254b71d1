import Chat
import Messages

/// Cards of an inline answer, as `answerInlineQuery` takes them (core.telegram.org/bots/api#answerinlinequery).
struct TelegramInline: Hashable, Sendable {
    /// Prices change: the server asks again after so many seconds.
    static let cacheSeconds: Int64 = 5
    /// The server takes 50.
    static let most = 10
    private static let titleUnits = 128

    let results: [JSONValue]
    let opening: JSONValue?

    init(_ answer: InlineAnswer) {
        var taken: Set<String> = []
        results = answer.cards.compactMap { card -> JSONValue? in
            guard (1...64).contains(card.id.utf8.count), taken.insert(card.id).inserted,
                let part = TelegramMarkup(card.message).parts.first
            else { return nil }
            return .object([
                "type": "article", "id": .string(card.id), "title": .string(TelegramInline.line(card.title)),
                "description": .string(TelegramInline.line(card.detail)),
                "input_message_content": .object([
                    "message_text": .string(part.html), "parse_mode": "HTML",
                    "link_preview_options": .object(["is_disabled": true]),
                ]),
            ])
        }.prefix(TelegramInline.most).map { $0 }
        opening = answer.opening.map {
            .object(["text": .string(TelegramInline.line($0.label)), "start_parameter": .string($0.payload)])
        }
    }

    private static func line(_ text: String) -> String {
        TelegramText.clean(text).replacing("\n", with: " ").prefix(utf16: titleUnits)
    }
}

extension TelegramRequest {
    /// Personal, because it depends on who may use the bot and on their language.
    static func answerInlineQuery(_ id: String, _ answer: TelegramInline) -> TelegramRequest {
        TelegramRequest(
            "answerInlineQuery",
            [
                "inline_query_id": .string(id), "results": .array(answer.results), "is_personal": true,
                "cache_time": .integer(TelegramInline.cacheSeconds), "button": answer.opening,
            ], isHarmless: true)
    }
}
