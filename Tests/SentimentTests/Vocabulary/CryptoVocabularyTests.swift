import Testing
import Turns

@testable import Sentiment

@Suite("Crypto vocabulary", .oneAtATime)
struct CryptoVocabularyTests {
    private let vocabulary = CryptoVocabulary()

    private func hits(_ text: String) -> [String] { vocabulary.hits(in: text).map { "\($0.phrase) \($0.weight)" } }

    @Test("whole words count, not parts of words")
    func words() {
        #expect(hits("bearish") == ["bearish -2.5"])
        #expect(hits("along the belong, sellers, buyside, hackathon").isEmpty)
        #expect(hits("BULLISH! #bullish $MOON @moon") == ["bullish 2.5", "bullish 2.5"])
    }

    @Test("the longest phrase counts, within one clause")
    func phrases() {
        #expect(hits("a new all-time high") == ["all time high 3.0"])
        #expect(hits("a bear market") == ["bear market -2.5"])
        #expect(hits("the bear. Market opens") == ["bear -1.5"])
    }

    @Test("a negation turns around what follows in its clause, up to three words on")
    func negation() {
        #expect(hits("not bullish") == ["bullish -2.5"])
        #expect(hits("isn’t really that bearish") == ["bearish 2.5"])
        #expect(hits("not at all that much bullish") == ["bullish 2.5"])
        #expect(hits("no, bullish") == ["bullish 2.5"])
        #expect(hits("Bitcoin no es alcista") == ["alcista -2.5"])
        #expect(hits("nunca bajista, sin pánico") == ["bajista 2.5", "panico 2.0"])
    }

    @Test("Spanish counts with and without accents")
    func spanish() {
        #expect(vocabulary.tone(of: "caída") == vocabulary.tone(of: "caida"))
        #expect(vocabulary.tone(of: "Bitcoin alcanza un nuevo máximo histórico") > 0.5)
        #expect(vocabulary.tone(of: "El mercado se desploma por el hackeo") < -0.5)
    }

    @Test("the tone has the sign of its words, stays below 1 and is 0 where none is known")
    func range() {
        #expect(vocabulary.tone(of: "bullish") == 2.5 / (2.5 * 2.5 + 4).squareRoot())
        #expect(vocabulary.tone(of: "nothing of note") == 0)
        #expect(vocabulary.tone(of: "") == 0)
        let many = vocabulary.tone(of: String(repeating: "crash hack scam ", count: 200))
        #expect(many < -0.99 && many >= -1)
    }
}
