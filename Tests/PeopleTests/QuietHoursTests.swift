import Market
import Testing
import Turns

@testable import People

@Suite(.oneAtATime) struct QuietHoursTests {
    @Test("spans are read and written, nonsense is refused", arguments: ["22:00-07:00", "09:30-09:45", "0:05-23:59"])
    func reads(_ text: String) throws {
        let hours = try #require(QuietHours(text))
        #expect(QuietHours(hours.text) == hours)
    }

    @Test(
        "what is no span is refused",
        arguments: ["22-7", "24:00-07:00", "22:00-22:00", "22:60-07:00", "", "a:b-c:d", "22:00"])
    func refuses(_ text: String) { #expect(QuietHours(text) == nil) }

    @Test("a span over midnight ends in the morning of the reader's zone")
    func overMidnight() throws {
        let hours = try #require(QuietHours("22:00-07:00"))
        // 2026-01-10 23:30 in Madrid is 22:30 UTC; seven o'clock there is six UTC.
        let night = Timestamp(seconds: 1_768_084_200)
        #expect(hours.end(containing: night, zone: "Europe/Madrid") == Timestamp(seconds: 1_768_111_200))
        let noon = Timestamp(seconds: 1_768_046_400)
        #expect(hours.end(containing: noon, zone: "Europe/Madrid") == nil)
    }

    @Test("when the clocks go forward within the span, it ends by the clock on the wall")
    func daylightSaving() throws {
        let hours = try #require(QuietHours("22:00-07:00"))
        // 2026-03-29 01:30 CET; at 02:00 the clocks go to 03:00, so seven o'clock is 05:00 UTC.
        let night = Timestamp(seconds: 1_774_744_200)
        #expect(hours.end(containing: night, zone: "Europe/Madrid") == Timestamp(seconds: 1_774_760_400))
    }

    @Test("identities are read as they are written")
    func identities() {
        #expect(Identity("telegram:-100/45")?.description == "telegram:-100/45")
        #expect(Identity("fax:1") == nil)
        #expect(Identity("telegram:") == nil)
    }
}
