import Market

/// Puts known words in the place of mistyped ones.
struct SpellingCorrection {
    /// Words that are shorter have too many neighbours.
    private static let shortest = 5
    private static let most = 2

    let words: SentenceWords
    let symbols: any SymbolMatching

    /// The sentence with at most two words corrected, each by the one word that is a letter away; `nil` when there is
    /// nothing to correct, or something that cannot be.
    func corrected(_ sentence: SentenceText) -> SentenceText? {
        var replacements: [Int: String] = [:]
        for (index, token) in sentence.tokens.enumerated() {
            guard token.kind == .word, token.text.count >= SpellingCorrection.shortest,
                !words.vocabulary.contains(token.text), !isSymbol(sentence, index)
            else { continue }
            let near = words.vocabulary.union(words.coins).filter { word in
                word.count >= SpellingCorrection.shortest && !words.negations.contains(word)
                    && EditDistance.between(word, token.text, limit: 1) != nil
            }
            guard near.count == 1, let word = near.first else { continue }
            replacements[index] = word
        }
        guard (1...SpellingCorrection.most).contains(replacements.count) else { return nil }
        return sentence.replacing(replacements)
    }

    private func isSymbol(_ sentence: SentenceText, _ index: Int) -> Bool {
        if case .symbol = symbols.match(sentence.written(index..<index + 1)) { true } else { false }
    }
}

extension SentenceText {
    /// The sentence with other words at some places; what stands there as written stays.
    fileprivate func replacing(_ words: [Int: String]) -> SentenceText {
        var copy = self
        for (index, word) in words { copy.replace(at: index, with: word) }
        return copy
    }
}
