/// One outgoing request and its whole answer. An implementation has a deadline and a size limit for each call, and
/// never puts a URL's path, query or header values into an error or a log.
package protocol HTTPTransport: Sendable {
    func send(_ request: HTTPCall) async throws(TransportError) -> HTTPAnswer
}

package struct HTTPCall: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    package var deadline: Duration
    /// Bytes of answer body read at the most.
    package var limit: Int
    /// How this call is named in logs and metrics, in place of the URL: `telegram sendMessage`.
    package var label: String

    package init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        deadline: Duration = .seconds(10), limit: Int = 16 << 20, label: String
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.limit = limit
        self.label = label
    }
}

package struct HTTPAnswer: Sendable {
    package var status: Int
    /// Names in lower case; the last value of a repeated one.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

package enum TransportError: Error, Hashable, Sendable {
    /// Nothing was sent: name not resolved, refused, TLS failed.
    case notConnected(String)
    /// The request may have been read by the other side.
    case noAnswer(String)
    case answerTooLarge(limit: Int)
    case cancelled
}
