import NIOCore
import NIOPosix

/// An HTTP/1.1 server on 127.0.0.1 that reads whole requests, as far as their `Content-Length` goes, and gives each the
/// same answer at once. It costs as little as a server can, for measurements of what sends to it.
package final class PlainServer: Sendable {
    package let url: String
    private let listener: any Channel

    private init(listener: any Channel) {
        self.listener = listener
        url = "http://127.0.0.1:\(listener.localAddress?.port ?? 0)"
    }

    /// Answers 200 with `json` as the body.
    package static func start(json: String) async throws -> PlainServer {
        let answer = ByteBuffer(
            string:
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n\(json)"
        )
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return PlainServer(listener: listener)
    }

    package func stop() async { try? await listener.close() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: ByteBuffer
        private var read = ByteBuffer()

        init(_ answer: ByteBuffer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            read.writeBuffer(&bytes)
            while let length = Self.request(in: read.readableBytesView) {
                read.moveReaderIndex(forwardBy: length)
                context.write(wrapOutboundOut(answer), promise: nil)
            }
            if read.readableBytes == 0 { read.clear() }
            context.flush()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        /// Length of the first whole request; `nil` while it is not whole.
        private static func request(in bytes: ByteBufferView) -> Int? {
            bytes.withContiguousStorageIfAvailable { bytes -> Int? in
                var start = 0
                var body = 0
                for end in bytes.indices.dropFirst() where bytes[end] == 10 && bytes[end - 1] == 13 {
                    let line = bytes[start..<(end - 1)]
                    start = end + 1
                    if line.isEmpty { return start + body <= bytes.count ? start + body : nil }
                    if line.count > field.count, zip(line, field).allSatisfy({ $0 | 32 == $1 }) {
                        body = line.dropFirst(field.count).reduce(0) { value, digit in
                            (48...57).contains(digit) ? value * 10 + Int(digit - 48) : value
                        }
                    }
                }
                return nil
            } ?? nil
        }

        private static let field = Array("content-length:".utf8)
    }
}
