import Foundation
import Support
import Testing
import Transport
import Turns

@testable import Channels

/// The fake's table of methods and objects.
@Suite(.oneAtATime) struct FakeTelegramSpecificationTests {
    private typealias Table = FakeTelegramSpecification

    @Test("the real server passes over a wrong name or type in silence; the fake refuses it")
    func refuses() async throws {
        let fake = try await FakeTelegram.start()
        let transport = try AsyncHTTPTransport()
        let api = TelegramAPI(
            transport: transport, configuration: try TelegramConfiguration(token: fake.token, apiURL: fake.url))
        fake.user(7).says("hi")
        func says(_ method: String, _ parameters: [String: JSONValue]) async -> String {
            do {
                _ = try await api.call(TelegramRequest(method, parameters))
                return "ok"
            } catch { return "\(error)" }
        }
        func keyboard(_ key: [String: JSONValue]) -> JSONValue {
            .object(["inline_keyboard": .array([.array([.object(key)])])])
        }
        #expect(await says("sendMessage", ["chat_id": 7, "text": "x", "disable_notification": true]) == "ok")
        let wrong: [(String, [String: JSONValue], String)] = [
            ("sendMessage", ["chat_id": 7, "txt": "x"], "no parameter txt"),
            ("sendMessage", ["chat_id": 7], "needs text"),
            ("sendMessage", ["chat_id": 7, "text": 5], "text is none of"),
            ("sendMessage", ["chat_id": 7, "text": "x", "disable_notification": "yes"], "disable_notification"),
            ("editMessageReplyMarkup", ["chat_id": 7, "reply_markup": keyboard(["label": "x"])], "reply_markup"),
            (
                "sendMessage", ["chat_id": 7, "text": "x", "link_preview_options": .object(["off": true])],
                "link_preview"
            ),
            ("setMyCommands", ["commands": .array([.object(["command": "a"])])], "commands is none of"),
            (
                "setMyCommands", ["commands": .array([]), "scope": .object(["type": "chat", "user": 7])],
                "scope is none of"
            ),
            ("getUpdates", ["limit": "ten"], "limit is none of"), ("getMe", ["x": 1], "no parameter x"),
        ]
        for (method, parameters, complaint) in wrong {
            #expect(await says(method, parameters).contains(complaint), "\(method) \(parameters)")
        }
        #expect(fake.journal.violations.count == wrong.count)
        await fake.stop()
        await transport.shutdown()
    }

    @Test(
        "every method and object of the table is as the Bot API publishes it (needs ../shared/specs)",
        .enabled(if: SharedData.has("../specs/telegram_bot_api.json.gz")))
    func isPublished() throws {
        let published = try #require(SharedData.specification("telegram_bot_api.json.gz"))
        let methods = try #require(published["methods"] as? [String: [String: Any]])
        let types = try #require(published["types"] as? [String: [String: Any]])
        for (name, fields) in Table.methods {
            let found = try #require(methods[name], "\(name)")
            #expect(fields == Self.fields(found), "\(name)")
        }
        for (name, fields) in Table.objects {
            let found = try #require(types[name], "\(name)")
            #expect(fields == Self.fields(found), "\(name)")
        }
        for (name, shapes) in Table.unions {
            let known = types[name]?["subtypes"] as? [String] ?? []
            #expect(Set(known).isSuperset(of: shapes), "\(name)")
            #expect(shapes.allSatisfy { Table.objects[$0] != nil }, "\(name)")
        }
        #expect(Table.methods.count > 20)
    }

    @Test("every method that we use is in the table")
    func isUsed() {
        #expect(TelegramRequestTests.requests.allSatisfy { Table.methods[$0.method] != nil })
    }

    private static func fields(_ description: [String: Any]) -> Table.Fields {
        var fields = Table.Fields()
        for field in description["fields"] as? [[String: Any]] ?? [] {
            guard let name = field["name"] as? String else { continue }
            fields[name] = Table.Field(
                isRequired: field["required"] as? Bool == true,
                types: Set((field["types"] as? [String] ?? []).map(short)))
        }
        return fields
    }

    private static func short(_ type: String) -> String {
        if type.hasPrefix("Array of ") { return "[\(short(String(type.dropFirst("Array of ".count))))]" }
        return ["Integer": "Int", "String": "Text", "Boolean": "Bool", "Float": "Number", "InputFile": "File"][type]
            ?? type
    }
}
