/// A webhook door of a front end. The web server passes raw bytes; the front end verifies before it parses.
package protocol InboundWebhook: Sendable {
    /// `headers` have lower-case names. Returns when the update is committed.
    func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer
    /// The same with the request's path and query as they came, for a signature that covers them.
    func receive(target: String, headers: [String: String], body: [UInt8]) async -> WebhookAnswer
}

extension InboundWebhook {
    package func receive(target: String, headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        await receive(headers: headers, body: body)
    }
}

package struct WebhookAnswer: Hashable, Sendable {
    package var status: Int
    package var body: String
    /// `nil`: no body, or plain text.
    package var contentType: String?
    package init(status: Int, body: String = "", contentType: String? = nil) {
        self.status = status
        self.body = body
        self.contentType = contentType
    }
}
