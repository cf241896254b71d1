import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One plain request to this machine, for looking at the agent's own endpoints.
package enum LocalHTTP {
    package struct Answer: Sendable {
        package var status: Int
        package var headers: [String: String]
        package var body: String
    }

    package static func get(port: Int, path: String) async -> Answer? {
        await send(port: port, method: "GET", path: path, headers: [:], body: "")
    }

    /// `nil` when nothing answers within five seconds.
    package static func send(
        port: Int, method: String, path: String, headers: [String: String], body: String
    ) async -> Answer? {
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Answer.self)
        let deadline = promise.futureResult.eventLoop.scheduleTask(in: .seconds(5)) {
            promise.fail(ChannelError.connectTimeout(.seconds(5)))
        }
        defer { deadline.cancel() }
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(2))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(Reader(promise))
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
            fields.add(name: "host", value: "127.0.0.1:\(port)")
            fields.add(name: "connection", value: "close")
            fields.add(name: "content-length", value: "\(body.utf8.count)")
            let head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path, headers: fields)
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            let answer = try await promise.futureResult.get()
            try? await channel.close()
            return answer
        } catch {
            promise.fail(error)
            return nil
        }
    }

    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = HTTPClientResponsePart
        private let promise: EventLoopPromise<Answer>
        private let answer = Locked(Answer(status: 0, headers: [:], body: ""))

        init(_ promise: EventLoopPromise<Answer>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                answer.withLockedValue {
                    $0.status = Int(head.status.code)
                    for field in head.headers { $0.headers[field.name.lowercased()] = field.value }
                }
            case .body(let bytes): answer.withLockedValue { $0.body += String(buffer: bytes) }
            case .end: promise.succeed(answer.withLockedValue { $0 })
            }
        }

        func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
    }
}

/// A port of the loopback interface that is free now.
package enum FreePort {
    package struct None: Error {}

    package static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw None() }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw -> UInt16? in
                guard bind(descriptor, raw, length) == 0, getsockname(descriptor, raw, &length) == 0 else { return nil }
                return pointer.pointee.sin_port
            }
        }
        guard let port else { throw None() }
        return Int(UInt16(bigEndian: port))
    }
}

/// A small value behind a lock.
private final class Locked<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func withLockedValue<R: Sendable>(_ body: (inout Value) -> R) -> R { value.withLock { body(&$0) } }
}
