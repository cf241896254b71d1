import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens WebSocket connections, plain and over TLS.
package struct WebSocketTransport: Sendable {
    private let tls: NIOSSLContext

    /// - Parameter caFile: PEM file of further certificate authorities to trust (`VIGIA_CA_FILE`).
    package init(caFile: String? = nil) throws(TrustFailure) {
        let configuration = try Trust.tlsConfiguration(caFile: caFile)
        guard let context = try? NIOSSLContext(configuration: configuration) else {
            throw .unreadable(path: caFile ?? "the system's certificate store")
        }
        tls = context
    }

    /// Connects and upgrades.
    ///
    /// - Parameters:
    ///   - url: `ws://` or `wss://`, with host, optional port, path and query.
    ///   - headers: sent with the upgrade request.
    ///   - deadline: longest time for name, TCP, TLS and upgrade together.
    ///   - idleTimeout: when not one byte arrives for so long (pings count), the messages end with `.idle`.
    ///   - messageLimit: bytes of one message at the most, fragments summed; a larger one ends the connection.
    ///   - bufferLimit: messages held for a slow reader; then the socket is not read until it has caught up.
    /// - Throws: `.refused` with the HTTP status when the server answers with anything but an upgrade.
    package func connect(
        url: String, headers: [(name: String, value: String)] = [], deadline: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(60), messageLimit: Int = 1 << 22, bufferLimit: Int = 1024
    ) async throws(WebSocketError) -> WebSocketConnection {
        if Task.isCancelled { throw .cancelled }
        guard let address = WebSocketAddress(url) else { throw .notConnected("the address is not valid") }
        let status = UpgradeStatus()
        let deadlineAt = NIODeadline.now() + TimeAmount(deadline)
        let tls = tls
        let upgraded: EventLoopFuture<WebSocketConnection>
        let channel: any Channel
        do {
            (channel, upgraded) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(deadline))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if address.isSecure {
                            try pipeline.addHandler(
                                NIOSSLClientHandler(
                                    context: tls, serverHostname: address.isNumeric ? nil : address.host))
                        }
                        let future = try Self.upgrade(
                            channel, address: address, headers: headers, status: status, idleTimeout: idleTimeout,
                            messageLimit: messageLimit, bufferLimit: bufferLimit)
                        return (channel, future)
                    }
                }
        } catch {
            throw error is CancellationError ? .cancelled : .notConnected(ConnectionFailure.reason(error))
        }
        let timeout = channel.eventLoop.scheduleTask(deadline: deadlineAt) {
            status.timedOut()
            channel.close(promise: nil)
        }
        do {
            let connection = try await withTaskCancellationHandler {
                try await upgraded.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            timeout.cancel()
            return connection
        } catch {
            timeout.cancel()
            channel.close(promise: nil)
            throw status.failure(error, isCancelled: Task.isCancelled)
        }
    }

    private static func upgrade(
        _ channel: any Channel, address: WebSocketAddress, headers: [(name: String, value: String)],
        status: UpgradeStatus, idleTimeout: Duration, messageLimit: Int, bufferLimit: Int
    ) throws -> EventLoopFuture<WebSocketConnection> {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.target)
        head.headers.add(name: "Host", value: address.authority)
        head.headers.add(name: "User-Agent", value: "vigia")
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        // Errors are handled at the end of the pipeline, which knows the limits and tells the reader why.
        let upgrader = NIOTypedWebSocketClientUpgrader<WebSocketConnection>(
            maxFrameSize: messageLimit, enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try WebSocketConnection.make(
                    on: channel, idleTimeout: idleTimeout, messageLimit: messageLimit, bufferLimit: bufferLimit)
            }
        }
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: .init(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { $0.eventLoop.makeFailedFuture(UpgradeStatus.NotUpgraded()) }))
        // A server may send its first frame in the same segment as the 101.
        configuration.leftOverBytesStrategy = .forwardBytes
        let pipeline = channel.pipeline.syncOperations
        let future = try pipeline.configureUpgradableHTTPClientPipeline(configuration: configuration)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(UpgradeStatusReader(status), position: .after(decoder))
        return future
    }
}

/// The parts of a `ws://` or `wss://` address.
struct WebSocketAddress: Hashable, Sendable {
    var isSecure: Bool
    var host: String
    var port: Int
    /// Path and query.
    var target: String

    init?(_ url: String) {
        let rest: Substring
        if url.hasPrefix("wss://") {
            isSecure = true
            rest = url.dropFirst(6)
        } else if url.hasPrefix("ws://") {
            isSecure = false
            rest = url.dropFirst(5)
        } else {
            return nil
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<end]
        let tail = rest[end...]
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        guard target.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        port = isSecure ? 443 : 80
        guard !authority.contains("@") else { return nil }
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65535).contains(number) else {
                return nil
            }
            port = number
            authority = authority[..<colon]
        }
        if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
        guard !authority.isEmpty else { return nil }
        host = String(authority)
    }

    /// Whether the host is an IP address, which TLS does not take as a server name.
    var isNumeric: Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
