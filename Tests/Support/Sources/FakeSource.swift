import Synchronization

/// A web service that gives what it was told to give, by path, and fails as it is told. Everything asked is recorded.
package final class FakeSource: Sendable {
    private struct State {
        var answers: [(prefix: String, answer: @Sendable (LoopbackRequest) -> LoopbackResponse)] = []
        var fault: LoopbackResponse?
        var requests: [LoopbackRequest] = []
    }

    private let state = Mutex(State())
    private let server = Mutex<LoopbackServer?>(nil)

    package var url: String { server.withLock { $0?.url } ?? "http://127.0.0.1:0" }
    package var requests: [LoopbackRequest] { state.withLock { $0.requests } }

    private init() {}

    package static func start() async throws -> FakeSource {
        let fake = FakeSource()
        let server = try await LoopbackServer.start { fake.answer($0) }
        fake.server.withLock { $0 = server }
        return fake
    }

    package func stop() async { await server.withLock { $0 }?.stop() }

    /// Gives this for paths that begin so; the latest that fits counts.
    package func give(_ prefix: String, _ answer: @escaping @Sendable (LoopbackRequest) -> LoopbackResponse) {
        state.withLock { $0.answers.append((prefix, answer)) }
    }

    package func give(_ prefix: String, json: String) { give(prefix) { _ in .json(json) } }

    /// What everything gets from now on; `nil` ends the trouble.
    package func fail(with fault: LoopbackResponse?) { state.withLock { $0.fault = fault } }

    private func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        let (fault, answer) = state.withLock { state in
            state.requests.append(request)
            return (state.fault, state.answers.last { request.path.hasPrefix($0.prefix) }?.answer)
        }
        return fault ?? answer?(request) ?? .notFound
    }
}
