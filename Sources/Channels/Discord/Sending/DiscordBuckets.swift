import Foundation
import Market
import Transport

/// What Discord said about its limits, so that the next request is not made when it would be refused.
///
/// A route belongs to a bucket that the server names in its answers; what is counted is a bucket together with the
/// top-level resource of the path (channel, webhook, interaction). A route whose bucket is not known yet is free to go: its
/// answer will tell. https://discord.com/developers/docs/topics/rate-limits
struct DiscordBuckets: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Buckets remembered at the most; those whose window is over go first.
    static let most = 10_000
    /// Added to a wait that the server named, because its clock and the way there are not ours.
    static let margin = Duration.milliseconds(20)

    private struct Key: Hashable {
        var bucket: String
        var resource: String
    }

    private struct Window {
        var remaining: Int
        var resets: Instant
    }

    private var names: [String: String] = [:]
    private var windows: [Key: Window] = [:]
    private var globalUntil: Instant?

    /// How long a request to `route` would have to wait.
    func wait(route: String, resource: String, now: Instant, isGloballyLimited: Bool = true) -> Duration? {
        var until: Instant?
        if isGloballyLimited, let global = globalUntil, global > now { until = global }
        if let window = windows[key(route, resource)], window.remaining <= 0, window.resets > now {
            until = max(until ?? window.resets, window.resets)
        }
        return until.map { now.duration(to: $0) }
    }

    /// A request goes out.
    mutating func begin(route: String, resource: String) {
        let key = key(route, resource)
        if let remaining = windows[key]?.remaining { windows[key]?.remaining = remaining - 1 }
    }

    /// Takes over what an answer says of its bucket.
    mutating func note(_ headers: [String: String], route: String, resource: String, now: Instant) {
        guard let name = headers["x-ratelimit-bucket"],
            let remaining = headers["x-ratelimit-remaining"].flatMap({ Int($0) }),
            let seconds = headers["x-ratelimit-reset-after"].flatMap(Double.init), seconds.isFinite, seconds >= 0
        else { return }
        names[route] = name
        let key = Key(bucket: name, resource: resource)
        let resets = now + .seconds(min(seconds, 86_400)) + DiscordBuckets.margin
        if let known = windows[key], known.resets > now, resets < known.resets + .milliseconds(250) {
            // The same window: answers may overtake each other, so the smaller count is the later one.
            windows[key] = Window(remaining: min(known.remaining, remaining), resets: max(known.resets, resets))
        } else {
            windows[key] = Window(remaining: remaining, resets: resets)
        }
        if windows.count > DiscordBuckets.most { windows = windows.filter { $0.value.resets > now } }
        if windows.count > DiscordBuckets.most { windows.removeAll() }
    }

    /// A 429 came.
    mutating func refused(
        for span: Span, scope: DiscordError.Scope, headers: [String: String], route: String, resource: String,
        now: Instant
    ) {
        if let name = headers["x-ratelimit-bucket"] { names[route] = name }
        let until = now + span.duration
        if scope == .global {
            globalUntil = max(globalUntil ?? until, until)
        } else {
            windows[key(route, resource)] = Window(remaining: 0, resets: until)
        }
    }

    private func key(_ route: String, _ resource: String) -> Key {
        Key(bucket: names[route] ?? route, resource: resource)
    }
}

/// Counts the answers that Discord counts against us (401, 403, and 429 unless the limit is shared), so that we stop well
/// before the 10,000 in ten minutes that get an address banned.
struct InvalidRequestMeter: Sendable {
    static let window = Duration.seconds(600)
    private static let slots = 60

    let limit: Int
    private var counts = Array(repeating: 0, count: slots)
    private var latest: Int64?
    private let start: ContinuousClock.Instant

    init(limit: Int = 9_000, start: ContinuousClock.Instant = .now) {
        self.limit = limit
        self.start = start
    }

    mutating func count(at now: ContinuousClock.Instant) {
        move(to: now)
        counts[index(slot(now))] += 1
    }

    /// How long to stop; `nil` while there is room.
    mutating func pause(at now: ContinuousClock.Instant) -> Duration? {
        move(to: now)
        var total = counts.reduce(0, +)
        guard total >= limit else { return nil }
        // Slots leave the window oldest first.
        let current = slot(now)
        for age in stride(from: Int64(Self.slots - 1), through: 0, by: -1) {
            total -= counts[index(current - age)]
            if total < limit { return .seconds(10 * (Int64(Self.slots) - age)) }
        }
        return InvalidRequestMeter.window
    }

    private func slot(_ now: ContinuousClock.Instant) -> Int64 { start.duration(to: now).components.seconds / 10 }

    private func index(_ slot: Int64) -> Int { Int(((slot % 60) + 60) % 60) }

    private mutating func move(to now: ContinuousClock.Instant) {
        let current = slot(now)
        defer { latest = max(latest ?? current, current) }
        guard let latest, current > latest else { return }
        for passed in 1...min(current - latest, Int64(Self.slots)) { counts[index(latest + passed)] = 0 }
    }
}

/// What Discord's answers say about its limits.
enum DiscordLimits {
    /// Longest wait that is believed; a broken value must not stop a channel for days.
    private static let longest = 24 * 3600.0

    /// How long the route has no allowance left, when the answer says that this was the last.
    static func exhaustedFor(_ headers: [String: String]) -> Span? {
        guard headers["x-ratelimit-remaining"] == "0",
            let reset = headers["x-ratelimit-reset-after"].flatMap(Double.init)
        else { return nil }
        return span(reset)
    }

    /// `retry_after` of the body is the more exact (a float); the header is whole seconds. Without a body it is Discord's
    /// edge that answers, for everything of ours.
    static func retryAfter(_ answer: HTTPAnswer) -> (Span, DiscordError.Scope) {
        let body = try? JSONValue(parsing: answer.body)
        let seconds =
            body?["retry_after"]?.double ?? answer.headers["retry-after"].flatMap(Double.init)
            ?? answer.headers["x-ratelimit-reset-after"].flatMap(Double.init)
        var scope = DiscordError.Scope.user
        if body?["global"]?.bool == true || answer.headers["x-ratelimit-global"] == "true"
            || answer.headers["x-ratelimit-scope"] == "global"
        {
            scope = .global
        } else if answer.headers["x-ratelimit-scope"] == "shared" {
            scope = .shared
        } else if body == nil, answer.headers["x-ratelimit-scope"] == nil {
            scope = .global
        }
        return (seconds.flatMap(span) ?? .seconds(1), scope)
    }

    private static func span(_ seconds: Double) -> Span? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        return .milliseconds(Int64((min(seconds, longest) * 1000).rounded(.up)))
    }
}

extension JSONValue {
    /// A number, whole or not.
    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
