import NIOCore
import NIOWebSocket
import Synchronization

/// The end of the pipeline: whole messages go to the reader, pings are answered, closing and failures end the
/// sequence with their reason. Stops reading the socket while the reader lags. Lives on its event loop.
final class WebSocketFrameHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let source: WebSocketConnection.Producer.Source
    private let messageLimit: Int
    private var isPaused = false
    private var hasPendingRead = false
    private var saidGoodbye = false
    private var isFinished = false
    private weak var channel: (any Channel)?

    init(source: WebSocketConnection.Producer.Source, messageLimit: Int) {
        self.source = source
        self.messageLimit = messageLimit
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }
    func handlerRemoved(context: ChannelHandlerContext) { finish(.closed(code: nil)) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: yield(.text(frame.unmaskedData))
        case .binary: yield(.binary(frame.unmaskedData))
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            var payload = frame.unmaskedData
            let code: UInt16? = payload.readInteger()
            if saidGoodbye {
                finish(nil)
                context.close(promise: nil)
            } else {
                finish(.closed(code: code))
                var answer = ByteBuffer()
                if let code { answer.writeInteger(code) }
                let channel = context.channel
                let close = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: answer)
                context.writeAndFlush(wrapOutboundOut(close)).whenComplete { _ in channel.close(promise: nil) }
            }
        default: break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .connectionClose = unwrapOutboundIn(data).opcode { saidGoodbye = true }
        context.write(data, promise: promise)
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { hasPendingRead = true } else { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? IdleStateHandler.IdleStateEvent, event == .read {
            // Silence that we asked for ourselves is not the server's.
            guard !isPaused else { return }
            finish(.idle)
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(saidGoodbye ? nil : .closed(code: nil))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
            finish(.messageTooLarge(limit: messageLimit))
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: finish(.violation)
        default: finish(.closed(code: nil))
        }
        context.close(promise: nil)
    }

    private func yield(_ message: WebSocketMessage) {
        if case .stopProducing = source.yield(message) { isPaused = true }
    }

    private func finish(_ error: WebSocketError?) {
        guard !isFinished else { return }
        isFinished = true
        if let error { source.finish(error) } else { source.finish() }
    }

    fileprivate func resume() {
        isPaused = false
        guard hasPendingRead else { return }
        hasPendingRead = false
        channel?.read()
    }

    /// What the reader's side tells the handler, from any thread.
    final class Delegate: NIOAsyncSequenceProducerDelegate, Sendable {
        private let channel: any Channel
        private let handler = Mutex<NIOLoopBound<WebSocketFrameHandler>?>(nil)

        init(channel: any Channel) { self.channel = channel }

        func attach(_ bound: NIOLoopBound<WebSocketFrameHandler>) { handler.withLock { $0 = bound } }

        func produceMore() {
            guard let bound = handler.withLock({ $0 }) else { return }
            channel.eventLoop.execute { bound.value.resume() }
        }

        func didTerminate() { channel.close(promise: nil) }
    }
}
