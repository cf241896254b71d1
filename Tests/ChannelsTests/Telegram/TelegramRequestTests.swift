import Chat
import Foundation
import Messages
import Support
import Testing
import Turns

@testable import Channels

/// The published description of the Bot API, when it lies beside the package (`../shared/specs`). Read once, changed never.
private nonisolated(unsafe) let description = SharedData.specification("telegram_bot_api.json.gz")

@Suite("Requests to Telegram", .oneAtATime)
struct TelegramRequestTests {
    static let keyboard = TelegramKeyboard([
        [.init(label: "a", action: .command("/a")), .init(label: "b", action: .link("https://example.com"))]
    ])

    static let requests: [TelegramRequest] = [
        .getMe, .getUpdates(offset: 7, seconds: 50), .getUpdates(offset: nil, seconds: 0),
        .sendMessage(to: .init(chat: -1, thread: 4), text: "x", isHTML: true, keyboard: keyboard, silent: true),
        .sendMessage(to: .init(chat: 1), text: "x", isHTML: false, keyboard: nil, silent: false),
        .editMessageText(in: .init(chat: 1), message: 2, text: "x", isHTML: true, keyboard: keyboard),
        .answerCallbackQuery("q"),
        .setMyCommands(.init(scope: .chat(5), language: "es", commands: [.init(name: "a", description: "b")])),
        .setMyCommands(.init(scope: .everywhere, commands: [])),
        .setWebhook(url: "https://x", secret: "s", connections: 40), .deleteWebhook,
        .sendChatAction(to: .init(chat: 1, thread: 2), action: "typing"), .getChatMember(chat: -1, user: 2),
        .sendDocument(to: .init(chat: 1, thread: 2), caption: "c"),
        .answerInlineQuery(
            "q",
            TelegramInline(
                InlineAnswer(
                    cards: [InlineCard(id: "BTC", title: "t", detail: "d", message: .plain("x"))],
                    opening: .init(label: "open", payload: "inline")))),
    ]

    @Test(
        "names and types of every parameter are those of the published API (needs ../shared/specs)",
        .enabled(if: description != nil), arguments: requests)
    func published(request: TelegramRequest) throws {
        let methods = try #require(description?["methods"] as? [String: Any])
        let method = try #require(methods[request.method] as? [String: Any])
        var value = JSONValue.object(request.parameters)
        if request.method == "sendDocument", var members = value.object {
            members["document"] = "the file travels beside the fields"
            value = .object(members)
        }
        let problems = Self.problems(of: value, fields: method["fields"] as? [[String: Any]] ?? [], at: request.method)
        #expect(problems.isEmpty)
    }

    @Test("the check itself finds a wrong name, a wrong type and a missing parameter", .enabled(if: description != nil))
    func checkOfTheCheck() throws {
        let methods = try #require(description?["methods"] as? [String: Any])
        let fields = try #require((methods["sendMessage"] as? [String: Any])?["fields"] as? [[String: Any]])
        let wrong = JSONValue.object([
            "chat_id": 1, "txt": "x", "disable_notification": "yes",
            "reply_markup": .object(["inline_keyboard": .array([.array([.object(["label": "x"])])])]),
        ])
        let problems = Self.problems(of: wrong, fields: fields, at: "sendMessage")
        #expect(problems.contains { $0.contains("txt") } && problems.contains { $0.contains("text is missing") })
        #expect(
            problems.contains { $0.contains("disable_notification") }
                && problems.contains { $0.contains("reply_markup") })
    }

    private static func problems(of value: JSONValue, fields: [[String: Any]], at path: String) -> [String] {
        guard let members = value.object else { return ["\(path) is no object"] }
        var known: [String: [String]] = [:]
        var problems: [String] = []
        for field in fields {
            guard let name = field["name"] as? String else { continue }
            known[name] = field["types"] as? [String] ?? []
            if field["required"] as? Bool == true, members[name] == nil {
                problems.append("\(path).\(name) is missing")
            }
        }
        for (name, member) in members {
            guard let types = known[name] else {
                problems.append("\(path).\(name) is unknown")
                continue
            }
            if !types.contains(where: { fits(member, $0, at: "\(path).\(name)") }) {
                problems.append("\(path).\(name) is none of \(types)")
            }
        }
        return problems
    }

    private static func fits(_ value: JSONValue, _ type: String, at path: String) -> Bool {
        switch (type, value) {
        case ("Integer", .integer), ("String", .string), ("Boolean", .bool): return true
        case (let list, .array(let items)) where list.hasPrefix("Array of "):
            return items.allSatisfy { fits($0, String(list.dropFirst("Array of ".count)), at: path) }
        case ("InputFile", .string): return true
        case (let name, .object):
            guard let kind = (description?["types"] as? [String: Any])?[name] as? [String: Any] else { return false }
            if let subtypes = kind["subtypes"] as? [String] { return subtypes.contains { fits(value, $0, at: path) } }
            return problems(of: value, fields: kind["fields"] as? [[String: Any]] ?? [], at: path).isEmpty
        default: return false
        }
    }

    @Test("a menu keeps what the platform takes")
    func menus() {
        let list = TelegramCommandList(
            scope: .everywhere, language: "pt-BR",
            commands: [
                .init(name: "ok", description: String(repeating: "d", count: 300)),
                .init(name: "Bad", description: "x"),
                .init(name: "", description: "x"), .init(name: "empty", description: ""),
            ] + (0..<200).map { .init(name: "c\($0)", description: "x") })
        #expect(list.language == "pt" && list.commands.count == 100)
        #expect(list.commands[0].description.count == 256 && list.commands[1].description == "empty")
    }

    @Test("an address reads as it is written", arguments: ["7", "-100123", "-100123/45"])
    func addresses(text: String) { #expect(TelegramAddress(text)?.text == text) }

    @Test("what is no address is none", arguments: ["", "x", "7/", "7/x", "7/0", "7/-1", "7/1/2", "/5"])
    func noAddresses(text: String) { #expect(TelegramAddress(text) == nil) }
}
