import NIOCore
import NIOWebSocket

/// The server's end of one WebSocket connection.
package final class LoopbackSocket: Sendable {
    package enum Message: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        /// The client said goodbye with this code.
        case close(UInt16?)
    }

    package let request: LoopbackRequest
    /// What the client sends; ends when the connection does.
    package let messages: AsyncStream<Message>
    private let channel: any Channel

    private init(channel: any Channel, request: LoopbackRequest, messages: AsyncStream<Message>) {
        self.channel = channel
        self.request = request
        self.messages = messages
    }

    static func make(on channel: any Channel, request: LoopbackRequest) -> (LoopbackSocket, LoopbackSocketHandler) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Message.self, bufferingPolicy: .bufferingNewest(100_000))
        return (
            LoopbackSocket(channel: channel, request: request, messages: stream), LoopbackSocketHandler(continuation)
        )
    }

    package var isOpen: Bool { channel.isActive }

    /// Returns when the bytes were handed to the system: a client that does not read holds the sender up.
    package func send(_ text: String) async throws { try await send(.text, Array(text.utf8)) }
    package func send(binary: [UInt8]) async throws { try await send(.binary, binary) }
    package func ping(_ payload: [UInt8] = []) async throws { try await send(.ping, payload) }

    /// Sends one text message in fragments.
    package func send(fragments: [String]) async throws {
        for (index, fragment) in fragments.enumerated() {
            try await send(
                index == 0 ? .text : .continuation, Array(fragment.utf8), isLast: index == fragments.count - 1)
        }
    }

    /// Says goodbye and closes.
    package func close(code: UInt16 = 1000) async {
        guard channel.isActive else { return }
        try? await send(.connectionClose, [UInt8(code >> 8), UInt8(code & 0xff)])
        try? await channel.close()
    }

    /// Breaks the connection without a farewell.
    package func cut() { channel.close(promise: nil) }

    private func send(_ opcode: WebSocketOpcode, _ bytes: [UInt8], isLast: Bool = true) async throws {
        let frame = WebSocketFrame(fin: isLast, opcode: opcode, data: ByteBuffer(bytes: bytes))
        try await channel.writeAndFlush(frame)
    }
}

/// Hands frames to the socket's stream and answers pings. Lives on its event loop.
final class LoopbackSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let continuation: AsyncStream<LoopbackSocket.Message>.Continuation

    init(_ continuation: AsyncStream<LoopbackSocket.Message>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        var bytes = frame.unmaskedData
        switch frame.opcode {
        case .text: continuation.yield(.text(String(buffer: bytes)))
        case .binary: continuation.yield(.binary(Array(bytes.readableBytesView)))
        case .pong: continuation.yield(.pong(Array(bytes.readableBytesView)))
        case .ping:
            continuation.yield(.ping(Array(bytes.readableBytesView)))
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: bytes)), promise: nil)
        case .connectionClose:
            continuation.yield(.close(bytes.readInteger()))
            let channel = context.channel
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
            ).whenComplete { _ in channel.close(promise: nil) }
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
