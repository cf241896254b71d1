import NIOCore
import NIOPosix

/// The other end of a running agent's local socket.
package enum TerminalSocketClient {
    /// Passes lines on and gives what comes back to `output`, until either side ends. False when nobody listens at `path`.
    package static func run(
        path: String, lines: AsyncStream<String>, output: @escaping @Sendable (String) -> Void
    ) async throws -> Bool {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            return false
        }
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await bytes in inbound { output(String(buffer: bytes)) }
                }
                group.addTask {
                    for await line in lines { try await outbound.write(ByteBuffer(string: line + "\n")) }
                }
                try await group.next()
                group.cancelAll()
            }
        }
        return true
    }
}
