import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Gathers one answer up to a limit, and remembers whether any of the request was handed to the connection.
final class AnswerCollector: HTTPClientResponseDelegate {
    typealias Response = HTTPAnswer

    struct TooLarge: Error {}

    private struct State {
        var wasSent = false
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func didSendRequestHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPRequestHead) {
        state.withLock { $0.wasSent = true }
    }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        guard announced <= limit else { return task.eventLoop.makeFailedFuture(TooLarge()) }
        state.withLock {
            $0.head = head
            $0.body.reserveCapacity(announced)
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            guard state.body.count + buffer.readableBytes <= limit else { return false }
            state.body.append(contentsOf: buffer.readableBytesView)
            return true
        }
        return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(TooLarge())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
        try state.withLock { state in
            guard let head = state.head else { throw HTTPClientError.remoteConnectionClosed }
            var headers: [String: String] = [:]
            for (name, value) in head.headers { headers[name.lowercased()] = value }
            return HTTPAnswer(status: Int(head.status.code), headers: headers, body: state.body)
        }
    }

    /// What `error` means to the caller. Connections are only lent to a request once they stand, so a request whose
    /// head was never handed over has reached nobody.
    func failure(_ error: any Error, limit: Int) -> TransportError {
        if error is TooLarge { return .answerTooLarge(limit: limit) }
        if let error = error as? HTTPClientError, error == .cancelled { return .cancelled }
        if error is CancellationError { return .cancelled }
        let reason = ConnectionFailure.reason(error)
        return state.withLock { $0.wasSent } ? .noAnswer(reason) : .notConnected(reason)
    }
}

/// Words for what went wrong with a connection, free of addresses and of anything that was sent.
enum ConnectionFailure {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as NIOSSLError:
            switch error {
            case .handshakeFailed(let cause): "TLS handshake failed: \(tlsWords(cause))"
            case .unableToValidateCertificate: "TLS handshake failed: the certificate cannot be validated"
            default: "TLS failed"
            }
        case is NIOSSLExtraError: "TLS handshake failed: the certificate does not match the host"
        case let error as IOError: "connection failed (errno \(error.errnoCode))"
        case let error as ChannelError:
            switch error {
            case .connectTimeout: "connect timed out"
            default: "connection closed"
            }
        case is NIOConnectionError: "refused, or host not found"
        default: "\(type(of: error))"
        }
    }

    private static func tlsWords(_ cause: BoringSSLError) -> String {
        "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
            ? "the certificate is not trusted" : "refused by the other side"
    }
}
