import Foundation
import Support
import Testing
import Turns

@testable import Sentiment

@Suite("VADER", .oneAtATime)
struct VaderTests {
    private let vader = VaderAnalyzer()

    @Test("texts of every rule have the authors' figures")
    func ownTexts() throws {
        let rows = try Fixture.rows("vader-figures.tsv")
        #expect(rows.count > 80)
        for row in rows { #expect(try vader.scores(of: row[4]) == Self.scores(row[0..<4]), "\(row[4])") }
    }

    @Test(
        "every reference line has the authors' figures (needs ../shared)",
        .enabled(if: SharedData.has("vader_reference")), arguments: ["tweets.tsv", "edge_and_synthetic.tsv"])
    func reference(name: String) throws {
        let text = try String(
            contentsOf: SharedData.folder.appending(path: "vader_reference/\(name)"), encoding: .utf8)
        let lines = text.split(separator: "\n").dropFirst()
        #expect(lines.count > 500)
        for line in lines {
            let fields = line.split(separator: "\t", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
            #expect(try vader.scores(of: fields[6]) == Self.scores(fields[2..<6]), "\(fields[0])")
        }
    }

    @Test("no words, no tone", arguments: ["", " ", "\t\n", "\u{3000}\u{2028}"])
    func empty(text: String) { #expect(vader.scores(of: text) == .none) }

    @Test("\"but\" in a long text is treated as in a short one")
    func longText() {
        let words = (0..<200).map { ["good", "bad", "but", "table", "nice", "ugly", "very"][$0 * $0 % 7] }
        let short = vader.scores(of: "good " + words.joined(separator: " "))
        // Words that weigh nothing, behind the others, switch to the other way of counting.
        let padded = vader.scores(
            of: "good " + words.joined(separator: " ") + String(repeating: " table", count: 300))
        #expect(short.compound == padded.compound)
    }

    @Test("hostile bytes neither crash nor leave the ranges")
    func hostile() {
        var random = SteadyRandom(seed: 5)
        let pieces = [
            "good", "n't", "!", "?", "😀", "\u{212A}", "\u{0}", "ß", "\u{301}", " ", "\t", "BUT", "(", "\u{85}",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...30, using: &random))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
            let scores = vader.scores(of: text)
            #expect((-1...1).contains(scores.compound))
            for share in [scores.negative, scores.neutral, scores.positive] { #expect((0...1).contains(share)) }
        }
    }

    @Test(
        "rounding is that of the true value, and a true tie goes to the even neighbour",
        arguments: zip(
            [0.0625, 0.1875, 0.0005, 0.0015, 0.12345, 1.0 / 3, 0.9995, -0.0625, 0, 1],
            [0.062, 0.188, 0.001, 0.002, 0.123, 0.333, 1.0, -0.062, 0, 1]))
    func rounding(value: Double, expected: Double) {
        #expect(DecimalRounding.round(value, scale: 1000) == expected)
    }

    private static func scores(_ fields: ArraySlice<String>) throws -> VaderScores {
        let numbers = try fields.map { try #require(Double($0)) }
        return VaderScores(negative: numbers[0], neutral: numbers[1], positive: numbers[2], compound: numbers[3])
    }
}
