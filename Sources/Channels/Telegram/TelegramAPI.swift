import Market
import Metrics
package import Transport

/// The calls of the Bot API that the agent makes, as JSON over HTTP. Keeps nothing; the token stays in here.
package struct TelegramAPI: Sendable {
    private let transport: any HTTPTransport
    private let configuration: TelegramConfiguration

    package init(transport: any HTTPTransport, configuration: TelegramConfiguration) {
        self.transport = transport
        self.configuration = configuration
    }

    /// Most seconds a poll is held open by the server.
    var pollSeconds: Int { configuration.pollSeconds }

    package func getMe() async throws(TelegramError) -> TelegramBot {
        let answer = try await call(.getMe)
        guard let id = answer["id"]?.integer, let name = answer["username"]?.string else {
            throw .outcomeUnknown(reason: "getMe without id or username")
        }
        return TelegramBot(id: id, username: name)
    }

    /// Updates from `offset` on, oldest first; confirms everything below it. Waits at the server while there is none.
    /// - Parameter waits: holds the poll open until something comes; else the server answers at once.
    func getUpdates(offset: Int64?, waits: Bool = true) async throws(TelegramError) -> [JSONValue] {
        let seconds = waits ? configuration.pollSeconds : 0
        // The server answers at its time-out; what is above it is the way there and back.
        let answer = try await call(
            .getUpdates(offset: offset, seconds: seconds), deadline: .seconds(seconds + 10), limit: 32 << 20)
        guard let updates = answer.array else { throw .outcomeUnknown(reason: "getUpdates without a list") }
        return updates
    }

    /// Sends and returns the message's id, for a request that makes a message.
    func message(_ request: TelegramRequest) async throws(TelegramError) -> Int64 {
        let answer = try await call(request)
        guard let id = answer["message_id"]?.integer else {
            throw .outcomeUnknown(reason: "\(request.method) without message_id")
        }
        return id
    }

    package func answerCallbackQuery(_ id: String) async throws(TelegramError) {
        _ = try await call(.answerCallbackQuery(id))
    }

    func answerInlineQuery(_ id: String, _ answer: TelegramInline) async throws(TelegramError) {
        _ = try await call(.answerInlineQuery(id, answer))
    }

    package func setMyCommands(_ list: TelegramCommandList) async throws(TelegramError) {
        _ = try await call(.setMyCommands(list))
    }

    /// `secret`: 1 to 256 of `A–Z a–z 0–9 _ -`. `connections`: 1 to 100.
    package func setWebhook(url: String, secret: String, connections: Int = 40) async throws(TelegramError) {
        _ = try await call(.setWebhook(url: url, secret: secret, connections: connections))
    }

    /// Pending updates are kept.
    package func deleteWebhook() async throws(TelegramError) { _ = try await call(.deleteWebhook) }

    /// Shows "typing…" in the chat for five seconds. Manners only: a failure is counted and forgotten.
    package func typing(address: String) async {
        guard let chat = TelegramAddress(address) else { return }
        _ = try? await call(.sendChatAction(to: chat, action: "typing"), deadline: .seconds(3))
    }

    /// Whether the user is creator or administrator of the chat.
    func isAdministrator(chat: Int64, user: Int64) async throws(TelegramError) -> Bool {
        let answer = try await call(.getChatMember(chat: chat, user: user), deadline: .seconds(3))
        guard let status = answer["status"]?.string else {
            throw .outcomeUnknown(reason: "getChatMember without status")
        }
        return status == "creator" || status == "administrator"
    }

    /// Sends a file of at most 50 MB and returns the message's id. `caption` is plain text, cut to 1,024 UTF-16 units.
    /// A quote, a line break or a control character of `name` becomes `_`.
    package func sendDocument(
        to address: String, name: String, mediaType: String, content: [UInt8], caption: String? = nil
    ) async throws(TelegramError) -> String {
        guard let chat = TelegramAddress(address) else { throw .gone(reason: "chat_not_found") }
        let request = TelegramRequest.sendDocument(
            to: chat, caption: caption.map { TelegramText.clean($0).prefix(utf16: 1_024) })
        let form = MultipartForm(
            fields: request.parameters, fileField: "document", fileName: name, mediaType: mediaType, content: content)
        let answer = try await call(
            request, body: form.body, contentType: form.contentType, deadline: .seconds(60), limit: 1 << 20)
        guard let id = answer["message_id"]?.integer else {
            throw .outcomeUnknown(reason: "sendDocument without message_id")
        }
        return String(id)
    }

    // MARK: One call

    func call(
        _ request: TelegramRequest, deadline: Duration? = nil, limit: Int = 1 << 20
    ) async throws(TelegramError) -> JSONValue {
        try await call(
            request, body: JSONValue.object(request.parameters).encoded, contentType: "application/json",
            deadline: deadline ?? configuration.deadline, limit: limit)
    }

    private func call(
        _ request: TelegramRequest, body: [UInt8], contentType: String, deadline: Duration, limit: Int
    ) async throws(TelegramError) -> JSONValue {
        do {
            let answer = try await transport.send(
                HTTPCall(
                    method: "POST", url: "\(configuration.apiURL)/bot\(configuration.token)/\(request.method)",
                    headers: [("content-type", contentType)], body: body, deadline: deadline, limit: limit,
                    label: "telegram \(request.method)"))
            return try result(of: answer)
        } catch {
            let failure = (error as? TelegramError) ?? (error as? TransportError).map { TelegramError($0) }
            let known = redacted(failure ?? .outcomeUnknown(reason: "\(type(of: error))"))
            Counter(
                label: "vigia_telegram_call_failures_total",
                dimensions: [("method", request.method), ("kind", known.kind)]
            ).increment()
            throw known
        }
    }

    private func result(of answer: HTTPAnswer) throws(TelegramError) -> JSONValue {
        let body: JSONValue
        do { body = try JSONValue(parsing: answer.body) } catch {
            guard answer.status == 200 else { throw TelegramError(status: answer.status, body: nil) }
            throw .outcomeUnknown(reason: "answer is not JSON (byte \(error.offset))")
        }
        guard answer.status == 200, body["ok"]?.bool == true, let result = body["result"] else {
            throw TelegramError(status: answer.status, body: body)
        }
        return result
    }

    /// A server or proxy may echo the path it was asked for.
    private func redacted(_ error: TelegramError) -> TelegramError {
        func clean(_ text: String) -> String { text.replacing(configuration.token, with: "[token]") }
        return switch error {
        case .rejected(let status, let description): .rejected(status: status, description: clean(description))
        case .unauthorized(let description): .unauthorized(description: clean(description))
        case .unavailable(let reason): .unavailable(reason: clean(reason))
        case .outcomeUnknown(let reason): .outcomeUnknown(reason: clean(reason))
        default: error
        }
    }
}

/// Who the bot is at Telegram.
package struct TelegramBot: Hashable, Sendable {
    package var id: Int64
    /// Without the `@`.
    package var username: String
    package init(id: Int64, username: String) {
        self.id = id
        self.username = username
    }
}
