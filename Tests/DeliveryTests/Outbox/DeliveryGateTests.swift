import Foundation
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct DeliveryGateTests {
    private func verdict(_ claim: ClaimedEntry, ruleNow: Timestamp = start) -> DeliveryGate.Verdict {
        DeliveryGate().verdict(for: claim, now: start, ruleNow: ruleNow)
    }

    private func time(_ text: String) throws -> Timestamp {
        Timestamp(try Date(text, strategy: .iso8601))
    }

    @Test("an alert that its reader wants goes out")
    func plain() { #expect(verdict(claimed(1)) == .send) }

    @Test("what is not wanted any more is dropped with its reason")
    func dropped() {
        #expect(verdict(claimed(1, isStillWanted: false)) == .drop(reason: "no longer wanted"))
        #expect(verdict(claimed(1, role: .blocked)) == .drop(reason: "recipient blocked"))
        #expect(verdict(claimed(1, stopped: true)) == .drop(reason: "stopped"))
        #expect(verdict(claimed(1, disabled: "blocked")) == .drop(reason: "address disabled: blocked"))
        var forgotten = claimed(1)
        forgotten.recipient = nil
        #expect(verdict(forgotten) == .drop(reason: "recipient gone"))
    }

    @Test("a reply goes to whoever asked, unless it comes too late")
    func replies() {
        let quiet = Preferences(quietHours: QuietHours("00:00-23:59"), mutedUntil: start + .hours(9))
        #expect(verdict(claimed(1, lane: .reply, preferences: quiet, stopped: true)) == .send)
        #expect(verdict(claimed(1, lane: .reply, expiresAt: start)) == .drop(reason: "expired"))
        #expect(verdict(claimed(1, lane: .reply, expiresAt: start + .milliseconds(1))) == .send)
    }

    @Test("mute and quiet hours hold what is not critical until they end")
    func rest() throws {
        let night = try time("2026-03-02T23:30:00Z")
        let morning = try time("2026-03-03T07:00:00Z")
        let quiet = Preferences(quietHours: QuietHours("22:00-07:00"))
        #expect(verdict(claimed(1, preferences: quiet), ruleNow: night) == .hold(until: morning, reason: "quiet hours"))
        #expect(verdict(claimed(1, lane: .critical, preferences: quiet), ruleNow: night) == .send)
        #expect(verdict(claimed(1, preferences: quiet), ruleNow: morning) == .send)
        let muted = Preferences(mutedUntil: night + .hours(1))
        #expect(
            verdict(claimed(1, preferences: muted), ruleNow: night) == .hold(until: night + .hours(1), reason: "muted"))
        #expect(verdict(claimed(1, preferences: muted), ruleNow: night + .hours(1)) == .send)
        let both = Preferences(quietHours: QuietHours("22:00-07:00"), mutedUntil: night + .hours(1))
        #expect(verdict(claimed(1, preferences: both), ruleNow: night) == .hold(until: morning, reason: "muted"))
    }

    @Test(
        "quiet hours end at the reader's local time on the nights the clocks change",
        arguments: [
            // Madrid goes from UTC+1 to UTC+2 in the night of 29 March 2026, and back on 25 October.
            ("2026-03-28T22:30:00Z", "2026-03-29T05:00:00Z"),
            ("2026-10-24T21:30:00Z", "2026-10-25T06:00:00Z"),
            ("2026-06-10T21:30:00Z", "2026-06-11T05:00:00Z"),
        ])
    func clockChange(night: String, end: String) throws {
        let preferences = Preferences(zone: "Europe/Madrid", quietHours: QuietHours("22:00-07:00"))
        #expect(
            verdict(claimed(1, preferences: preferences), ruleNow: try time(night))
                == .hold(until: try time(end), reason: "quiet hours"))
    }

    @Test("quiet hours that end within the hour that is left out end when it is over")
    func missingHour() throws {
        let preferences = Preferences(zone: "Europe/Madrid", quietHours: QuietHours("22:00-02:30"))
        // 02:30 does not exist on 29 March: the clock goes from 02:00 to 03:00, 01:00 UTC.
        #expect(
            verdict(claimed(1, preferences: preferences), ruleNow: try time("2026-03-28T23:00:00Z"))
                == .hold(until: try time("2026-03-29T01:00:00Z"), reason: "quiet hours"))
    }

    @Test(
        "a fifth of the hour's budget is kept for critical alerts",
        arguments: [(ChannelKind.telegram, 50), (.discord, 100), (.email, 20), (.sms, 5)])
    func budget(channel: ChannelKind, total: Int) {
        let half = start + .minutes(30)
        func verdict(_ lane: Lane, _ sent: Int, critical: Int = 0, hour: Timestamp = start) -> DeliveryGate.Verdict {
            let usage = HourlyUsage(hour: hour, total: sent, critical: critical)
            return self.verdict(claimed(1, channel: channel, lane: lane, usage: usage), ruleNow: half)
        }
        let held = DeliveryGate.Verdict.hold(until: start + .hours(1), reason: "hourly budget")
        let ordinary = total * 4 / 5
        #expect(verdict(.low, ordinary - 1) == .send)
        #expect(verdict(.low, ordinary) == held)
        #expect(verdict(.critical, ordinary) == .send)
        #expect(verdict(.critical, total - 1) == .send)
        #expect(verdict(.critical, total) == held)
        // Critical ones do not use up the share of the others.
        #expect(verdict(.high, ordinary, critical: 1) == .send)
        #expect(verdict(.low, total, hour: start - .hours(1)) == .send)
    }

    @Test("the terminal and the channel webhook have no budget")
    func unlimited() {
        let usage = HourlyUsage(hour: start, total: 10_000, critical: 0)
        #expect(verdict(claimed(1, channel: .terminal, usage: usage)) == .send)
        var webhook = claimed(1, address: "webhook", channel: .discord, usage: usage)
        webhook.entry.recipient = nil
        webhook.recipient = nil
        #expect(verdict(webhook) == .send)
    }

    @Test("an SMS whose outcome is unknown is never sent again")
    func unknownSMS() {
        #expect(verdict(claimed(1, channel: .sms, possibleRepeat: true)) == .dead(reason: "outcome unknown"))
        #expect(verdict(claimed(1, channel: .email, possibleRepeat: true)) == .send)
    }

    @Test("where the provider keeps a record, an SMS of unknown outcome goes on to be looked up")
    func lookUp() {
        let gate = DeliveryGate(policy: RetryPolicy(looksUp: true))
        // Even beyond the budget: held, it would be told again in a digest.
        let usage = HourlyUsage(hour: HourlyBudget.hour(of: start), total: 100, critical: 100)
        let entry = claimed(1, channel: .sms, possibleRepeat: true, usage: usage)
        #expect(gate.verdict(for: entry, now: start, ruleNow: start) == .send)
    }
}
