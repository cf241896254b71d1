import Logging
import Market
import NIOCore
import Synchronization
import Transport

/// One connection to Binance's combined streams: connects, subscribes what is wanted, reads, and comes back after
/// failures. What it reads goes to the intake.
///
/// Limits of the venue: 5 messages of ours a second, 1,024 streams, cut after 24 hours
/// (https://github.com/binance/binance-spot-api-docs/blob/master/web-socket-streams.md#websocket-limits).
final class BinanceStream: Sendable {
    private enum Ending {
        /// Rotation or the server's announcement: come back at once.
        case planned
        case failed(SourceFailure)
    }
    private static let restBetweenMessages: Duration = .milliseconds(300)
    private static let pairsPerMessage = 100
    private static let life: Duration = .seconds(23 * 3600 + 1800)
    /// A connection that ended sooner did not prove anything.
    private static let provingTime: Duration = .seconds(10)

    let number: Int
    /// Whether this connection also carries the summary of the whole market.
    private let carriesMarket: Bool
    private let url: String
    private let transport: WebSocketTransport
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let wallTime: any TimeSource
    private let intake: BoundedChannel<BinanceInput>
    private let meter: SourceMeter
    private let logger: Logger
    private let wanted = Mutex<Set<String>>([])
    private let changed = Signal()

    init(
        number: Int, carriesMarket: Bool, url: String, transport: WebSocketTransport, clock: any Clock<Duration>,
        jitter: @escaping @Sendable () -> Double, wallTime: any TimeSource, intake: BoundedChannel<BinanceInput>,
        meter: SourceMeter, logger: Logger
    ) {
        self.number = number
        self.carriesMarket = carriesMarket
        self.url = url
        self.transport = transport
        self.clock = clock
        self.jitter = jitter
        self.wallTime = wallTime
        self.intake = intake
        self.meter = meter
        self.logger = logger
    }

    /// Sets the pairs to stream. Takes effect on the open connection within a second.
    func want(_ pairs: Set<String>) {
        wanted.withLock { $0 = pairs }
        changed.set()
    }

    /// The pairs wanted now.
    var current: Set<String> { wanted.withLock { $0 } }

    func run() async {
        var recovery = Recovery()
        while !Task.isCancelled {
            let first = wanted.withLock { $0.sorted() }
            if first.isEmpty, !carriesMarket {
                await changed.wait()
                continue
            }
            let lived = Self.stopwatch(clock)
            let ending = await connection(subscribing: Array(first.prefix(Self.pairsPerMessage)))
            if Task.isCancelled { return }
            if lived() >= Self.provingTime { recovery.succeeded() }
            switch ending {
            case .planned: await intake.send(.interrupted(stream: number, failure: nil, failures: 0, state: .retrying))
            case .failed(let failure):
                let wait = recovery.failed(failure, jitter: jitter())
                logger.warning(
                    "stream interrupted",
                    metadata: [
                        "reason": "\(failure.detail)", "failures": "\(recovery.failures)", "wait": "\(wait)",
                    ])
                await intake.send(
                    .interrupted(
                        stream: number, failure: failure, failures: recovery.failures, state: recovery.state))
                try? await clock.sleep(for: wait)
            }
        }
    }

    private func connection(subscribing pairs: [String]) async -> Ending {
        var streams = pairs.flatMap(Self.streams)
        if carriesMarket { streams.insert("!miniTicker@arr", at: 0) }
        let connection: WebSocketConnection
        do throws(WebSocketError) {
            connection = try await transport.connect(
                url: url + "/stream?streams=" + streams.joined(separator: "/"), deadline: .seconds(15),
                idleTimeout: .seconds(90), messageLimit: 8 << 20)
        } catch {
            return .failed(SourceFailure(error))
        }
        await intake.send(.streaming(stream: number, pairs: pairs))
        let ending = await withTaskGroup(of: Ending?.self) { group in
            group.addTask { await self.read(connection) }
            group.addTask { await self.keepSubscribed(connection, since: Set(pairs)) }
            group.addTask {
                do { try await self.clock.sleep(for: Self.life) } catch { return nil }
                return .planned
            }
            var ending: Ending = .failed(.cancelled)
            for await end in group {
                if let end {
                    ending = end
                    break
                }
            }
            group.cancelAll()
            connection.abort()
            return ending
        }
        return ending
    }

    private func read(_ connection: WebSocketConnection) async -> Ending {
        do {
            for try await message in connection.messages {
                let frame: BinanceFrame
                do throws(FrameFault) {
                    frame = try message.buffer.withUnsafeReadableBytes(BinanceFrame.decode)
                } catch {
                    meter.malformed(error.reason)
                    continue
                }
                switch frame {
                case .serverShutdown: return .planned
                case .reply(_, let code):
                    if let code {
                        meter.malformed("request_refused")
                        logger.warning("subscription refused", metadata: ["code": "\(code)"])
                    }
                case .other(let kind): meter.malformed(Self.unknown(kind))
                case .kline, .bookTicker, .miniTickers: await intake.send(.frame(frame, receivedAt: wallTime.now))
                }
            }
            return .failed(.unreachable("connection closed"))
        } catch {
            return .failed(SourceFailure(error as? WebSocketError ?? .closed(code: nil)))
        }
    }

    /// Brings the connection's subscriptions to what is wanted, a few at a time.
    private func keepSubscribed(_ connection: WebSocketConnection, since first: Set<String>) async -> Ending? {
        var subscribed = first
        var id = 0
        changed.set()
        while !Task.isCancelled {
            await changed.wait()
            while !Task.isCancelled {
                let target = wanted.withLock { $0 }
                let new = target.subtracting(subscribed).sorted().prefix(Self.pairsPerMessage)
                let old = subscribed.subtracting(target).sorted().prefix(Self.pairsPerMessage)
                let isAdding = !new.isEmpty
                let batch = isAdding ? Array(new) : Array(old)
                if batch.isEmpty { break }
                id += 1
                let parameters = batch.flatMap(Self.streams).map { "\"\($0)\"" }.joined(separator: ",")
                let method = isAdding ? "SUBSCRIBE" : "UNSUBSCRIBE"
                do {
                    try await connection.send(text: #"{"method":"\#(method)","params":[\#(parameters)],"id":\#(id)}"#)
                    if isAdding {
                        subscribed.formUnion(batch)
                        await intake.send(.streaming(stream: number, pairs: batch))
                    } else {
                        subscribed.subtract(batch)
                    }
                    try await clock.sleep(for: Self.restBetweenMessages)
                } catch {
                    // The reader learns of the broken connection and tells why.
                    return nil
                }
            }
        }
        return nil
    }

    private static func streams(_ pair: String) -> [String] {
        let name = pair.lowercased()
        return ["\(name)@kline_1m", "\(name)@bookTicker"]
    }

    /// The label of a kind we do not read; strange ones share one, so that a venue cannot grow our metrics.
    static func unknown(_ kind: String) -> String {
        let known: Set = [
            "aggTrade", "trade", "depthUpdate", "depth20", "24hrTicker", "markPriceUpdate", "forceOrder", "avgPrice",
            "1hTicker", "4hTicker", "1dTicker", "referencePrice", "blockTrade",
        ]
        return "unread_" + (known.contains(kind) ? kind : "other")
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

extension SourceFailure {
    init(_ error: WebSocketError) {
        switch error {
        case .notConnected(let reason): self = .unreachable(reason)
        case .refused(let status, let retryAfter):
            switch status {
            case 451, 403: self = .refused(status: status)
            case 429, 418: self = .limited(retryAfter: retryAfter)
            default: self = .rejected(status: status)
            }
        case .closed(let code): self = .unreachable(code.map { "closed by the server (\($0))" } ?? "connection cut")
        case .idle: self = .unreachable("nothing arrived for 90 s")
        case .messageTooLarge: self = .malformed(FrameFault("too_large"))
        case .violation: self = .malformed(FrameFault("not_websocket"))
        case .cancelled: self = .cancelled
        }
    }
}
