import Market
import Testing
import Transport
import Turns

@testable import Channels

@Suite(.oneAtATime) struct DiscordBucketsTests {
    private let start = ContinuousClock.now

    private func headers(_ bucket: String, remaining: Int, reset: Double) -> [String: String] {
        [
            "x-ratelimit-bucket": bucket, "x-ratelimit-remaining": "\(remaining)",
            "x-ratelimit-reset-after": "\(reset)", "x-ratelimit-limit": "5",
        ]
    }

    @Test("routes of one bucket share its allowance for the same resource, and only for that")
    func shared() {
        var buckets = DiscordBuckets()
        buckets.note(headers("b", remaining: 0, reset: 2), route: "POST", resource: "1", now: start)
        buckets.note(headers("b", remaining: 3, reset: 2), route: "PATCH", resource: "2", now: start)
        #expect(buckets.wait(route: "PATCH", resource: "1", now: start) != nil)
        #expect(buckets.wait(route: "POST", resource: "2", now: start) == nil)
        #expect(buckets.wait(route: "OTHER", resource: "1", now: start) == nil)
        #expect(buckets.wait(route: "POST", resource: "1", now: start + .seconds(3)) == nil)
    }

    @Test("requests on their way take their places before the answers come, and a late answer gives none back")
    func inFlight() {
        var buckets = DiscordBuckets()
        buckets.note(headers("b", remaining: 2, reset: 5), route: "POST", resource: "1", now: start)
        buckets.begin(route: "POST", resource: "1")
        buckets.begin(route: "POST", resource: "1")
        #expect(buckets.wait(route: "POST", resource: "1", now: start) != nil)
        buckets.note(
            headers("b", remaining: 1, reset: 4.9), route: "POST", resource: "1", now: start + .milliseconds(100))
        #expect(buckets.wait(route: "POST", resource: "1", now: start + .milliseconds(100)) != nil)
        // The next window begins anew.
        buckets.note(headers("b", remaining: 4, reset: 5), route: "POST", resource: "1", now: start + .seconds(6))
        #expect(buckets.wait(route: "POST", resource: "1", now: start + .seconds(6)) == nil)
    }

    @Test("a global limit stops everything but interactions")
    func global() {
        var buckets = DiscordBuckets()
        buckets.refused(
            for: .seconds(2), scope: .global, headers: [:], route: "POST", resource: "1", now: start)
        #expect(buckets.wait(route: "GET", resource: "9", now: start) == .seconds(2))
        #expect(buckets.wait(route: "GET", resource: "9", now: start, isGloballyLimited: false) == nil)
    }

    @Test("refusals are counted over ten minutes that move on")
    func meter() {
        var meter = InvalidRequestMeter(limit: 100, start: start)
        for second in 0..<100 { meter.count(at: start + .seconds(second)) }
        let now = start + .seconds(100)
        let pause = meter.pause(at: now)
        #expect(pause != nil)
        #expect(meter.pause(at: now + (pause ?? .zero)) == nil)
        #expect(meter.pause(at: now + .seconds(3600)) == nil)
        for _ in 0..<99 { meter.count(at: start + .seconds(4000)) }
        #expect(meter.pause(at: start + .seconds(4000)) == nil)
    }

    @Test("a wait is read from the body, else from the header; nonsense is a second")
    func retryAfter() {
        func read(_ body: String, _ headers: [String: String] = [:]) -> (Span, DiscordError.Scope) {
            DiscordLimits.retryAfter(HTTPAnswer(status: 429, headers: headers, body: Array(body.utf8)))
        }
        #expect(read(#"{"retry_after": 0.25, "global": false}"#) == (.milliseconds(250), .user))
        #expect(read(#"{"retry_after": 3, "global": true}"#) == (.seconds(3), .global))
        #expect(read("<html>", ["retry-after": "5"]) == (.seconds(5), .global))
        #expect(read("", ["x-ratelimit-scope": "shared"]) == (.seconds(1), .shared))
        #expect(read(#"{"retry_after": -4}"#).0 == .seconds(1))
        #expect(read(#"{"retry_after": 1e300}"#).0 == .hours(24))
    }
}
