import Market
import Testing
import Turns

@testable import Sentiment

@Suite("Taking texts in", .oneAtATime)
struct TextIntakeTests {
    private let now = Timestamp(seconds: 1_768_120_200)

    private func verdicts(_ titles: [String], capacity: Int = 100) -> [TextIntake.Verdict] {
        var intake = TextIntake(analyzer: ToneAnalyzer(), capacity: capacity)
        return titles.enumerated().map { index, title in
            intake.take(MediaItem(id: "\(index)", title: title), source: .coinDesk, at: now)
        }
    }

    @Test("a text is linked to every symbol it speaks of, and scored")
    func taken() throws {
        let verdict = try #require(verdicts(["Bitcoin and Solana surge to great record highs"]).first)
        guard case .taken(let item) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(item.symbols.map(\.description) == ["BTC", "SOL"])
        #expect(item.score > 0.1 && item.label == .bullish && item.finbert == nil)
    }

    @Test(
        "what says the same in nearly the same words is heard once",
        arguments: [
            "Bitcoin falls below $60,000 as traders brace for the inflation report",
            "BITCOIN FALLS BELOW $60,000 AS TRADERS BRACE FOR THE INFLATION REPORT!",
            "Breaking: Bitcoin falls below $60,000 as traders brace for the inflation report",
            "Bitcoin falls below $60,000 as traders brace for the inflation report - CoinDesk",
        ])
    func duplicates(title: String) {
        let first = "Bitcoin falls below $60,000 as traders brace for the inflation report"
        #expect(verdicts([first, title]).last == .duplicate)
    }

    @Test(
        "what is new is not taken for old",
        arguments: [
            "Bitcoin falls below $50,000 as miners sell into the weekend",
            "Ether falls below $2,000 as traders brace for the jobs report on Friday", "Bitcoin",
        ])
    func different(title: String) {
        let first = "Bitcoin falls below $60,000 as traders brace for the inflation report"
        #expect(verdicts([first, title]).last != .duplicate)
    }

    @Test("the same address is the same text, whatever its title became")
    func addresses() {
        var intake = TextIntake(analyzer: ToneAnalyzer())
        let url = "https://news.example/btc"
        _ = intake.take(MediaItem(id: "1", title: "Bitcoin slips", url: url), source: .coinDesk, at: now)
        #expect(
            intake.take(MediaItem(id: "2", title: "Update: miners are to blame", url: url), source: .newsAPI, at: now)
                == .duplicate)
    }

    @Test("what speaks of no coin is left out")
    func unlinked() { #expect(verdicts(["Local bakery wins a prize for its bread"]) == [.unlinked]) }

    @Test("only so many are remembered, the newest")
    func bounded() {
        let titles = (0..<50).map { "Bitcoin story number \($0) tells of token \($0 * 7) and wallet \($0 * 13)" }
        let verdicts = verdicts(titles + [titles[49], titles[0]], capacity: 10)
        #expect(verdicts[50] == .duplicate)
        #expect(verdicts[51] != .duplicate)
    }

    @Test("a restart remembers what it is told of")
    func recall() {
        var intake = TextIntake(analyzer: ToneAnalyzer())
        let item = MediaItem(id: "1", title: "Bitcoin miners sell their coins into the rally")
        intake.recall([item])
        #expect(intake.take(item, source: .coinDesk, at: now) == .duplicate)
    }
}
