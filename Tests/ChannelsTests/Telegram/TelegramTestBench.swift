import Channels
import Chat
import Delivery
import Market
import Messages
import Support
import Synchronization
import Testing
import Transport

/// A fake Bot API, a client of it over real sockets, and what stands behind it.
struct TelegramTestBench: Sendable {
    let fake: FakeTelegram
    let transport: AsyncHTTPTransport
    let api: TelegramAPI

    static func with<R: Sendable>(
        limits: FakeTelegramLimits = .off, deadline: Duration = .seconds(5),
        _ body: @Sendable (TelegramTestBench) async throws -> R
    ) async throws -> R {
        let fake = try await FakeTelegram.start(limits: limits)
        let transport = try AsyncHTTPTransport()
        var configuration = try TelegramConfiguration(token: fake.token, apiURL: fake.url)
        configuration.deadline = deadline
        let bench = TelegramTestBench(
            fake: fake, transport: transport, api: TelegramAPI(transport: transport, configuration: configuration))
        let result: Result<R, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        // Whatever a test is about: every call was as the Bot API describes it.
        #expect(fake.journal.violations == [])
        await fake.stop()
        await transport.shutdown()
        return try result.get()
    }

    var channel: TelegramChannel { TelegramChannel(api: api, betweenParts: { _ in }) }

    func deliver(
        _ message: Message, to address: String, form: OutboxContent.Form = .new, possibleRepeat: Bool = false,
        by channel: TelegramChannel? = nil
    ) async throws(DeliveryError) -> Receipt {
        try await (channel ?? self.channel).send(
            OutgoingDelivery(
                id: OutboxID(1), address: address, message: message, form: form, possibleRepeat: possibleRepeat))
    }
}

extension Message {
    static func plain(_ text: String, buttons: [[Button]] = [], silent: Bool = false) -> Message {
        Message(blocks: [.text([InlineSpan(text)])], buttons: buttons, silent: silent)
    }
}

/// Remembers what it is given; refuses the first `refusals` batches.
final class RecordingConversation: Conversation {
    struct Refused: Error {}
    private struct State {
        var refusals: Int
        var messages: [IncomingMessage] = []
        var events: [FrontEndEvent] = []
        var batches = 0
    }
    private let state: Mutex<State>
    private let changed = Wakeup()

    init(refusals: Int = 0) { state = Mutex(State(refusals: refusals)) }

    var messages: [IncomingMessage] { state.withLock { $0.messages } }
    var events: [FrontEndEvent] { state.withLock { $0.events } }
    var batches: Int { state.withLock { $0.batches } }

    func handle(_ messages: [IncomingMessage], _ events: [FrontEndEvent]) async throws {
        try state.withLock { state in
            state.batches += 1
            if state.refusals > 0 {
                state.refusals -= 1
                throw Refused()
            }
            state.messages += messages
            state.events += events
        }
        changed.signal()
    }

    /// Returns when so many messages and events have been committed.
    func received(_ count: Int) async {
        while messages.count + events.count < count, !Task.isCancelled { await changed.wait() }
    }
}
