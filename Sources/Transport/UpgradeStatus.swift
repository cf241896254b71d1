import NIOCore
import NIOHTTP1
import Synchronization

/// What the server answered to a request to upgrade.
final class UpgradeStatus: Sendable {
    struct NotUpgraded: Error {}

    private struct State {
        var status: Int?
        var retryAfter: String?
        var isTimedOut = false
    }
    private let state = Mutex(State())

    func answered(_ head: HTTPResponseHead) {
        state.withLock {
            $0.status = Int(head.status.code)
            $0.retryAfter = head.headers.first(name: "Retry-After")
        }
    }

    func timedOut() { state.withLock { $0.isTimedOut = true } }

    func failure(_ error: any Error, isCancelled: Bool) -> WebSocketError {
        state.withLock { state in
            if isCancelled || error is CancellationError { return .cancelled }
            if let status = state.status, status != 101 {
                return .refused(status: status, retryAfter: state.retryAfter.flatMap { Int($0) }.map { .seconds($0) })
            }
            if state.isTimedOut { return .notConnected("the upgrade was not answered in time") }
            if state.status == 101 { return .notConnected("the upgrade was answered wrongly") }
            return .notConnected(ConnectionFailure.reason(error))
        }
    }
}

/// Notes the head of the answer on its way to the upgrade; afterwards lets frames' bytes pass.
final class UpgradeStatusReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let status: UpgradeStatus
    private var isDone = false

    init(_ status: UpgradeStatus) { self.status = status }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isDone, case .head(let head) = unwrapInboundIn(data) {
            isDone = true
            status.answered(head)
        }
        context.fireChannelRead(data)
    }
}
