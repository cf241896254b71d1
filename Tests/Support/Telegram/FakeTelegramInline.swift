import Foundation

extension FakeTelegramState {
    /// Checks an inline answer as the server does: at most 50 results with ids of their own, each with a text that parses.
    mutating func answerInlineQuery(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        func bad(_ text: String) -> LoopbackResponse { refusal(400, "Bad Request: \(text)") }
        guard let id = parameters.string("inline_query_id"), openInlineQueries.remove(id) != nil else {
            return bad("query is too old and response timeout expired or query ID is invalid")
        }
        guard let results = parameters.list("results") as? [[String: Any]], results.count <= 50 else {
            return bad("RESULTS_TOO_MUCH")
        }
        var cards: [FakeTelegramJournal.InlineCard] = []
        for result in results {
            guard let id = result["id"] as? String, (1...64).contains(id.utf8.count),
                !cards.contains(where: { $0.id == id })
            else { return bad("RESULT_ID_DUPLICATE") }
            guard result["type"] as? String == "article", let title = result["title"] as? String, !title.isEmpty,
                let content = result["input_message_content"] as? [String: Any],
                let text = content["message_text"] as? String, !text.isEmpty
            else { return bad("can't parse inline query result") }
            guard content["parse_mode"] as? String == "HTML", let parsed = try? FakeTelegramHTML.parse(text) else {
                return bad("can't parse entities")
            }
            cards.append(
                .init(
                    id: id, title: title, description: result["description"] as? String ?? "", text: parsed.text))
        }
        let button = parameters.object("button")
        if let button {
            guard let label = button["text"] as? String, !label.isEmpty,
                let payload = button["start_parameter"] as? String,
                payload.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil
            else { return bad("START_PARAM_INVALID") }
        }
        journal.inlineAnswers[id] = .init(
            cards: cards, isPersonal: parameters.flag("is_personal"),
            cacheSeconds: parameters.integer("cache_time") ?? 300,
            startParameter: button?["start_parameter"] as? String)
        return result("true")
    }
}
