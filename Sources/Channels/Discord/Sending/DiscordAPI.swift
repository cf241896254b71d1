import Market
import Metrics
import Synchronization
package import Transport

/// One request to Discord.
struct DiscordRequest: Sendable {
    var method: String
    /// The path with its ids left out, as buckets go by.
    var route: String
    var path: String
    /// Top-level id of the path, which has limits of its own.
    var resource = ""
    var body: JSONValue?
    /// Interaction tokens speak for themselves; such calls carry no bot token and have no global limit.
    var isInteraction = false
    /// How logs and metrics name it.
    var label: String
}

struct DiscordAnswer: Sendable {
    /// `.null` where there was no body.
    var json: JSONValue
    /// The bucket has no allowance left for so long.
    var exhaustedFor: Span?
}

/// Discord's REST API over our transport. It keeps what the server says of its limits and makes no request that would be
/// refused for them: such a call throws `.rateLimited` at once, so that whoever waits does so outside. The bot token and
/// interaction tokens stay in here.
package final class DiscordAPI: Sendable {
    private struct State {
        var buckets = DiscordBuckets()
        var invalid: InvalidRequestMeter
    }

    private let transport: any HTTPTransport
    private let configuration: DiscordConfiguration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    package convenience init(transport: any HTTPTransport, configuration: DiscordConfiguration) {
        self.init(transport: transport, configuration: configuration, invalidLimit: 9_000)
    }

    init(
        transport: any HTTPTransport, configuration: DiscordConfiguration, invalidLimit: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.transport = transport
        self.configuration = configuration
        self.now = now
        state = Mutex(State(invalid: InvalidRequestMeter(limit: invalidLimit, start: now())))
    }

    /// `DISCORD_APPLICATION_ID`, where it is set.
    var configuredApplication: String? { configuration.applicationID }
    var token: String { configuration.token }

    func call(_ request: DiscordRequest, deadline: Duration? = nil) async throws(DiscordError) -> DiscordAnswer {
        do {
            return try await attempt(request, deadline: deadline ?? configuration.deadline)
        } catch {
            Counter(
                label: "vigia_discord_call_failures_total", dimensions: [("call", request.label), ("kind", error.kind)]
            ).increment()
            throw error
        }
    }

    private func attempt(_ request: DiscordRequest, deadline: Duration) async throws(DiscordError) -> DiscordAnswer {
        try admit(request)
        var headers = [(name: "user-agent", value: "DiscordBot (https://github.com/vigia, 1.0)")]
        if !request.isInteraction { headers.append((name: "authorization", value: "Bot \(configuration.token)")) }
        let body = request.body?.encoded
        if body != nil { headers.append((name: "content-type", value: "application/json")) }
        let answer: HTTPAnswer
        do throws(TransportError) {
            answer = try await transport.send(
                HTTPCall(
                    method: request.method, url: configuration.apiURL + request.path, headers: headers, body: body,
                    deadline: deadline, limit: 1 << 22, label: "discord \(request.label)"))
        } catch {
            throw DiscordError(error)
        }
        return try result(of: answer, to: request)
    }

    /// Takes the request's place in its bucket, or says how long there is none.
    private func admit(_ request: DiscordRequest) throws(DiscordError) {
        let refusal = state.withLock { state -> DiscordError? in
            let time = now()
            if let pause = state.invalid.pause(at: time) {
                return .rateLimited(retryAfter: Span(rounding: pause), scope: .global)
            }
            let wait = state.buckets.wait(
                route: request.route, resource: request.resource, now: time, isGloballyLimited: !request.isInteraction)
            if let wait { return .rateLimited(retryAfter: Span(rounding: wait), scope: .user) }
            state.buckets.begin(route: request.route, resource: request.resource)
            return nil
        }
        if let refusal { throw refusal }
    }

    private func result(of answer: HTTPAnswer, to request: DiscordRequest) throws(DiscordError) -> DiscordAnswer {
        let body = answer.body.isEmpty ? JSONValue.null : try? JSONValue(parsing: answer.body)
        let error: DiscordError?
        switch answer.status {
        case 200..<300: error = nil
        case 429:
            let (span, scope) = DiscordLimits.retryAfter(answer)
            error = .rateLimited(retryAfter: span, scope: scope)
        default: error = DiscordError(status: answer.status, body: body)
        }
        state.withLock { state in
            let time = now()
            state.buckets.note(answer.headers, route: request.route, resource: request.resource, now: time)
            if case .rateLimited(let span, let scope) = error {
                state.buckets.refused(
                    for: span, scope: scope, headers: answer.headers, route: request.route,
                    resource: request.resource, now: time)
                if scope != .shared { state.invalid.count(at: time) }
            }
            if answer.status == 401 || answer.status == 403 { state.invalid.count(at: time) }
        }
        if let error { throw redacted(error) }
        guard let body else { throw .outcomeUnknown(reason: "the answer is not JSON") }
        return DiscordAnswer(json: body, exhaustedFor: DiscordLimits.exhaustedFor(answer.headers))
    }

    /// A server or proxy may echo what it was sent.
    private func redacted(_ error: DiscordError) -> DiscordError {
        func clean(_ text: String) -> String { text.replacing(configuration.token, with: "[token]") }
        return switch error {
        case .rejected(let status, let code, let message):
            .rejected(status: status, code: code, message: clean(message))
        case .unauthorized(let message): .unauthorized(clean(message))
        default: error
        }
    }
}

extension Span {
    /// Whole milliseconds, rounded up, at least one.
    init(rounding duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .milliseconds(max(1, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
