import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct RetryPolicyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var error: DeliveryError
        var channels: [ChannelKind]
        var verdict: RetryPolicy.Verdict
        var testDescription: String { "\(error) on \(channels.map(\.rawValue))" }
    }

    static let all = ChannelKind.allCases
    /// First attempt, jitter at its upper end: the back-off is a whole second.
    static let rows: [Row] = [
        Row(
            error: .rateLimited(retryAfter: .milliseconds(12_345), scope: .address), channels: all,
            verdict: .retry(at: start + .milliseconds(12_345), reason: "rate limited", mayHaveArrived: false)),
        Row(
            error: .rateLimited(retryAfter: .seconds(2), scope: .sender), channels: all,
            verdict: .retry(at: start + .seconds(2), reason: "rate limited", mayHaveArrived: false)),
        Row(error: .recipientGone(reason: "blocked"), channels: all, verdict: .addressGone(reason: "blocked")),
        Row(error: .moved(to: "-100"), channels: all, verdict: .moved(to: "-100")),
        Row(error: .rejected(reason: "too long"), channels: all, verdict: .dead(reason: "too long")),
        Row(
            error: .unavailable(reason: "502"), channels: all,
            verdict: .retry(at: start + .seconds(1), reason: "502", mayHaveArrived: false)),
        Row(
            error: .outcomeUnknown(reason: "no answer"), channels: [.telegram, .discord, .email, .terminal],
            verdict: .retry(at: start + .seconds(1), reason: "no answer", mayHaveArrived: true)),
        Row(
            error: .outcomeUnknown(reason: "no answer"), channels: [.sms], verdict: .dead(reason: "outcome unknown")),
        Row(
            error: .unauthorized(reason: "401"), channels: all,
            verdict: .senderRefused(retryAt: start + .minutes(5), reason: "401")),
    ]

    @Test("what follows from each error, on every channel", arguments: rows)
    func table(_ row: Row) {
        for channel in row.channels {
            let verdict = RetryPolicy().verdict(
                for: row.error, channel: channel, attempts: 1, createdAt: start, now: start, jitter: 1)
            #expect(verdict == row.verdict, "\(channel)")
        }
    }

    @Test("an SMS of unknown outcome is looked up for some minutes where there is a record, and is dead then")
    func lookUp() {
        let policy = RetryPolicy(looksUp: true)
        var now = start
        var looks = 0
        while looks < 100 {
            let verdict = policy.verdict(
                for: .outcomeUnknown(reason: "no answer"), channel: .sms, attempts: looks + 1, createdAt: start,
                now: now, jitter: 0)
            guard case .retry(let time, _, let mayHaveArrived) = verdict else {
                #expect(verdict == .dead(reason: "outcome unknown"))
                break
            }
            #expect(mayHaveArrived)
            #expect(time - now >= .seconds(5))
            now = time
            looks += 1
        }
        #expect(looks == 6)
        #expect(now - start >= .minutes(1))
        #expect(!policy.repeatsUnknown(.sms))
    }

    @Test("pauses double from a second to a quarter of an hour, less up to a half by jitter")
    func backOff() {
        func pause(_ attempts: Int, _ jitter: Double) -> Span? {
            let verdict = RetryPolicy().verdict(
                for: .unavailable(reason: "x"), channel: .telegram, attempts: attempts, createdAt: start, now: start,
                jitter: jitter)
            guard case .retry(let time, _, _) = verdict else { return nil }
            return time - start
        }
        #expect([1, 2, 3, 4].map { pause($0, 1) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pause(1, 0) == .milliseconds(500))
        #expect(pause(60, 1) == .minutes(15))
        #expect(pause(10_000, 1) == .minutes(15))
    }

    @Test("after a day, or an hour for SMS, a failing delivery is dead", arguments: ChannelKind.allCases)
    func patience(channel: ChannelKind) {
        let patience: Span = channel == .sms ? .hours(1) : .hours(24)
        func verdict(age: Span, attempts: Int) -> RetryPolicy.Verdict {
            RetryPolicy().verdict(
                for: .unavailable(reason: "503"), channel: channel, attempts: attempts, createdAt: start,
                now: start + age, jitter: 0.5)
        }
        #expect(verdict(age: patience, attempts: 20) == .dead(reason: "503"))
        #expect(verdict(age: patience - .milliseconds(1), attempts: 20) != .dead(reason: "503"))
        // It slept in a mute for days and failed once: that is no reason to give up.
        #expect(verdict(age: .days(3), attempts: 1) != .dead(reason: "503"))
    }
}
