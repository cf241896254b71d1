import Foundation
import Market
import Testing
import Turns

@Suite(.oneAtATime) struct TimestampTests {
    @Test("arithmetic is exact in milliseconds, before 1970 too")
    func arithmetic() {
        let time = Timestamp(milliseconds: -1)
        #expect(time + .seconds(1) == Timestamp(milliseconds: 999))
        #expect(Timestamp(seconds: 10) - Timestamp(milliseconds: 9_999) == .milliseconds(1))
        #expect(Timestamp(Date(timeIntervalSince1970: 1.0015)) == Timestamp(milliseconds: 1_002))
        #expect(Timestamp(milliseconds: 1_500).date == Date(timeIntervalSince1970: 1.5))
        #expect(Span.hours(2) * 3 == .minutes(360))
        #expect(Span.milliseconds(1_500).duration == .milliseconds(1_500))
    }

    @Test("both are stored as a plain number")
    func coding() throws {
        let data = try JSONEncoder().encode([Timestamp(milliseconds: 5)])
        #expect(String(decoding: data, as: UTF8.self) == "[5]")
        #expect(try JSONDecoder().decode([Span].self, from: data) == [.milliseconds(5)])
    }

    @Test(
        "a span reads back from its own text",
        arguments: [("90s", 90), ("10m", 600), ("4h", 14_400), ("36h", 129_600), ("1d", 86_400), ("2w", 1_209_600)])
    func spanText(text: String, seconds: Int64) {
        #expect(Span(text: text) == .seconds(seconds))
        #expect(Span.seconds(seconds).text == text)
    }

    @Test(
        "what is no span is refused",
        arguments: ["", "0s", "-1h", "1", "h", "1y", "1.5h", "100001s", "1 h", "9999999999999999999d"])
    func noSpan(text: String) { #expect(Span(text: text) == nil) }
}

@Suite(.oneAtATime) struct TimeframeTests {
    @Test("a candle's open time is the last multiple of its length; weeks begin on Monday, UTC")
    func openTimes() {
        // 2024-05-15, a Wednesday, 13:47:31.250 UTC.
        let time = Timestamp(milliseconds: 1_715_780_851_250)
        let expected: [Timeframe: Int64] = [
            .m1: 1_715_780_820, .m5: 1_715_780_700, .m15: 1_715_780_700, .h1: 1_715_778_000, .h4: 1_715_774_400,
            .d1: 1_715_731_200, .w1: 1_715_558_400,
        ]
        for timeframe in Timeframe.allCases {
            #expect(timeframe.openTime(containing: time) == Timestamp(seconds: expected[timeframe] ?? 0))
        }
    }

    @Test("every week begins at a Monday midnight by the calendar, before 1970 too")
    func mondays() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: Int64(-1_000), to: 20_000, by: 37) {
            let time = Timestamp(seconds: day * 86_400 + 12_345)
            let open = Timeframe.w1.openTime(containing: time)
            let parts = calendar.dateComponents([.weekday, .hour, .minute, .second], from: open.date)
            #expect(parts == DateComponents(hour: 0, minute: 0, second: 0, weekday: 2))
            #expect(open <= time && time < open + .days(7))
        }
    }

    @Test("an open time is aligned, the instant around it is not", arguments: Timeframe.allCases)
    func alignment(timeframe: Timeframe) {
        let open = timeframe.openTime(containing: Timestamp(milliseconds: 1_715_780_851_250))
        #expect(timeframe.isAligned(open))
        #expect(!timeframe.isAligned(open + .milliseconds(1)))
        #expect(!timeframe.isAligned(open - .milliseconds(1)))
        #expect(timeframe.openTime(containing: open - .milliseconds(1)) == open - timeframe.span)
    }

    @Test("they are ordered by length")
    func order() { #expect(Timeframe.allCases.sorted() == Timeframe.allCases) }
}
