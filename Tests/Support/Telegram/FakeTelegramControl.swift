import Foundation

/// A side door for programs in other languages that drive the fake: `POST /fake/says`, `/fake/press`, `/fake/group`,
/// `/fake/fault`, `/fake/block`, `/fake/limits` with JSON bodies, `GET /fake/journal`.
extension FakeTelegram {
    func control(_ request: LoopbackRequest) -> LoopbackResponse {
        let object = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any] ?? [:]
        func integer(_ name: String) -> Int64? { (object[name] as? NSNumber)?.int64Value }
        func text(_ name: String) -> String? { object[name] as? String }
        let user = user(integer("user") ?? 1, language: text("language") ?? "en")
        switch request.path {
        case "/fake/says":
            let id = say(
                text("text") ?? "", user: user.id, chat: integer("chat") ?? user.id, thread: integer("topic"),
                replyTo: integer("reply_to"))
            return .json("{\"update_id\":\(id)}")
        case "/fake/press":
            guard let press = try? user.presses(text("label") ?? "") else { return .json("{}", status: 404) }
            return .json("{\"update_id\":\(press.update),\"query\":\"\(press.query)\"}")
        case "/fake/group":
            let group = group(integer("chat") ?? -1, isForum: (object["forum"] as? Bool) ?? false)
            return .json("{\"chat\":\(group.id)}")
        case "/fake/block":
            user.blocksTheBot()
            return .json("{}")
        case "/fake/migrate":
            migrate(from: integer("chat") ?? 0, to: integer("to") ?? 0, by: user.id)
            return .json("{}")
        case "/fake/limits":
            limits = (object["on"] as? Bool) == true ? .documented : .off
            return .json("{}")
        case "/fake/fault":
            guard let fault = fault(text("kind") ?? "", number: integer("number") ?? 0) else {
                return .json("{}", status: 400)
            }
            inject(fault, count: integer("count").map(Int.init) ?? 1, method: text("method"), chat: integer("chat"))
            return .json("{}")
        case "/fake/journal": return .json(journal.json)
        default: return .notFound
        }
    }

    private func fault(_ kind: String, number: Int64) -> FakeTelegramFault? {
        switch kind {
        case "rate_limited": .rateLimited(retryAfter: Int(number))
        case "blocked": .blocked
        case "migrated": .migrated(to: number)
        case "html": .html(Int(number))
        case "status": .status(Int(number), "Internal Server Error")
        case "hang": .hang
        case "accept_then_cut": .acceptThenCut
        case "accept_then_hang": .acceptThenHang
        default: nil
        }
    }
}

extension FakeTelegramJournal {
    /// `{"sent": [{"index", "time_ms", "method", "chat", "thread", "message_id", "text", "raw", "silent", "buttons"}], "refused": n,
    /// "answered_queries": n, "violations": [text]}`.
    package var json: String {
        let items = sent.map { sent in
            let buttons = sent.buttons.joined().map { button in
                "{\"label\":\(jsonText(button.label)),\"data\":\(button.data.map(jsonText) ?? "null")}"
            }
            return
                "{\"index\":\(sent.index),\"time_ms\":\(sent.wallTime),\"method\":\"\(sent.method)\",\"chat\":\(sent.chat),"
                + "\"thread\":\(sent.thread.map(String.init) ?? "null"),\"message_id\":\(sent.messageID),"
                + "\"text\":\(jsonText(sent.text)),\"raw\":\(jsonText(sent.raw)),\"silent\":\(sent.isSilent),"
                + "\"buttons\":[\(buttons.joined(separator: ","))]}"
        }
        return "{\"sent\":[\(items.joined(separator: ","))],\"refused\":\(refused.count),"
            + "\"answered_queries\":\(answeredQueries.count),"
            + "\"violations\":[\(violations.map(jsonText).joined(separator: ","))]}"
    }
}
