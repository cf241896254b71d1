import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One whole request as a fake sees it.
package struct LoopbackRequest: Sendable {
    package var method: String
    /// Path and query as they were sent.
    package var uri: String
    /// Path alone, percent escapes removed.
    package var path: String
    /// Query items by name, percent escapes removed; the last value of a repeated name.
    package var query: [String: String]
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, whatever the case of its name.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    init(_ head: HTTPRequestHead, body: [UInt8]) {
        method = head.method.rawValue
        uri = head.uri
        headers = head.headers.map { ($0.name, $0.value) }
        self.body = body
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = Self.unescaped(parts[0])
        query = parts.count > 1 ? Self.form(parts[1]) : [:]
    }

    /// Reads `a=1&b=2`, as in a query or a form body.
    package static func form(_ text: some StringProtocol) -> [String: String] {
        var items: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            items[unescaped(sides[0])] = sides.count > 1 ? unescaped(String(sides[1]).replacing("+", with: " ")) : ""
        }
        return items
    }

    private static func unescaped(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What a fake answers.
package struct LoopbackResponse: Sendable {
    package enum Ending: Sendable {
        /// The answer as it should be.
        case whole
        /// The connection breaks before a byte was answered.
        case cutBefore
        /// The connection breaks in the middle of the body.
        case cutInside
        /// The connection stays open and nothing ever comes.
        case silent
    }
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var ending: Ending

    package init(
        status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = [], ending: Ending = .whole
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.ending = ending
    }

    package static func json(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = [])
        -> LoopbackResponse
    {
        LoopbackResponse(
            status: status, headers: [("Content-Type", "application/json")] + headers, body: Array(text.utf8))
    }

    package static func html(_ text: String, status: Int = 200) -> LoopbackResponse {
        LoopbackResponse(status: status, headers: [("Content-Type", "text/html")], body: Array(text.utf8))
    }

    package static let notFound = LoopbackResponse.json("{}", status: 404)
    /// The connection breaks without an answer, after the request was read.
    package static let cut = LoopbackResponse(ending: .cutBefore)
    /// The request was read and is never answered.
    package static let silence = LoopbackResponse(ending: .silent)
}

/// Gathers a request, has it answered in a task, and writes the answer. Lives on its event loop.
final class LoopbackHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handler: LoopbackServer.Handler
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ handler: @escaping LoopbackServer.Handler) { self.handler = handler }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.removeAll(keepingCapacity: false)
        case .body(let buffer):
            body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            Self.answer(
                LoopbackRequest(head, body: body), with: handler, on: context.channel, keepAlive: head.isKeepAlive)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Says only that the upgrade was not taken; the request itself follows and is answered.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }

    private static func answer(
        _ request: LoopbackRequest, with handler: @escaping LoopbackServer.Handler, on channel: any Channel,
        keepAlive: Bool
    ) {
        let promise = channel.eventLoop.makePromise(of: LoopbackResponse.self)
        promise.completeWithTask { await handler(request) }
        promise.futureResult.whenSuccess { write($0, to: channel, keepAlive: keepAlive) }
    }

    private static func write(_ response: LoopbackResponse, to channel: any Channel, keepAlive: Bool) {
        if response.ending == .silent { return }
        guard response.ending != .cutBefore else { return channel.close(promise: nil) }
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
        if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let isCut = response.ending == .cutInside
        let bytes = isCut ? response.body.prefix(response.body.count / 2) : response.body[...]
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        if isCut {
            channel.flush()
            channel.close(promise: nil)
            return
        }
        let written = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !keepAlive { written.whenComplete { _ in channel.close(promise: nil) } }
    }
}
