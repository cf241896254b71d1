package import Market
import Synchronization

/// An exchange in this process that speaks as Binance and as Coinbase do, over real sockets, and serves the candles it
/// was given. It misbehaves on demand.
///
/// Its clock is the venue's: it stands still until a test moves it with `advance(to:)`, or runs at a pace of its own
/// once `run(pace:)` is called. A candle exists for its clients from the moment its minute has begun, and is closed when
/// it has ended. Candles are 1m; other intervals are aggregated.
package final class FakeExchange: Sendable {
    let state: Mutex<FakeExchangeState>
    private let server: Mutex<LoopbackServer?> = Mutex(nil)

    /// - Parameters:
    ///   - candles: 1m candles by symbol, oldest first.
    ///   - now: the venue's time at the start.
    ///   - hours: native 1h candles by symbol, where they reach further back than the minutes.
    ///   - quote: asset that the pairs are quoted in on the Binance side.
    package init(candles: [Symbol: [Candle]], now: Timestamp, hours: [Symbol: [Candle]] = [:], quote: String = "USDT") {
        state = Mutex(FakeExchangeState(candles: candles, hours: hours, now: now, quote: quote))
    }

    /// Starts serving, at a free port unless told one.
    package func start(port: Int = 0) async throws {
        let new = try await LoopbackServer.start(
            port: port,
            webSocket: { [weak self] request in await self?.socketHandler(request) },
            handler: { [weak self] request in
                guard let self else { return .notFound }
                return request.path.hasPrefix("/fake/") ? await control(request) : answer(request)
            })
        server.withLock { $0 = new }
    }

    package func stop() async {
        let old = server.withLock { server in
            defer { server = nil }
            return server
        }
        await old?.stop()
    }

    /// Base of the REST API, for Binance and Coinbase alike.
    package var url: String { server.withLock { $0?.url } ?? "" }
    /// Base of the streams.
    package var streamURL: String { server.withLock { $0?.webSocketURL } ?? "" }

    /// The venue's time.
    package var now: Timestamp { state.withLock { $0.now } }

    /// What was asked for so far: `GET /api/v3/klines?…`, `CONNECT /stream?…`, `SUBSCRIBE a,b`.
    package var journal: [String] { state.withLock { $0.journal } }

    /// How often a request that contains `part` was made.
    package func requests(_ part: String) -> Int { journal.count { $0.contains(part) } }

    /// Open streams now.
    package var connections: Int { state.withLock { $0.clients.count } }

    /// Changes how the exchange behaves from now on.
    package func fault(_ change: @Sendable (inout FakeExchangeFaults) -> Void) { state.withLock { change(&$0.faults) } }

    /// Moves the venue's time forward, minute by minute, and sends what happens on the way to every client: an open
    /// candle's updates, its close, book tops and summaries. Returns when the system has taken all of it.
    package func advance(to time: Timestamp) async {
        while true {
            let step = state.withLock { $0.step(to: time) }
            guard let step else { break }
            for (socket, messages) in step {
                for message in messages { try? await socket.send(message) }
            }
        }
    }

    package func advance(by span: Span) async { await advance(to: now + span) }

    /// Runs the venue's time at `pace` times ours until the candles end or the task is cancelled. Every step is
    /// `resolution` of the venue's time.
    package func run(pace: Double, resolution: Span = .seconds(15)) async {
        let clock = ContinuousClock()
        let start = clock.now
        let begin = now
        let end = state.withLock { $0.end }
        var target = begin
        while !Task.isCancelled, target < end {
            target = min(end, target + resolution)
            await advance(to: target)
            let due = start + .seconds((target - begin).seconds / pace)
            try? await clock.sleep(until: due)
        }
    }

    /// Sends one message to every client as it stands, whatever it is.
    package func inject(_ message: String) async {
        for client in state.withLock({ Array($0.clients.values) }) { try? await client.socket.send(message) }
    }

    /// Tells every client that the server is about to go down.
    package func announceShutdown() async {
        await inject(#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":\#(now.milliseconds)}}"#)
    }

    /// Breaks every stream without a farewell.
    package func cutStreams() {
        for client in state.withLock({ Array($0.clients.values) }) { client.socket.cut() }
    }

    /// Changes candles that have not begun yet; nothing is sent.
    package func foresee(_ symbol: Symbol, _ candles: [Candle]) {
        state.withLock { state in
            for candle in candles where candle.openTime > state.now { state.replace(symbol, candle) }
        }
    }

    /// Replaces a stored candle, as a venue that corrects itself does, and sends it as closed again.
    package func correct(_ symbol: Symbol, _ candle: Candle) async {
        let messages = state.withLock { state -> [(LoopbackSocket, String)] in
            state.replace(symbol, candle)
            return state.clients.values.compactMap { client in
                let stream = state.pair(symbol).lowercased() + "@kline_1m"
                guard client.streams.contains(stream) else { return nil }
                return (
                    client.socket,
                    client.wrap(stream, state.klineMessage(symbol, candle, at: state.now, isClosed: true))
                )
            }
        }
        for (socket, message) in messages { try? await socket.send(message) }
    }

    private func socketHandler(_ request: LoopbackRequest) async -> LoopbackServer.SocketHandler? {
        let isAllowed = state.withLock { state in
            state.journal.append("CONNECT \(request.uri)")
            guard state.faults.streamStatus == nil else { return false }
            return request.path == "/stream" || request.path.hasPrefix("/ws")
        }
        guard isAllowed else { return nil }
        return { [weak self] socket in await self?.serve(socket, request) }
    }

    private func serve(_ socket: LoopbackSocket, _ request: LoopbackRequest) async {
        let isCombined = request.path == "/stream"
        let names = isCombined ? request.query["streams"] ?? "" : String(request.path.dropFirst(4))
        let id = state.withLock { state in
            state.nextClient += 1
            state.clients[state.nextClient] = FakeExchangeState.Client(
                socket: socket, isCombined: isCombined,
                streams: Set(names.split(separator: "/").map(String.init).filter { !$0.isEmpty }))
            return state.nextClient
        }
        for await message in socket.messages {
            guard case .text(let text) = message else { continue }
            let reply = state.withLock { $0.control(text, client: id) }
            try? await socket.send(reply)
        }
        state.withLock { $0.clients[id] = nil }
    }
}

/// How a fake exchange misbehaves. Everything is off at first.
package struct FakeExchangeFaults: Sendable {
    /// Status answered to REST requests whose path contains `restPath`; with `retryAfter` seconds where set.
    package var restStatus: Int?
    package var restPath = ""
    package var retryAfter: Int?
    /// Answered in place of the body, where set.
    package var restBody: String?
    /// REST requests break without an answer.
    package var restCut = false
    /// Status answered to those who want a stream.
    package var streamStatus: Int?
    /// Open times (ms) of candles that streams do not carry.
    package var skipped: Set<Int64> = []
    /// Open times (ms) of candles that REST does not have.
    package var forgotten: Set<Int64> = []
    /// Closed candles are sent twice.
    package var duplicates = false
    /// Two closed candles are sent in the wrong order: this one after its successor.
    package var delayed: Set<Int64> = []
    /// Nothing is sent but closed candles, for judges that see a price at each close only.
    package var closesOnly = false
    /// Added to the event times of streams.
    package var skew = Span.zero
    /// Weight that a client may use in a minute of ours before it is answered 429; `nil` for no limit.
    package var weightLimit: Int?
    /// Added to each answer's count of used weight.
    package var extraWeight = 0

    package init() {}
}
