/// Tone of an English text by VADER: valences of words, corrected for negation, degree words, capitals, "but" and
/// punctuation.
///
/// C.J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM
/// 2014. All four figures equal those of the authors' program (3.3.2) to the last digit, so its peculiarities are kept;
/// the comments name them.
///
/// 1. Emoji become words, and the text is cut at white space; punctuation around a word goes unless hardly anything is
///    left.
/// 2. Each word of the lexicon gets its valence, changed by up to three words before it.
/// 3. Halves before and strengthens behind the first "but".
/// 4. The sum, raised by exclamation and question marks, is squeezed into −1…1.
///
/// Making one reads the lexicon (about a millisecond), so make one and share it.
package final class VaderAnalyzer: Sendable {
    private let tokenizer: VaderTokenizer
    private let emoji = VaderEmoji()

    /// What a word in capitals gains among words that are not.
    static let capitals = 0.733
    /// What a negated valence is multiplied with.
    static let negated = -0.74

    package init() { tokenizer = VaderTokenizer(words: VaderWords()) }

    /// Scores any text. Time grows with its length.
    package func scores(of text: String) -> VaderScores {
        var text = text
        return text.withUTF8 { scores(ofUTF8: $0) }
    }

    /// The same for a text's UTF-8, which must be valid.
    private func scores(ofUTF8 text: UnsafeBufferPointer<UInt8>) -> VaderScores {
        if Self.isASCII(text) { return scores(ofPlain: text) }
        return emoji.plain(text).withUnsafeBufferPointer { scores(ofPlain: $0) }
    }

    @inline(__always) private static func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(text)
        var position = 0
        while position + 8 <= raw.count {
            if raw.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 {
                return false
            }
            position += 8
        }
        while position < raw.count {
            if raw[position] >= 0x80 { return false }
            position += 1
        }
        return true
    }

    private func scores(ofPlain text: UnsafeBufferPointer<UInt8>) -> VaderScores {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count + 32) { lower in
            withUnsafeTemporaryAllocation(of: VaderToken.self, capacity: text.count / 2 + 1) { tokens in
                guard let bytes = lower.baseAddress, let first = tokens.baseAddress else { return .none }
                let marks = tokenizer.tokenize(text, lower: bytes, into: first)
                guard marks.count > 0 else { return .none }
                let words = UnsafeMutableBufferPointer(start: first, count: marks.count)
                Self.weigh(words, mixesCase: marks.mixesCase)
                if let but = marks.but { Self.turn(words, at: but) }
                return Self.summary(of: words, emphasis: Self.emphasis(marks))
            }
        }
    }

    /// Replaces each word's valence by what it is worth here.
    private static func weigh(_ words: UnsafeMutableBufferPointer<VaderToken>, mixesCase: Bool) {
        // A word's worth depends on the roles of its neighbours and never on their worth, so it can be written in place.
        for position in words.indices where words[position].has(VaderWords.Role.valued) {
            let word = words[position]
            let isKindOf =
                word.special == .kind && position + 1 < words.count && words[position + 1].special == .of
            if word.has(VaderWords.Role.booster) || isKindOf {
                words[position].valence = 0
            } else {
                words[position].valence = VaderContext(words: words, position: position, mixesCase: mixesCase).worth()
            }
        }
    }

    /// What precedes "but" counts half, what follows half as much again.
    private static func turn(_ words: UnsafeMutableBufferPointer<VaderToken>, at but: Int) {
        // The authors' program looks each valence up by value, so that of several equal ones it changes the first, again
        // and again; where zeros stand first nothing changes.
        for position in words.indices {
            let valence = words[position].valence
            var first = 0
            while words[first].valence != valence { first += 1 }
            if first < but {
                words[first].valence = valence * 0.5
            } else if first > but {
                words[first].valence = valence * 1.5
            }
        }
    }

    /// What exclamation marks (up to four) and question marks (two and more) add.
    private static func emphasis(_ marks: VaderTokenizer.Marks) -> Double {
        let exclaimed = Double(min(marks.exclamations, 4)) * 0.292
        let asked = marks.questions <= 1 ? 0 : marks.questions <= 3 ? Double(marks.questions) * 0.18 : 0.96
        return exclaimed + asked
    }

    private static func summary(of words: UnsafeMutableBufferPointer<VaderToken>, emphasis: Double) -> VaderScores {
        var sum = 0.0
        var positive = 0.0
        var negative = 0.0
        var neutral = 0
        for word in words {
            let valence = word.valence
            sum += valence
            // One is added because a neutral word counts one.
            if valence > 0 {
                positive += valence + 1
            } else if valence < 0 {
                negative += valence - 1
            } else {
                neutral += 1
            }
        }
        if sum > 0 { sum += emphasis } else if sum < 0 { sum -= emphasis }
        if positive > negative.magnitude {
            positive += emphasis
        } else if positive < negative.magnitude {
            negative -= emphasis
        }
        let total = positive + negative.magnitude + Double(neutral)
        let compound = min(1, max(-1, sum / (sum * sum + 15).squareRoot()))
        return VaderScores(
            negative: DecimalRounding.round((negative / total).magnitude, scale: 1000),
            neutral: DecimalRounding.round(Double(neutral) / total, scale: 1000),
            positive: DecimalRounding.round((positive / total).magnitude, scale: 1000),
            compound: DecimalRounding.round(compound, scale: 10000))
    }
}
