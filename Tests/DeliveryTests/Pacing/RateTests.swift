import Market
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct RateTests {
    @Test("a rate reads back as it is spelled", arguments: ["30/1s", "1/1s", "20/1m", "100000/1d", "off"])
    func spelling(_ words: String) throws {
        #expect(try #require(Pace(text: words)).description == words)
    }

    @Test(
        "what is no rate is refused: above all a rate of nothing",
        arguments: ["", "0/1s", "30/0s", "-1/1s", "30", "30/", "/1s", "30/s", "30/1s/2", "1.5/1s", "none", "30/2d"])
    func refused(_ words: String) { #expect(Pace(text: words) == nil) }

    @Test("a rate of nothing, of no time or of more than a day cannot be built")
    func unrepresentable() {
        #expect(Rate(0, per: .seconds(1)) == nil)
        #expect(Rate(1, per: .zero) == nil)
        #expect(Rate(1, per: .days(2)) == nil)
        #expect(Rate(1, per: .seconds(1)) != nil)
    }
}
