package import NIOCore
import NIOWebSocket

package enum WebSocketMessage: Hashable, Sendable {
    case text(ByteBuffer)
    case binary(ByteBuffer)

    package var buffer: ByteBuffer {
        switch self {
        case .text(let buffer), .binary(let buffer): buffer
        }
    }
}

package enum WebSocketError: Error, Hashable, Sendable {
    /// No WebSocket came about: name not resolved, refused, TLS failed, no answer to the upgrade in time.
    case notConnected(String)
    /// The server answered the upgrade with an HTTP status of its own.
    case refused(status: Int, retryAfter: Duration?)
    /// The connection ended; the code is the server's, absent when it was cut.
    case closed(code: UInt16?)
    /// Nothing arrived for the idle time.
    case idle
    /// A message was larger than the limit.
    case messageTooLarge(limit: Int)
    /// What arrived is not WebSocket.
    case violation
    case cancelled
}

/// One open WebSocket. Pings are answered by themselves.
package final class WebSocketConnection: Sendable {
    typealias Producer = NIOThrowingAsyncSequenceProducer<
        WebSocketMessage, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark,
        WebSocketFrameHandler.Delegate
    >

    /// What the server sends, for one reader. It ends by throwing a `WebSocketError`, or quietly after `close()`.
    package let messages: WebSocketMessages
    private let channel: any Channel

    private init(channel: any Channel, messages: WebSocketMessages) {
        self.channel = channel
        self.messages = messages
    }

    static func make(
        on channel: any Channel, idleTimeout: Duration, messageLimit: Int, bufferLimit: Int
    ) throws -> WebSocketConnection {
        let delegate = WebSocketFrameHandler.Delegate(channel: channel)
        let new = NIOThrowingAsyncSequenceProducer.makeSequence(
            elementType: WebSocketMessage.self, failureType: (any Error).self,
            backPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
                lowWatermark: bufferLimit / 2, highWatermark: bufferLimit),
            finishOnDeinit: false, delegate: delegate)
        let handler = WebSocketFrameHandler(source: new.source, messageLimit: messageLimit)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(readTimeout: TimeAmount(idleTimeout)))
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 4096, maxAccumulatedFrameSize: messageLimit))
        try pipeline.addHandler(handler)
        delegate.attach(NIOLoopBound(handler, eventLoop: channel.eventLoop))
        return WebSocketConnection(channel: channel, messages: WebSocketMessages(producer: new.sequence))
    }

    /// Sends one text message; returns when the system has taken the bytes.
    package func send(text: String) async throws(WebSocketError) {
        try await send(.text, ByteBuffer(string: text))
    }

    package func ping() async throws(WebSocketError) { try await send(.ping, ByteBuffer()) }

    /// Says goodbye, waits a moment for the server's own, and closes.
    package func close(code: UInt16 = 1000) async {
        guard channel.isActive else { return }
        var payload = ByteBuffer()
        payload.writeInteger(code)
        try? await send(.connectionClose, payload)
        let channel = channel
        let giveUp = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        try? await channel.closeFuture.get()
        giveUp.cancel()
    }

    /// Breaks the connection at once.
    package func abort() { channel.close(promise: nil) }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async throws(WebSocketError) {
        do {
            try await channel.writeAndFlush(
                WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
        } catch {
            throw .closed(code: nil)
        }
    }
}

/// The incoming messages of one connection; bounded, for one reader.
package struct WebSocketMessages: AsyncSequence, Sendable {
    package typealias Element = WebSocketMessage

    let producer: WebSocketConnection.Producer

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: producer.makeAsyncIterator()) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        var base: WebSocketConnection.Producer.AsyncIterator

        /// - Throws: always a `WebSocketError`.
        package mutating func next() async throws -> WebSocketMessage? {
            do {
                return try await base.next()
            } catch let error as WebSocketError {
                throw error
            } catch is CancellationError {
                throw WebSocketError.cancelled
            } catch {
                throw WebSocketError.closed(code: nil)
            }
        }
    }
}
