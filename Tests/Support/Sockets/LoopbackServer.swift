package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A small HTTP/1.1 and WebSocket server on 127.0.0.1 at a free port, on which the fakes of providers are built.
///
/// Each request runs `handler` in a task of its own; connections are kept alive and answered in order. A request to
/// upgrade goes to `webSocket` first: when that gives `nil`, the request goes to `handler`, whose answer (a 451, say)
/// is what the client sees instead of the upgrade.
package final class LoopbackServer: Sendable {
    package typealias Handler = @Sendable (LoopbackRequest) async -> LoopbackResponse
    package typealias SocketHandler = @Sendable (LoopbackSocket) async -> Void

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    package var webSocketURL: String { "ws://127.0.0.1:\(port)" }

    private let listener: any Channel
    private let open: OpenChannels

    private init(listener: any Channel, open: OpenChannels) {
        self.listener = listener
        self.open = open
        port = listener.localAddress?.port ?? 0
    }

    /// Starts listening. `prepare` runs on every new connection before anything else is added to it; TLS goes there.
    /// `maxFrame` is the largest WebSocket message taken. With `port` 0 the system chooses a free one.
    package static func start(
        port: Int = 0, maxFrame: Int = 1 << 24, prepare: (@Sendable (any Channel) throws -> Void)? = nil,
        webSocket: (@Sendable (LoopbackRequest) async -> SocketHandler?)? = nil, handler: @escaping Handler
    ) async throws -> LoopbackServer {
        let open = OpenChannels()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    open.add(channel)
                    try prepare?(channel)
                    try configure(channel, maxFrame: maxFrame, webSocket: webSocket, handler: handler)
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return LoopbackServer(listener: listener, open: open)
    }

    /// Connections accepted since the start.
    package var accepted: Int { open.accepted }

    /// Breaks every open connection without a farewell; new ones are still taken.
    package func cutAll() { open.closeAll() }

    /// Stops listening and breaks every connection.
    package func stop() async {
        try? await listener.close()
        open.closeAll()
    }

    private static func configure(
        _ channel: any Channel, maxFrame: Int,
        webSocket: (@Sendable (LoopbackRequest) async -> SocketHandler?)?, handler: @escaping Handler
    ) throws {
        let name = "loopback.http"
        guard let webSocket else {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: true)
            try channel.pipeline.syncOperations.addHandler(LoopbackHTTPHandler(handler), name: name)
            return
        }
        let holder = Chosen()
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: maxFrame,
            shouldUpgrade: { channel, head in
                let request = LoopbackRequest(head, body: [])
                let promise = channel.eventLoop.makePromise(of: HTTPHeaders?.self)
                promise.completeWithTask {
                    let socketHandler = await webSocket(request)
                    holder.set(socketHandler)
                    return socketHandler == nil ? nil : HTTPHeaders()
                }
                return promise.futureResult
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    guard let socketHandler = holder.take() else { throw ChannelError.inappropriateOperationForState }
                    let (socket, inbound) = LoopbackSocket.make(on: channel, request: LoopbackRequest(head, body: []))
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 10_000,
                            maxAccumulatedFrameSize: maxFrame))
                    try pipeline.addHandler(inbound)
                    Task {
                        await socketHandler(socket)
                        await socket.close()
                    }
                }
            })
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: true,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { $0.pipeline.removeHandler(name: name, promise: nil) }
            ))
        try channel.pipeline.syncOperations.addHandler(LoopbackHTTPHandler(handler), name: name)
    }
}

/// The socket handler chosen for the connection that is being upgraded.
private final class Chosen: Sendable {
    private let value = Mutex<LoopbackServer.SocketHandler?>(nil)

    func set(_ handler: LoopbackServer.SocketHandler?) { value.withLock { $0 = handler } }
    func take() -> LoopbackServer.SocketHandler? { value.withLock { $0 } }
}

/// The connections that are open, so that a test can break them.
private final class OpenChannels: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var accepted = 0
    }
    private let state = Mutex(State())

    var accepted: Int { state.withLock { $0.accepted } }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock {
            $0.channels[id] = channel
            $0.accepted += 1
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.channels[id] = nil } }
    }

    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }
}
