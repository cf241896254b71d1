/// Kinds of characters as BERT's tokenizer tells them apart: by Unicode's categories, with the exceptions of
/// `lexicons/bert-characters.lexicon`.
struct BertCharacters: Sendable {
    private enum Exception { case kept, accent, letter, mark, word }
    private let exceptions: [UInt32: Exception]

    init() {
        let kinds: [Substring: Exception] = [
            "kept": .kept, "accent": .accent, "letter": .letter, "mark": .mark, "word": .word,
        ]
        var exceptions: [UInt32: Exception] = [:]
        for line in Lexicon.lines(of: "bert-characters") {
            let (head, rest) = Lexicon.headAndRest(line)
            for range in rest.split(separator: " ") {
                let ends = range.split(separator: "-").compactMap { UInt32($0, radix: 16) }
                guard let first = ends.first, let last = ends.last, let kind = kinds[head] else { continue }
                for code in first...last { exceptions[code] = kind }
            }
        }
        self.exceptions = exceptions
    }

    func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 0x80 { return value == 0x7F || value < 0x20 && value != 9 && value != 10 && value != 13 }
        if value == 0xFFFD { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse: return exceptions[value] != .kept
        default: return false
        }
    }

    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 0x80 { return ByteClass.of(UInt8(value)) & ByteClass.punctuation != 0 }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return exceptions[value] != .word
        default: return exceptions[value] == .mark
        }
    }

    func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .nonspacingMark
            ? exceptions[scalar.value] != .letter : exceptions[scalar.value] == .accent
    }

    /// The blocks of Chinese characters that BERT names.
    func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B820...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
