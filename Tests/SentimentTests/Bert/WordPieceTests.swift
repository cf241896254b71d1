import Foundation
import Testing
import Turns

@testable import Sentiment

@Suite("WordPiece", .oneAtATime)
struct WordPieceTests {
    @Test(
        "hostile texts have the tokens that transformers gives them",
        arguments: [("wordpiece-small.tsv", true), ("wordpiece-cased.tsv", false)])
    func reference(name: String, lowercases: Bool) throws {
        let tokenizer = try WordPieceTokenizer(
            vocabulary: Fixture.text("wordpiece-vocabulary.txt"), lowercases: lowercases)
        let rows = try Fixture.rows(name)
        #expect(rows.count > 150)
        for row in rows {
            let text = try JSONDecoder().decode(String.self, from: Data(row[1].utf8))
            let expected = row[0].split(separator: " ").compactMap { Int($0) }
            #expect(tokenizer.tokens(of: text, limit: 10_000) == expected, "\(row[1])")
        }
    }

    @Test("line ends of any system and a missing last one make the same vocabulary")
    func lineEnds() throws {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b"]
        for end in ["\n", "\r\n", "\r"] {
            for last in ["", end] {
                let tokenizer = try WordPieceTokenizer(vocabulary: words.joined(separator: end) + last)
                #expect(tokenizer.count == 7)
                #expect(tokenizer.tokens(of: "ab abb b", limit: 99) == [2, 5, 6, 5, 6, 6, 1, 3])
            }
        }
    }

    @Test("a limit keeps both marks")
    func limit() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a")
        #expect(tokenizer.tokens(of: "aaaa aaa", limit: 5) == [2, 5, 6, 6, 3])
        #expect(tokenizer.tokens(of: "", limit: 2) == [2, 3])
    }

    @Test("a vocabulary without its marks is refused", arguments: ["", "a\nb", "[UNK]\n[CLS]"])
    func marks(vocabulary: String) {
        #expect(throws: CheckpointError.self) { try WordPieceTokenizer(vocabulary: vocabulary) }
    }
}
