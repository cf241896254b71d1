/// Tone of a text by the words that traders use, in English and Spanish.
///
/// Whole words and phrases count, the longest first, so "bearish" is not also "bear" and "along" is not "long". A negation
/// among the three words before, in the same clause, turns a word around. What is written as a cashtag or address is a name
/// and has no tone. The weights of all hits, w, make s = Σw and the tone s / √(s² + 4): one strong word gives about 0.8, and
/// no number of them more than 1. The table is `lexicons/vocabulary.lexicon`.
package struct CryptoVocabulary: Sendable {
    private let weights: [String: Double]
    private let negations: Set<String>
    /// The most words that a phrase beginning with this word has.
    private let lengths: [String: Int]

    /// How many words a negation reaches.
    static let reach = 3

    package init() {
        var weights: [String: Double] = [:]
        var negations: Set<String> = []
        var lengths: [String: Int] = [:]
        for line in Lexicon.lines(of: "vocabulary") {
            let (head, rest) = Lexicon.headAndRest(line)
            for phrase in rest.split(separator: "|") {
                let words = phrase.split(separator: " ")
                guard let first = words.first else { continue }
                let text = words.joined(separator: " ")
                guard let weight = Double(head) else {
                    negations.insert(text)
                    continue
                }
                weights[text] = weight
                lengths[String(first)] = max(lengths[String(first)] ?? 0, words.count)
            }
        }
        self.weights = weights
        self.negations = negations
        self.lengths = lengths
    }

    /// −1 (all of it points down) to 1; 0 where no word is known.
    package func tone(of text: String) -> Double {
        let sum = hits(in: text).reduce(0) { $0 + $1.weight }
        return sum == 0 ? 0 : sum / (sum * sum + 4).squareRoot()
    }

    /// The words and phrases that count, with their weights as they count here.
    func hits(in text: String) -> [(phrase: String, weight: Double)] {
        let words = TextCutter.words(of: text)
        var hits: [(phrase: String, weight: Double)] = []
        var position = 0
        while position < words.count {
            guard let (phrase, count, weight) = longest(words, at: position) else {
                position += 1
                continue
            }
            let before = words[max(0, position - Self.reach)..<position]
            let isNegated = before.contains { $0.clause == words[position].clause && negations.contains($0.folded) }
            hits.append((phrase, isNegated ? -weight : weight))
            position += count
        }
        return hits
    }

    private func longest(_ words: [TextWord], at position: Int) -> (String, Int, Double)? {
        let word = words[position]
        guard word.sigil == nil || word.sigil == "#", let length = lengths[word.folded] else { return nil }
        for count in stride(from: min(length, words.count - position), through: 1, by: -1) {
            let part = words[position..<position + count]
            guard part.allSatisfy({ $0.clause == word.clause }) else { continue }
            let phrase = count == 1 ? word.folded : part.map(\.folded).joined(separator: " ")
            if let weight = weights[phrase] { return (phrase, count, weight) }
        }
        return nil
    }
}
