package import Logging
package import Market
import Metrics
import NIOCore
import ServiceLifecycle
import Synchronization
package import Transport

/// The bot's connection to Discord's gateway, kept for as long as the agent runs. `GatewaySession` decides; this waits,
/// connects and sends. Frames are JSON without compression.
package final class DiscordGateway: Service {
    /// Longest time from the connection to READY or RESUMED.
    private static let greeting = Duration.seconds(30)
    /// Bytes of one frame at the most; what we asked for is small.
    private static let frameLimit = 1 << 20

    private let api: DiscordAPI
    private let transport: WebSocketTransport
    private let intake: DiscordIntake
    private let memory: DiscordMemory
    private let health: DiscordHealth
    private let onRefusal: @Sendable (_ reason: String) async -> Void
    private let time: any TimeSource
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let session: Mutex<GatewaySession>

    /// - Parameter onRefusal: told once when Discord refuses the token (`token`), the intents or the shard for good.
    package init(
        api: DiscordAPI, transport: WebSocketTransport, intake: DiscordIntake, memory: DiscordMemory,
        health: DiscordHealth, onRefusal: @escaping @Sendable (_ reason: String) async -> Void = { _ in },
        time: any TimeSource = WallTime(), clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "vigia.discord")
    ) {
        self.api = api
        self.transport = transport
        self.intake = intake
        self.memory = memory
        self.health = health
        self.onRefusal = onRefusal
        self.time = time
        self.clock = clock
        self.logger = logger
        session = Mutex(GatewaySession(token: api.token))
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.stayConnected() }
        try? await gracefulShutdown()
    }

    private func stayConnected() async {
        var lastIdentify: ContinuousClock.Instant?
        while !Task.isCancelled {
            let ending: GatewaySession.Ending
            do {
                guard let url = try await address(&lastIdentify) else { continue }
                ending = await connection(to: url)
            } catch {
                if case .unauthorized = error { return await refused(.token) }
                if health.become(.failing(kind: error.kind)) {
                    logger.error("the gateway is not reached", metadata: ["error": "\(error)"])
                }
                ending = .failed
            }
            if Task.isCancelled { return }
            switch session.withLock({ $0.ended(ending, chance: .random(in: 0..<1)) }) {
            case .stop(let refusal): return await refused(refusal)
            case .connect(let wait):
                Counter(label: "vigia_discord_gateway_reconnects_total").increment()
                if health.state == .receiving { health.become(.reconnecting) }
                if wait > .zero { try? await clock.sleep(for: wait.duration) }
            }
        }
    }

    private func refused(_ refusal: GatewaySession.Refusal) async {
        health.become(.refused(reason: refusal.rawValue))
        logger.critical(
            "Discord refuses the bot; it stays away until it is started anew", metadata: ["reason": "\(refusal)"])
        await onRefusal(refusal.rawValue)
    }

    /// Where to connect: the session's own address, or the gateway's after the day's budget was asked. `nil` after a wait.
    private func address(
        _ lastIdentify: inout ContinuousClock.Instant?
    ) async throws(DiscordError) -> String? {
        if let url = session.withLock({ $0.resumesAt }) {
            guard isAllowed(url) else { throw .unavailable(reason: "the resume address is not encrypted") }
            return DiscordGateway.full(url)
        }
        let offer = try await api.gateway()
        guard isAllowed(offer.url) else { throw .unavailable(reason: "the gateway's address is not encrypted") }
        var budget: IdentifyBudget
        do { budget = IdentifyBudget(try await memory.read(DiscordMemory.identifies)) } catch {
            throw .unavailable(reason: "the count of sessions cannot be read")
        }
        if let rest = budget.rest(offer, now: time.now) {
            if health.become(.resting) {
                logger.error(
                    "the day's sessions are used up to the reserve", metadata: ["wait_seconds": "\(rest.seconds)"])
            }
            // Asked again from time to time, because the server's count may change.
            try? await clock.sleep(for: min(rest, .minutes(10)).duration)
            return nil
        }
        if let last = lastIdentify {
            let spacing = IdentifyBudget.spacing.duration - last.duration(to: .now)
            if spacing > .zero { try? await clock.sleep(for: spacing) }
        }
        lastIdentify = .now
        budget.count(now: time.now)
        // Counted before it is done: a crash in between costs one of a thousand, the other way could cost the token.
        do { try await memory.write(DiscordMemory.identifies, budget.text) } catch {
            throw .unavailable(reason: "the count of sessions cannot be stored")
        }
        return DiscordGateway.full(offer.url)
    }

    private func isAllowed(_ url: String) -> Bool {
        DiscordConfiguration.isAllowed(url, secure: "wss", plain: "ws")
    }

    private static func full(_ url: String) -> String {
        let bare = url.split(separator: "?").first.map(String.init) ?? url
        return (bare.hasSuffix("/") ? bare : bare + "/") + "?v=10&encoding=json"
    }

    // MARK: One connection

    private func connection(to url: String) async -> GatewaySession.Ending {
        let socket: WebSocketConnection
        do throws(WebSocketError) {
            socket = try await transport.connect(
                url: url, idleTimeout: .seconds(180), messageLimit: DiscordGateway.frameLimit)
        } catch {
            logger.warning("the gateway is not reached", metadata: ["error": "\(error)"])
            return .failed
        }
        session.withLock { $0.opened() }
        let (beats, beat) = AsyncStream.makeStream(
            of: (interval: Duration, first: Duration).self, bufferingPolicy: .bufferingNewest(1))
        let ending = await withTaskGroup(of: GatewaySession.Ending?.self) { group in
            group.addTask { await self.read(socket, beat) }
            group.addTask { await self.keepBeating(beats, socket) }
            group.addTask { await self.expectGreeting(socket) }
            var ending: GatewaySession.Ending?
            while ending == nil, let next = await group.next() { ending = next }
            group.cancelAll()
            beat.finish()
            return ending ?? .failed
        }
        // A stop says goodbye, which ends the session; what broke is cut.
        if Task.isCancelled { await socket.close(code: GatewaySession.endingCode) } else { socket.abort() }
        return ending
    }

    private func read(
        _ socket: WebSocketConnection, _ beat: AsyncStream<(interval: Duration, first: Duration)>.Continuation
    ) async -> GatewaySession.Ending {
        do {
            for try await message in socket.messages {
                guard let frame = try? JSONValue(parsing: Array(message.buffer.readableBytesView)) else {
                    Counter(label: "vigia_discord_frames_malformed_total").increment()
                    continue
                }
                let actions = session.withLock { $0.received(frame, chance: .random(in: 0..<1)) }
                for action in actions {
                    if let ending = await perform(action, socket, beat) { return ending }
                }
            }
            return .closed(code: nil)
        } catch {
            guard case .closed(let code) = error as? WebSocketError else { return .closed(code: nil) }
            if let code { logger.info("the gateway closed", metadata: ["code": "\(code)"]) }
            return .closed(code: code)
        }
    }

    /// The ending, where the action is one.
    private func perform(
        _ action: GatewaySession.Action, _ socket: WebSocketConnection,
        _ beat: AsyncStream<(interval: Duration, first: Duration)>.Continuation
    ) async -> GatewaySession.Ending? {
        switch action {
        case .send(let json):
            do throws(WebSocketError) {
                try await socket.send(text: String(decoding: json.encoded, as: UTF8.self))
                return nil
            } catch { return .closed(code: nil) }
        case .beat(let interval, let first):
            beat.yield((interval, first))
            return nil
        case .dispatch(let event, let data):
            intake.take(event: event, data)
            return nil
        case .isUp(let resumed):
            if health.become(.receiving) {
                logger.info("connected to the gateway", metadata: ["resumed": "\(resumed)"])
            }
            return nil
        case .close(let code):
            await socket.close(code: code)
            return .byUs
        }
    }

    private func keepBeating(
        _ beats: AsyncStream<(interval: Duration, first: Duration)>, _ socket: WebSocketConnection
    ) async -> GatewaySession.Ending? {
        for await (interval, first) in beats {
            var wait = first
            while true {
                do { try await clock.sleep(for: wait) } catch { return nil }
                switch session.withLock({ $0.beatIsDue() }) {
                case .close(let code):
                    logger.warning("the gateway does not answer heartbeats; its session is resumed")
                    Counter(label: "vigia_discord_gateway_zombies_total").increment()
                    await socket.close(code: code)
                    return .byUs
                case .send(let json):
                    try? await socket.send(text: String(decoding: json.encoded, as: UTF8.self))
                default: break
                }
                wait = interval
            }
        }
        return nil
    }

    private func expectGreeting(_ socket: WebSocketConnection) async -> GatewaySession.Ending? {
        do { try await clock.sleep(for: DiscordGateway.greeting) } catch { return nil }
        return session.withLock { $0.isUp } ? nil : .failed
    }
}
