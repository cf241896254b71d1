import Foundation

/// Text as BERT sees it before pieces are looked up, by the rules of Hugging Face's BertNormalizer and BertPreTokenizer:
/// control characters go, white space is one kind, Chinese characters and punctuation stand alone, and where letters are
/// made small accents go too.
struct BertNormalizer: Sendable {
    let lowercases: Bool

    /// The words, marks of punctuation and single Chinese characters of a text, in order.
    func words(of text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func finish() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in normalized(text) {
            if BertCharacters.isSpace(scalar) {
                finish()
            } else if BertCharacters.isPunctuation(scalar) {
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
        for scalar in text.unicodeScalars where !BertCharacters.isDropped(scalar) {
            if !scalar.isASCII { isPlain = false }
            if BertCharacters.isSpace(scalar) {
                clean.append(" ")
            } else if BertCharacters.isChinese(scalar) {
                clean.append(contentsOf: [" ", scalar, " "])
            } else {
                clean.append(scalar)
            }
        }
        guard lowercases else { return clean }
        if !isPlain { clean = String(clean).decomposedStringWithCanonicalMapping.unicodeScalars }
        var small = String.UnicodeScalarView()
        for scalar in clean where isPlain || !BertCharacters.isAccent(scalar) {
            if scalar.isASCII {
                small.append((65...90).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
            } else {
                small.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return small
    }
}

/// Kinds of characters as BERT tells them apart.
enum BertCharacters {
    static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (scalar.value < 0x20 && !(9...10).contains(scalar.value) && scalar.value != 13)
                || scalar.value == 0x7F
        }
        if scalar.value == 0xFFFD { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .unassigned, .surrogate: return true
        default: return false
        }
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (33...47).contains(scalar.value) || (58...64).contains(scalar.value)
                || (91...96).contains(scalar.value) || (123...126).contains(scalar.value)
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    static func isAccent(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .nonspacingMark }

    /// The blocks of Chinese characters that BERT names.
    static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B820...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
