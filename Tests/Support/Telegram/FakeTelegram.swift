import NIOCore
import NIOPosix
import Synchronization

/// A Bot API server on a loopback port that behaves like Telegram's: updates that wait to be confirmed, messages that
/// are validated and counted against limits, refusals in the server's own words, and faults on demand.
package final class FakeTelegram: JournaledFake {
    package let token: String
    package let username: String
    private let state: Mutex<FakeTelegramState>
    private let server = Mutex<LoopbackServer?>(nil)

    /// Base URL for `TELEGRAM_API_URL`.
    package var url: String { server.withLock { $0?.url } ?? "http://127.0.0.1:0" }

    private init(token: String, username: String, limits: FakeTelegramLimits, keepsMessages: Bool) {
        self.token = token
        self.username = username
        state = Mutex(
            FakeTelegramState(token: token, username: username, limits: limits, keepsMessages: keepsMessages))
    }

    /// With `keepsMessages` off the journal counts but keeps no message, for measurements. With `port` 0 the system
    /// chooses a free one.
    package static func start(
        token: String = "4711:fake-token", username: String = "vigia_test_bot", limits: FakeTelegramLimits = .off,
        keepsMessages: Bool = true, port: Int = 0
    ) async throws -> FakeTelegram {
        let fake = FakeTelegram(token: token, username: username, limits: limits, keepsMessages: keepsMessages)
        let server = try await LoopbackServer.start(port: port) { await fake.answer($0) }
        fake.server.withLock { $0 = server }
        return fake
    }

    package func stop() async {
        let server = server.withLock { $0 }
        change { $0.isStopped = true }
        release()
        endPoll(nil, with: .cut)
        await server?.stop()
    }

    /// Breaks every connection, as a network does; new ones are taken.
    package func cutConnections() { server.withLock { $0 }?.cutAll() }

    func change<R>(_ body: (inout sending FakeTelegramState) -> sending R) -> sending R { state.withLock(body) }

    package func withWaiters<R: Sendable>(
        _ body: @Sendable (FakeTelegramJournal, inout JournalWaiters<FakeTelegramJournal>) -> R
    ) -> R {
        change { body($0.journal, &$0.waiters) }
    }

    // MARK: Serving

    private func answer(_ request: LoopbackRequest) async -> LoopbackResponse {
        let parts = request.path.split(separator: "/", maxSplits: 1)
        if parts.first == "fake" { return control(request) }
        guard parts.count == 2, parts[0].hasPrefix("bot") else {
            return .json("{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}", status: 404)
        }
        guard parts[0].dropFirst(3) == token else {
            return .json("{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", status: 401)
        }
        let method = String(parts[1])
        let parameters = FakeTelegramParameters(request)
        switch change({ $0.handle(method: method, parameters) }) {
        case .answer(let response): return response
        case .delayed(let time, let response):
            try? await Task.sleep(for: time)
            return response
        case .hang(let response):
            await withCheckedContinuation { continuation in
                let isStopped = change { state in
                    if !state.isStopped { state.held.append(continuation) }
                    return state.isStopped
                }
                if isStopped { continuation.resume() }
            }
            return response
        case .poll(let limit, let seconds): return await poll(limit: limit, seconds: seconds)
        }
    }

    private func poll(limit: Int, seconds: Int64) async -> LoopbackResponse {
        await withCheckedContinuation { continuation in
            let id = change { state in
                let id = state.ticket()
                state.poll = .init(id: id, limit: limit) { continuation.resume(returning: $0) }
                state.servePoll()
                return id
            }
            MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .seconds(seconds)) {
                self.endPoll(id, with: .json("{\"ok\":true,\"result\":[]}"))
            }
        }
    }

    /// Answers the waiting poll, if it is still this one (`nil`: any).
    private func endPoll(_ id: Int?, with response: LoopbackResponse) {
        let waiting = change { state -> (@Sendable (LoopbackResponse) -> Void)? in
            guard let poll = state.poll, id == nil || poll.id == id else { return nil }
            state.poll = nil
            return poll.answer
        }
        waiting?(response)
    }

    // MARK: Setting

    /// May change while messages arrive.
    package var limits: FakeTelegramLimits {
        get { change { $0.limits } }
        set { change { $0.limits = newValue } }
    }

    /// Arms a fault for the next `count` calls (`nil`: until `clearFaults`) of `method` (`nil`: those that send or edit)
    /// to `chat` (`nil`: any).
    package func inject(
        _ fault: FakeTelegramFault, count: Int? = 1, method: String? = nil, chat: Int64? = nil
    ) {
        change { $0.faults.append(ArmedFault(fault: fault, remaining: count, method: method, chat: chat)) }
    }

    package func clearFaults() { change { $0.faults.removeAll() } }

    /// Lets calls go that hang by a fault; their connections break.
    package func release() {
        let held = change { state in
            defer { state.held.removeAll() }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Calls that hang now.
    package var heldCount: Int { change { $0.held.count } }

    /// Everything said to this chat is answered this much later.
    package func slowDown(chat: Int64, by delay: Duration?) { change { $0.chats[chat]?.delay = delay } }

    // MARK: Looking

    package var journal: FakeTelegramJournal { change { $0.journal } }
    package func messages(for chat: Int64) -> [FakeTelegramJournal.Sent] { journal.messages(for: chat) }
    /// Updates not yet confirmed by a poll.
    package var pendingUpdates: Int { change { $0.updates.count - $0.updatesHead } }
    package var webhookURL: String { change { $0.webhook } }
    /// Whether a poll waits for updates now.
    package var isPolled: Bool { change { $0.poll != nil } }

    /// The first message to `chat` at or after position `index` of the journal that `matches`.
    package func message(
        for chat: Int64, from index: Int = 0, within time: Duration = .seconds(10),
        where matches: @escaping @Sendable (FakeTelegramJournal.Sent) -> Bool = { _ in true }
    ) async throws -> FakeTelegramJournal.Sent {
        try await until("a message for \(chat)", within: time) { journal in
            journal.sent.dropFirst(index).first { $0.chat == chat && matches($0) }
        }
    }
}
