import NIOCore
import NIOPosix
import Synchronization

/// Discord on a loopback port, over real sockets: the REST API with buckets, nonces and interactions, and the gateway with
/// sessions that can be resumed. It refuses in the documented words and misbehaves on demand.
package final class FakeDiscord: JournaledFake {
    package let token: String
    package let applicationID: String
    let state: Mutex<FakeDiscordState>
    private let server = Mutex<LoopbackServer?>(nil)
    /// A door of its own, as at Discord: a client may not turn a kept connection of the API into a socket.
    private let gateway = Mutex<LoopbackServer?>(nil)

    /// Base URL for `DISCORD_API_URL`.
    package var url: String { (server.withLock { $0?.url } ?? "http://127.0.0.1:0") + "/api/v10" }
    var gatewayURL: String { (gateway.withLock { $0?.webSocketURL } ?? "ws://127.0.0.1:0") + "/gateway" }
    var resumeURL: String { (gateway.withLock { $0?.webSocketURL } ?? "ws://127.0.0.1:0") + "/resume" }

    private init(token: String, applicationID: String) {
        self.token = token
        self.applicationID = applicationID
        state = Mutex(FakeDiscordState(token: token, applicationID: applicationID))
    }

    package static func start(
        token: String = "NDcxMQ.fake.discord-token", applicationID: String = "471100000000000001", port: Int = 0
    ) async throws -> FakeDiscord {
        let fake = FakeDiscord(token: token, applicationID: applicationID)
        let gateway = try await LoopbackServer.start(
            webSocket: { request in
                guard request.path.hasPrefix("/gateway") || request.path.hasPrefix("/resume") else { return nil }
                return { socket in await fake.serve(socket, request) }
            },
            handler: { _ in .notFound })
        fake.gateway.withLock { $0 = gateway }
        let server = try await LoopbackServer.start(port: port) { await fake.answer($0) }
        fake.server.withLock { $0 = server }
        return fake
    }

    package func stop() async {
        keepRequests()
        change { $0.isStopped = true }
        release()
        await server.withLock { $0 }?.stop()
        await gateway.withLock { $0 }?.stop()
    }

    func change<R>(_ body: (inout sending FakeDiscordState) -> sending R) -> sending R { state.withLock(body) }

    package func withWaiters<R: Sendable>(
        _ body: @Sendable (FakeDiscordJournal, inout JournalWaiters<FakeDiscordJournal>) -> R
    ) -> R {
        change { body($0.journal, &$0.waiters) }
    }

    private func answer(_ request: LoopbackRequest) async -> LoopbackResponse {
        if request.path.hasPrefix("/fake/") { return await control(request) }
        guard request.path.hasPrefix("/api/v10/") else { return .notFound }
        let gateway = gatewayURL
        switch change({ $0.handle(request, gatewayURL: gateway) }) {
        case .answer(let response): return Self.marked(response)
        case .delayed(let time, let response):
            try? await Task.sleep(for: time)
            return Self.marked(response)
        case .hang(let response):
            await withCheckedContinuation { continuation in
                let isStopped = change { state in
                    if !state.isStopped { state.held.append(continuation) }
                    return state.isStopped
                }
                if isStopped { continuation.resume() }
            }
            return response
        }
    }

    /// What comes from the API itself has passed its proxy, which leaves its mark; clients take a refusal without one for a
    /// ban at the edge.
    private static func marked(_ response: LoopbackResponse) -> LoopbackResponse {
        guard response.headers.first?.value == "application/json" || response.body.isEmpty else { return response }
        var response = response
        response.headers.append(("Via", "1.1 google"))
        return response
    }

    // MARK: Setting

    package var limits: FakeDiscordLimits {
        get { change { $0.limits } }
        set { change { $0.limits = newValue } }
    }

    /// Arms a fault for the next `count` requests (`nil`: until `clearFaults`) to `route`, such as
    /// `POST /channels/*/messages` (`nil`: whatever makes or changes a message), in `channel` (`nil`: any).
    package func inject(_ fault: FakeDiscordFault, count: Int? = 1, route: String? = nil, channel: String? = nil) {
        change {
            $0.faults.append(ArmedDiscordFault(fault: fault, remaining: count, route: route, channel: channel))
        }
    }

    package func clearFaults() { change { $0.faults.removeAll() } }

    /// Lets requests go that hang; their connections break.
    package func release() {
        let held = change { state in
            defer { state.held.removeAll() }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    package var heldCount: Int { change { $0.held.count } }

    /// A channel of a server that the bot may write to.
    package func addChannel(_ id: String) {
        change { $0.channels[id] = FakeDiscordState.Channel(isPrivate: false) }
    }

    /// The private channel with a person.
    @discardableResult
    package func privateChannel(of user: String) -> String { change { $0.privateChannel(of: user) } }

    /// From now on every send to the channel is refused like this.
    package func refuse(in channel: String, status: Int, code: Int, _ message: String) {
        change { $0.channels[channel]?.refusal = (status, code, message) }
    }

    package func deleteChannel(_ id: String) { change { $0.channels[id] = nil } }

    /// A channel webhook; its address.
    package func addWebhook(_ id: String, token: String = "webhook-token") -> String {
        change { $0.webhooks[id] = token }
        return "\(url)/webhooks/\(id)/\(token)"
    }

    package func deleteWebhook(_ id: String) { change { _ = $0.goneWebhooks.insert(id) } }
    package func restoreToken() { change { $0.tokenIsRevoked = false } }
    package func revokeToken() { change { $0.tokenIsRevoked = true } }

    /// How long an interaction waits for its first answer.
    package func setInteractionLife(_ life: Duration) { change { $0.interactionLife = life } }

    // MARK: Looking

    package var journal: FakeDiscordJournal { change { $0.journal } }
}
