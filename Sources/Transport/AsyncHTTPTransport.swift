import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Outgoing HTTP/1.1 over one shared client: connections are kept and reused, each call has its deadline and its limit
/// of answer bytes, and no error carries a URL.
///
/// A redirect is never followed: it comes back as the answer it is, so that no provider can send a secret in a body or
/// a header to another host. Calls are counted in `vigia_http_calls_total` by `call` (the label) and `outcome`.
package final class AsyncHTTPTransport: HTTPTransport {
    private let client: HTTPClient
    private let outcomes = OutcomeCounters()

    /// - Parameters:
    ///   - caFile: PEM file of further certificate authorities to trust (`VIGIA_CA_FILE`).
    ///   - connectionsPerHost: most connections kept to one host; further calls wait for one within their deadline.
    ///   - connectTimeout: longest time for name, TCP and TLS together; a call's own deadline may be shorter.
    package init(
        caFile: String? = nil, connectionsPerHost: Int = 32, connectTimeout: Duration = .seconds(10)
    ) throws(TrustFailure) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try Trust.tlsConfiguration(caFile: caFile), redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(60), concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerHost))
        // Whether and when to try again is the caller's decision (back-off, circuit), not the pool's.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections. Calls in flight fail; later ones are refused.
    package func shutdown() async { try? await client.shutdown() }

    package func send(_ request: HTTPCall) async throws(TransportError) -> HTTPAnswer {
        do {
            let answer = try await attempt(request)
            outcomes.count(request.label, "\(answer.status / 100)xx")
            return answer
        } catch {
            outcomes.count(request.label, error.outcome)
            throw error
        }
    }

    private func attempt(_ call: HTTPCall) async throws(TransportError) -> HTTPAnswer {
        if Task.isCancelled { throw .cancelled }
        var request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(
                url: call.url, method: HTTPMethod(rawValue: call.method),
                headers: HTTPHeaders(call.headers.map { ($0.name, $0.value) }))
        } catch {
            throw .notConnected("the address is not valid")
        }
        if !request.headers.contains(name: "User-Agent") { request.headers.add(name: "User-Agent", value: "vigia") }
        if let body = call.body { request.body = .bytes(body) }
        let collector = AnswerCollector(limit: call.limit)
        let task = client.execute(request: request, delegate: collector, deadline: .now() + TimeAmount(call.deadline))
        // The client keeps the deadline; should it ever lose a call, ours ends the wait a moment later.
        let ending = task.eventLoop.makePromise(of: HTTPAnswer.self)
        let guardian = task.eventLoop.scheduleTask(in: TimeAmount(call.deadline + .seconds(1))) {
            ending.fail(HTTPClientError.deadlineExceeded)
        }
        task.futureResult.whenComplete { result in
            guardian.cancel()
            ending.completeWith(result)
        }
        do {
            return try await withTaskCancellationHandler {
                try await ending.futureResult.get()
            } onCancel: {
                task.cancel()
                ending.fail(HTTPClientError.cancelled)
            }
        } catch {
            throw collector.failure(error, limit: call.limit)
        }
    }
}

extension TransportError {
    /// How a metric names it.
    package var outcome: String {
        switch self {
        case .notConnected: "not_connected"
        case .noAnswer: "no_answer"
        case .answerTooLarge: "too_large"
        case .cancelled: "cancelled"
        }
    }
}

/// One counter for each label and outcome, made once.
final class OutcomeCounters: Sendable {
    private struct Key: Hashable {
        var label: String
        var outcome: String
    }
    private let counters = Mutex<[Key: Counter]>([:])

    func count(_ label: String, _ outcome: String) {
        let counter = counters.withLock { counters in
            let key = Key(label: label, outcome: outcome)
            if let known = counters[key] { return known }
            let new = Counter(label: "vigia_http_calls_total", dimensions: [("call", label), ("outcome", outcome)])
            counters[key] = new
            return new
        }
        counter.increment()
    }
}
