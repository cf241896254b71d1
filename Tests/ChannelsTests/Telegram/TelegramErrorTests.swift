import Market
import Support
import Testing
import Transport
import Turns

@testable import Channels

@Suite("Telegram's refusals", .oneAtATime)
struct TelegramErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var description: String
        var parameters: String = ""
        var error: TelegramError
        var testDescription: String { "\(status) \(description)" }
    }

    static let cases: [Case] = [
        Case(
            status: 429, description: "Too Many Requests: retry after 17", parameters: #"{"retry_after":17}"#,
            error: .rateLimited(retryAfter: .seconds(17))),
        Case(status: 429, description: "Too Many Requests", error: .rateLimited(retryAfter: .seconds(1))),
        Case(
            status: 400, description: "Bad Request: group chat was upgraded to a supergroup chat",
            parameters: #"{"migrate_to_chat_id":-1001234}"#, error: .migrated(to: -1_001_234)),
        Case(status: 403, description: "Forbidden: bot was blocked by the user", error: .gone(reason: "blocked")),
        Case(
            status: 403, description: "Forbidden: bot was kicked from the supergroup chat",
            error: .gone(reason: "kicked")),
        Case(
            status: 403, description: "Forbidden: bot is not a member of the channel chat",
            error: .gone(reason: "kicked")),
        Case(status: 403, description: "Forbidden: user is deactivated", error: .gone(reason: "deactivated")),
        Case(
            status: 403, description: "Forbidden: bot can't initiate conversation with a user",
            error: .gone(reason: "not_started")),
        Case(status: 403, description: "Forbidden: something new", error: .gone(reason: "forbidden")),
        Case(status: 400, description: "Bad Request: chat not found", error: .gone(reason: "chat_not_found")),
        Case(status: 400, description: "Bad Request: PEER_ID_INVALID", error: .gone(reason: "chat_not_found")),
        Case(
            status: 400, description: "Bad Request: message thread not found", error: .gone(reason: "topic_not_found")),
        Case(
            status: 400, description: "Bad Request: not enough rights to send text messages to the chat",
            error: .gone(reason: "no_rights")),
        Case(
            status: 400, description: "Bad Request: message is not modified: specified new message content",
            error: .notModified),
        Case(status: 400, description: "Bad Request: message to edit not found", error: .messageNotFound),
        Case(status: 400, description: "Bad Request: message can't be edited", error: .messageNotFound),
        Case(
            status: 400, description: "Bad Request: message is too long",
            error: .rejected(status: 400, description: "Bad Request: message is too long")),
        Case(status: 401, description: "Unauthorized", error: .unauthorized(description: "Unauthorized")),
        Case(
            status: 404, description: "Not Found",
            error: .unauthorized(description: "Not Found (token or TELEGRAM_API_URL is wrong)")),
        Case(
            status: 409, description: "Conflict: terminated by other getUpdates request",
            error: .conflict(byWebhook: false)),
        Case(
            status: 409, description: "Conflict: can't use getUpdates method while webhook is active",
            error: .conflict(byWebhook: true)),
        Case(status: 500, description: "Internal Server Error", error: .unavailable(reason: "HTTP 500")),
        Case(status: 502, description: "Bad Gateway", error: .outcomeUnknown(reason: "HTTP 502")),
        Case(status: 503, description: "x", error: .unavailable(reason: "HTTP 503")),
        Case(
            status: 413, description: "Request Entity Too Large",
            error: .rejected(status: 413, description: "Request Entity Too Large")),
    ]

    @Test("each has one meaning", arguments: cases)
    func table(_ one: Case) throws {
        let parameters = one.parameters.isEmpty ? "" : ",\"parameters\":\(one.parameters)"
        let body = "{\"ok\":false,\"error_code\":\(one.status),\"description\":\"\(one.description)\"\(parameters)}"
        #expect(TelegramError(status: one.status, body: try JSONValue(parsing: Array(body.utf8))) == one.error)
    }

    @Test("a page instead of JSON is told by its status")
    func pages() {
        #expect(TelegramError(status: 502, body: nil) == .outcomeUnknown(reason: "HTTP 502"))
        #expect(TelegramError(status: 503, body: nil) == .unavailable(reason: "HTTP 503"))
        #expect(TelegramError(status: 302, body: nil) == .outcomeUnknown(reason: "HTTP 302 without sense"))
    }

    /// Answers everything with one page that echoes the path.
    struct Echo: HTTPTransport {
        var status: Int
        func send(_ request: HTTPCall) async throws(TransportError) -> HTTPAnswer {
            HTTPAnswer(
                status: status, headers: [:],
                body: Array("{\"ok\":false,\"error_code\":\(status),\"description\":\"no \(request.url)\"}".utf8))
        }
    }

    @Test("the token is in no error and no description of the configuration", arguments: [400, 401, 404, 413])
    func secrecy(status: Int) async throws {
        let token = "12345:SECRET-secret_0"
        let configuration = try TelegramConfiguration(token: token)
        let api = TelegramAPI(transport: Echo(status: status), configuration: configuration)
        let error = await #expect(throws: TelegramError.self) { try await api.getMe() }
        #expect("\(String(describing: error))".contains("no https://api.telegram.org/bot[token]/getMe"))
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, String(describing: error)] {
            #expect(!text.contains("SECRET"))
        }
    }

    @Test(
        "settings are checked",
        arguments: [
            ("", "https://api.telegram.org", "TELEGRAM_BOT_TOKEN"), ("1:a b", "https://x", "TELEGRAM_BOT_TOKEN"),
            ("1:a/b", "https://x", "TELEGRAM_BOT_TOKEN"), ("1:a", "http://example.com", "TELEGRAM_API_URL"),
            ("1:a", "http://127.0.0.1@example.com/", "TELEGRAM_API_URL"), ("1:a", "ftp://x", "TELEGRAM_API_URL"),
            ("1:a", "http://127.0.0.1.example.com", "TELEGRAM_API_URL"), ("1:a", "https://", "TELEGRAM_API_URL"),
        ])
    func settings(token: String, url: String, setting: String) throws {
        let error = #expect(throws: TelegramConfigurationError.self) {
            try TelegramConfiguration(token: token, apiURL: url)
        }
        #expect(error?.setting == setting)
    }

    @Test(
        "loopback hosts may be plain http",
        arguments: ["http://localhost:8081/", "http://127.0.0.1:1", "http://[::1]:2"])
    func loopback(url: String) throws {
        #expect(try TelegramConfiguration(token: "1:a-B_9", apiURL: url).apiURL.hasSuffix("/") == false)
    }
}
