import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct SentencePropertyTests {
    private let market: SentenceMarket

    init() throws { market = try SentenceMarket() }

    /// The same words for the same seed.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    @Test("random words never crash, and a word that no grammar knows keeps a sentence from being understood")
    func random() {
        var dice = Dice(state: 7)
        for language in ["en", "es"] {
            let words =
                (market.book.grammar(language)?.words.vocabulary ?? []).sorted()
                + [
                    "BTC", "eth", "$sol", "60k", "5%", "22:00", "#7", "1.500", ",", "?", "-", ">", "€", "…", "🙂",
                    "\u{200D}",
                ]
            for _ in 0..<400 {
                let count = Int.random(in: 1...14, using: &dice)
                var sentence = (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &dice)] }
                _ = market.reader.read(sentence.joined(separator: " "), language: language)
                sentence.insert("zzgrubl", at: Int.random(in: 0...sentence.count, using: &dice))
                let reading = market.reader.read(sentence.joined(separator: " "), language: language)
                // A reminder's text may be anything.
                if case .understood(let line) = reading { #expect(line.hasPrefix("/remind"), "\(sentence): \(line)") }
            }
        }
    }

    @Test(
        "an unknown or a negating word put anywhere into an understood sentence is never passed over",
        arguments: ["en", "es"])
    func leftOver(_ language: String) throws {
        let table = try #require(SentenceTable(language))
        let negation = language == "en" ? "not" : "no"
        for row in table.rows {
            guard case .line(let line) = row.expected, !line.hasPrefix("/remind") else { continue }
            let words = row.sentence.split(separator: " ").map(String.init)
            for place in 0...words.count where (row.place + place).isMultiple(of: 12) {
                for alien in ["zzgrubl", negation] {
                    var changed = words
                    changed.insert(alien, at: place)
                    let reading = market.reader.read(changed.joined(separator: " "), language: language)
                    #expect(reading != .understood(line), "\(changed.joined(separator: " "))")
                }
            }
        }
    }

    @Test("the longest and the most repetitive texts are read within a bound of work")
    func bounded() throws {
        let grammar = try #require(market.book.grammar("en"))
        let texts = [
            String(repeating: "please ", count: 59), String(repeating: "BTC ", count: 59),
            String(repeating: "alert me if BTC ", count: 14), String(repeating: "remind ", count: 59),
            "remind me " + String(repeating: "at 18:00 to ", count: 18),
            "alert me if " + String(repeating: "BTC drops 5% in an hour and ", count: 8),
            String(repeating: "(", count: 2_000), String(repeating: "a", count: 2_000),
            String(repeating: "1,", count: 1_000), String(repeating: "60k ", count: 59),
        ]
        for text in texts {
            for language in ["en", "es"] { _ = market.reader.read(text, language: language) }
            let sentence = SentenceText(text)
            guard !sentence.isTooLong else { continue }
            var matcher = SentenceMatcher(grammar, market.reader.slots(sentence, grammar))
            _ = matcher.sentences()
            #expect(matcher.steps <= SentenceMatcher.mostSteps * 2, "\(text.prefix(40)): \(matcher.steps)")
        }
    }
}
