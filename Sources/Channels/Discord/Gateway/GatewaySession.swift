import Market

/// What one bot does at the gateway: which frame to answer with what, and how to go on when a connection ends. It neither
/// waits nor sends; `DiscordGateway` does. https://discord.com/developers/docs/events/gateway
///
/// 1. HELLO gives the heartbeat's interval; the first beat comes after a random part of it. Then RESUME is said where there
///    is a session, else IDENTIFY.
/// 2. Each beat must have been acknowledged before the next one is due; if not, the connection is dead, is closed with a
///    code that keeps the session, and the session is resumed.
/// 3. "Reconnect" (7) and most ends of a connection are followed by a resume at the address that READY gave; "invalid
///    session" (9) that cannot be resumed, and a session that the server forgot, by a new session.
/// 4. A refused token, intents or shard stop it: trying again would only use sessions up.
struct GatewaySession: Sendable {
    /// Closing with 1000 or 1001 would end the session; this keeps it.
    static let keepingCode: UInt16 = 4900
    static let endingCode: UInt16 = 1000
    /// Direct messages. No intent that needs Discord's leave; interactions need none.
    static let intents: Int64 = 1 << 12
    /// What a client may send in a minute is 120; heartbeats need three.
    private static let sendsAMinute = 100
    private static let mostShortLives = 3

    enum Action: Hashable, Sendable {
        case send(JSONValue)
        /// Send a heartbeat after `first`, then every `interval`.
        case beat(interval: Duration, first: Duration)
        case dispatch(event: String, data: JSONValue)
        case close(code: UInt16)
        case isUp(resumed: Bool)
    }

    enum Ending: Hashable, Sendable {
        /// The connection is over; the code is the server's.
        case closed(code: UInt16?)
        /// It did not come about, or was never used: not reached, no HELLO, not a WebSocket.
        case failed
        /// We closed it, for the reason that the session remembers.
        case byUs
    }

    enum Next: Hashable, Sendable {
        case connect(after: Span)
        /// Refused for good.
        case stop(Refusal)
    }

    enum Refusal: String, Hashable, Sendable {
        case token
        case intents
        case shard
        case version
    }

    private let token: String
    private var sessionID: String?
    private var resumeURL: String?
    private var sequence: Int64?
    private var awaitsAck = false
    private var saidWho = false
    private(set) var isUp = false
    /// Set where a new session must wait a little (after "invalid session").
    private var restsBeforeNew = false
    private var backoff = Backoff(first: .seconds(1), most: .seconds(300))
    private var unexpectedBeats = 0
    /// Connections that came up since the last acknowledged heartbeat.
    private var shortLives = 0

    init(token: String) { self.token = token }

    /// The address to resume at; `nil` when a new session is due.
    var resumesAt: String? { sessionID != nil && sequence != nil ? resumeURL : nil }

    /// A connection is open.
    mutating func opened() {
        awaitsAck = false
        saidWho = false
        isUp = false
        unexpectedBeats = 0
    }

    /// - Parameter chance: uniform in 0..<1.
    mutating func received(_ frame: JSONValue, chance: Double) -> [Action] {
        if let number = frame["s"]?.integer { sequence = number }
        switch frame["op"]?.integer {
        case 0: return dispatched(frame["t"]?.string ?? "", frame["d"] ?? .null)
        case 1:
            // The server may ask for a beat; one that does nothing else is not humoured for ever.
            unexpectedBeats += 1
            return unexpectedBeats > GatewaySession.sendsAMinute
                ? [.close(code: GatewaySession.keepingCode)] : [heartbeat]
        case 7: return [.close(code: GatewaySession.keepingCode)]
        case 9:
            if frame["d"]?.bool == true { return [.close(code: GatewaySession.keepingCode)] }
            forgetSession()
            restsBeforeNew = true
            return [.close(code: GatewaySession.endingCode)]
        case 10:
            guard !saidWho, let interval = frame["d"]?["heartbeat_interval"]?.double, interval >= 1 else { return [] }
            saidWho = true
            let span = Duration.milliseconds(Int64(min(interval, 600_000)))
            return [.beat(interval: span, first: span * min(max(chance, 0), 1)), .send(introduction)]
        case 11:
            awaitsAck = false
            shortLives = 0
            return []
        default: return []
        }
    }

    /// A beat is due.
    mutating func beatIsDue() -> Action {
        guard !awaitsAck else { return .close(code: GatewaySession.keepingCode) }
        awaitsAck = true
        unexpectedBeats = 0
        return .send(heartbeat.payload)
    }

    /// How to go on. What was up is resumed at once, with growing waits when it fails again and again.
    mutating func ended(_ ending: Ending, chance: Double) -> Next {
        let wasUp = isUp
        isUp = false
        if case .closed(let code?) = ending {
            switch code {
            case 4004: return .stop(.token)
            case 4010, 4011: return .stop(.shard)
            case 4012: return .stop(.version)
            case 4013, 4014: return .stop(.intents)
            // Not authenticated, wrong sequence, session timed out: there is nothing to resume.
            case 4003, 4007, 4009: forgetSession()
            default: break
            }
        }
        if restsBeforeNew {
            restsBeforeNew = false
            // As the documentation asks: a random time between one and five seconds. An identify that is refused again and
            // again ends the same way, and each one counts against the day: so it backs off besides.
            let asked = Span.milliseconds(1000 + Int64(4000 * min(max(chance, 0), 1)))
            return .connect(after: max(asked, backoff.next(chance: chance)))
        }
        // One that comes up only to end again, over and over, must not be chased.
        if wasUp, shortLives <= GatewaySession.mostShortLives { return .connect(after: .zero) }
        // A resume that fails twice is given up for a new session.
        if backoff.failures >= 2 { forgetSession() }
        return .connect(after: backoff.next(chance: chance))
    }

    private mutating func dispatched(_ event: String, _ data: JSONValue) -> [Action] {
        switch event {
        case "READY":
            guard let id = data["session_id"]?.string else { return [] }
            sessionID = id
            resumeURL = data["resume_gateway_url"]?.string
            return [cameUp(resumed: false)]
        case "RESUMED": return [cameUp(resumed: true)]
        default: return [.dispatch(event: event, data: data)]
        }
    }

    private mutating func cameUp(resumed: Bool) -> Action {
        isUp = true
        shortLives += 1
        if shortLives <= GatewaySession.mostShortLives { backoff.reset() }
        return .isUp(resumed: resumed)
    }

    private mutating func forgetSession() {
        sessionID = nil
        resumeURL = nil
        sequence = nil
    }

    private var heartbeat: Action { .send(.object(["op": 1, "d": sequence.map { .integer($0) } ?? .null])) }

    private var introduction: JSONValue {
        if resumesAt != nil, let sessionID, let sequence {
            return .object([
                "op": 6,
                "d": .object([
                    "token": .string(token), "session_id": .string(sessionID), "seq": .integer(sequence),
                ]),
            ])
        }
        return .object([
            "op": 2,
            "d": .object([
                "token": .string(token), "intents": .integer(GatewaySession.intents), "compress": false,
                "properties": .object(["os": "linux", "browser": "vigia", "device": "vigia"]),
            ]),
        ])
    }
}

extension GatewaySession.Action {
    fileprivate var payload: JSONValue { if case .send(let json) = self { json } else { .null } }
}
