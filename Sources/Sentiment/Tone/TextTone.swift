/// Which way a text points.
package enum ToneLabel: String, Hashable, Sendable, Codable, CaseIterable {
    case bullish, neutral, bearish

    /// Bullish above 0.1, bearish below −0.1.
    package init(score: Double) { self = score > 0.1 ? .bullish : score < -0.1 ? .bearish : .neutral }
}

/// Who may have a say in a text's score, with the weight of each.
package enum ToneVoter: String, Hashable, Sendable, Codable, CaseIterable {
    case finbert, vader, vocabulary

    package var weight: Double { self == .finbert ? 0.4 : 0.3 }

    /// Mean of the votes by their weights, renormalised over those present.
    static func score(vader: Double, vocabulary: Double, finbert: Double?) -> Double {
        let known = ToneVoter.vader.weight * vader + ToneVoter.vocabulary.weight * vocabulary
        let weight = ToneVoter.vader.weight + ToneVoter.vocabulary.weight
        guard let finbert else { return known / weight }
        return (known + ToneVoter.finbert.weight * finbert) / (weight + ToneVoter.finbert.weight)
    }
}

/// What one text sounds like.
package struct TextTone: Hashable, Sendable {
    package var vader: VaderScores
    /// −1 to 1.
    package var vocabulary: Double
    /// P(positive) − P(negative), −1 to 1; `nil` without a checkpoint.
    package var finbert: Double?

    package init(vader: VaderScores, vocabulary: Double, finbert: Double?) {
        self.vader = vader
        self.vocabulary = vocabulary
        self.finbert = finbert
    }

    /// Who voted.
    package var voters: [ToneVoter] { ToneVoter.allCases.filter { $0 != .finbert || finbert != nil } }

    /// Mean of the votes by their weights, −1 to 1: FinBERT 0.4, VADER's compound 0.3, vocabulary 0.3, renormalised over
    /// those present.
    package var score: Double {
        ToneVoter.score(vader: vader.compound, vocabulary: vocabulary, finbert: finbert)
    }

    package var label: ToneLabel { ToneLabel(score: score) }
}

/// Hears every voter on a text.
package struct ToneAnalyzer: Sendable {
    private let vader = VaderAnalyzer()
    private let vocabulary = CryptoVocabulary()
    private let finbert: FinBERT?

    /// Reads the embedded tables (a few milliseconds): make one and share it.
    package init(finbert: FinBERT? = nil) { self.finbert = finbert }

    /// Microseconds without FinBERT; with it a tenth of a second and more.
    package func tone(of text: String) -> TextTone {
        TextTone(
            vader: vader.scores(of: text), vocabulary: vocabulary.tone(of: text), finbert: finbert?.tone(of: text))
    }
}
