import Foundation
import Market
import Testing
import Turns

@testable import Reports

@Suite(.oneAtATime) struct DigestRhythmTests {
    private func time(_ text: String) throws -> Timestamp {
        Timestamp(try Date(text, strategy: .iso8601))
    }

    private func text(_ time: Timestamp) -> String { time.date.ISO8601Format() }

    @Test(
        "a rhythm is read as people write it, and written so that it is read again",
        arguments: [
            (["daily", "08:00"], DigestRhythm.daily(minute: 480)), (["daily"], .daily(minute: 480)),
            (["DAILY", "7:05"], .daily(minute: 425)), (["weekly", "mon", "08:00"], .weekly(weekday: 1, minute: 480)),
            (["weekly"], .weekly(weekday: 1, minute: 480)), (["weekly", "Sunday"], .weekly(weekday: 7, minute: 480)),
            (["weekly", "23:59"], .weekly(weekday: 1, minute: 1439)),
            (["semanal", "miércoles", "00:00"], .weekly(weekday: 3, minute: 0)),
            (["diario", "21:30"], .daily(minute: 1290)),
        ] as [([String], DigestRhythm)])
    func parsed(words: [String], rhythm: DigestRhythm) {
        #expect(DigestRhythm(words) == rhythm)
        #expect(DigestRhythm(rhythm.text.split(separator: " ").map(String.init)) == rhythm)
    }

    @Test(
        "anything else is refused",
        arguments: [
            [], ["hourly"], ["daily", "24:00"], ["daily", "8"], ["daily", "8:5"], ["daily", "08:00", "x"],
            ["weekly", "xyz", "08:00"], ["daily", "mon", "08:00"], ["weekly", "mon", "tue"],
        ] as [[String]])
    func refused(words: [String]) { #expect(DigestRhythm(words) == nil) }

    @Test("the next one is on the clock of the zone, and never the present instant again")
    func next() throws {
        let daily = DigestRhythm.daily(minute: 480)
        #expect(
            text(daily.next(after: try time("2026-11-24T06:59:59Z"), zone: "Europe/Madrid")) == "2026-11-24T07:00:00Z")
        #expect(
            text(daily.next(after: try time("2026-11-24T07:00:00Z"), zone: "Europe/Madrid")) == "2026-11-25T07:00:00Z")
        #expect(
            text(daily.next(after: try time("2026-11-24T07:00:00Z"), zone: "Asia/Kolkata")) == "2026-11-25T02:30:00Z")
        // An unknown zone counts as UTC.
        #expect(
            text(daily.next(after: try time("2026-11-24T07:00:00Z"), zone: "Nowhere/At_All")) == "2026-11-24T08:00:00Z")
        let weekly = DigestRhythm.weekly(weekday: 1, minute: 480)
        // 2026-11-24 is a Tuesday.
        #expect(text(weekly.next(after: try time("2026-11-24T07:00:00Z"), zone: "UTC")) == "2026-11-30T08:00:00Z")
        let sunday = DigestRhythm.weekly(weekday: 7, minute: 0)
        #expect(text(sunday.next(after: try time("2026-11-24T07:00:00Z"), zone: "UTC")) == "2026-11-29T00:00:00Z")
    }

    @Test("through a year with both changes of the clock there is one a day, at the same local time")
    func throughTheYear() throws {
        var calendar = Calendar(identifier: .gregorian)
        for zone in ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"] {
            calendar.timeZone = try #require(TimeZone(identifier: zone))
            let rhythm = DigestRhythm.daily(minute: 8 * 60)
            var at = rhythm.next(after: try time("2026-01-01T00:00:00Z"), zone: zone)
            var days: Set<Int> = []
            for _ in 0..<364 {
                let parts = calendar.dateComponents([.hour, .minute, .dayOfYear], from: at.date)
                #expect(parts.hour == 8 && parts.minute == 0)
                days.insert(try #require(parts.dayOfYear))
                at = rhythm.next(after: at, zone: zone)
            }
            #expect(days.count == 364)
        }
    }

    @Test("a time of day that a change leaves out or repeats is due once")
    func changes() throws {
        // In Madrid 02:00 to 03:00 of 2026-03-29 does not exist; 02:00 to 03:00 of 2026-10-25 comes twice.
        let rhythm = DigestRhythm.daily(minute: 150)
        let skipped = rhythm.next(after: try time("2026-03-28T12:00:00Z"), zone: "Europe/Madrid")
        #expect(text(skipped) == "2026-03-29T01:00:00Z")
        #expect(text(rhythm.next(after: skipped, zone: "Europe/Madrid")) == "2026-03-30T00:30:00Z")
        let first = rhythm.next(after: try time("2026-10-24T12:00:00Z"), zone: "Europe/Madrid")
        #expect(text(first) == "2026-10-25T00:30:00Z")
        #expect(text(rhythm.next(after: first, zone: "Europe/Madrid")) == "2026-10-26T01:30:00Z")
    }
}
