import Foundation
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The local socket of a running agent, for `vigia chat`: lines in, text out. Only the user that runs the agent may
/// open it (mode 0600); whoever does is the local operator.
package struct TerminalSocket: Service {
    /// Longest line taken; what is longer ends the connection.
    private static let longestLine = 8192

    private let path: String
    private let hub: TerminalHub
    private let serve: @Sendable (AsyncStream<String>) async throws -> Void
    private let logger: Logger

    /// `serve` handles the lines of one client and returns at their end.
    package init(
        path: String, hub: TerminalHub, logger: Logger,
        serve: @escaping @Sendable (AsyncStream<String>) async throws -> Void
    ) {
        self.path = path
        self.hub = hub
        self.logger = logger
        self.serve = serve
    }

    package func run() async throws {
        // A socket file that nobody answers at was left behind by a crash.
        try? FileManager.default.removeItem(atPath: path)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ByteToMessageHandler(LineDecoder(longest: Self.longestLine)))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try? await server.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { group in
                for try await client in clients.cancelOnGracefulShutdown() {
                    group.addTask { await attend(client) }
                }
                group.cancelAll()
            }
        }
    }

    private func attend(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await client.executeThenClose { inbound, outbound in
                let (texts, sink) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(256))
                let (lines, feed) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(64))
                let key = hub.attach { sink.yield($0) }
                defer { hub.detach(key) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for await text in texts { try await outbound.write(ByteBuffer(string: text + "\n")) }
                    }
                    group.addTask {
                        for try await line in inbound { feed.yield(String(buffer: line)) }
                        feed.finish()
                    }
                    group.addTask { try await serve(lines) }
                    // Whichever ends first, the client left or said quit.
                    try await group.next()
                    feed.finish()
                    sink.finish()
                    group.cancelAll()
                }
            }
        } catch {
            logger.debug("terminal client left", metadata: ["error": "\(error)"])
        }
    }
}

/// The terminals that are attached now: every text goes to all of them.
package final class TerminalHub: Sendable {
    private struct State {
        var next = 0
        var outputs: [Int: @Sendable (String) -> Void] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var isAttended: Bool { state.withLock { !$0.outputs.isEmpty } }

    package func attach(_ output: @escaping @Sendable (String) -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.outputs[state.next] = output
            return state.next
        }
    }

    package func detach(_ key: Int) { state.withLock { $0.outputs[key] = nil } }

    package func write(_ text: String) {
        for output in state.withLock({ Array($0.outputs.values) }) { output(text) }
    }
}

/// Cuts bytes at line ends.
private struct LineDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = ByteBuffer
    let longest: Int

    struct TooLong: Error {}

    func decode(buffer: inout ByteBuffer) throws -> ByteBuffer? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            if buffer.readableBytes > longest { throw TooLong() }
            return nil
        }
        let line = buffer.readSlice(length: end - buffer.readerIndex)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> ByteBuffer? { try decode(buffer: &buffer) }
}
