import Foundation

/// Text as BERT sees it before pieces are looked up, by the rules of Hugging Face's BertNormalizer and BertPreTokenizer:
/// control characters go, white space is one kind, Chinese characters and punctuation stand alone, and where letters are
/// made small accents go too.
struct BertNormalizer: Sendable {
    let lowercases: Bool
    private let characters = BertCharacters()

    init(lowercases: Bool) { self.lowercases = lowercases }

    /// The words, marks of punctuation and single Chinese characters of a text, in order.
    func words(of text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func finish() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in normalized(text) {
            if characters.isSpace(scalar) {
                finish()
            } else if characters.isPunctuation(scalar) {
                finish()
                words.append(String(Character(scalar)))
            } else {
                word.append(scalar)
            }
        }
        finish()
        return words
    }

    private func normalized(_ text: String) -> String.UnicodeScalarView {
        var clean = String.UnicodeScalarView()
        var isPlain = true
        for scalar in text.unicodeScalars where !characters.isDropped(scalar) {
            if !scalar.isASCII { isPlain = false }
            if characters.isSpace(scalar) {
                clean.append(" ")
            } else if characters.isChinese(scalar) {
                clean.append(contentsOf: [" ", scalar, " "])
            } else {
                clean.append(scalar)
            }
        }
        guard lowercases else { return clean }
        if !isPlain { clean = String(clean).decomposedStringWithCanonicalMapping.unicodeScalars }
        var small = String.UnicodeScalarView()
        for scalar in clean where isPlain || !characters.isAccent(scalar) {
            if scalar.isASCII {
                small.append((65...90).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
            } else {
                small.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return small
    }
}
