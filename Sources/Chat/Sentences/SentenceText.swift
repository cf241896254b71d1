import Foundation

/// One word, number or sign of a sentence.
struct SentenceToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word
        /// Digits with `.`, `,` or `:` between them, as written.
        case number
        /// `2026-12-31` or `2026-12-31T18:00`.
        case date
        case email
        /// `+` and digits.
        case phone
        case sign
    }

    var kind: Kind
    /// Words in lower case, without accents and apostrophes; everything else as written.
    var text: String
    /// Places in the sentence's characters.
    var start: Int
    var end: Int
    /// No blank stands before it.
    var isAttached: Bool
    /// A word of at least two letters, all of them capitals.
    var isCapitals = false
    /// The word stands in the place of a mistyped one.
    var isCorrected = false
}

/// A sentence cut into tokens. Cutting never fails.
struct SentenceText: Sendable {
    /// A longer text is a letter, not a sentence.
    static let mostTokens = 60

    let characters: [Character]
    private(set) var tokens: [SentenceToken] = []
    /// Capitals say nothing where everything is written in them.
    let isShouted: Bool

    init(_ text: String) {
        characters = Array(text)
        isShouted = !characters.contains { $0.isLowercase }
        var position = 0
        while position < characters.count, tokens.count <= SentenceText.mostTokens {
            if characters[position].isWhitespace {
                position += 1
            } else {
                let token = token(at: position)
                position = token.end
                tokens.append(token)
            }
        }
    }

    var isTooLong: Bool { tokens.count > SentenceText.mostTokens }

    mutating func replace(at index: Int, with word: String) {
        tokens[index].text = word
        tokens[index].isCorrected = true
    }

    /// The text between two tokens, as it was written.
    func written(_ range: Range<Int>) -> String {
        guard !range.isEmpty else { return "" }
        return String(characters[tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end])
    }

    static func folded(_ text: String) -> String {
        text.folding(
            options: [.diacriticInsensitive, .caseInsensitive, .widthInsensitive],
            locale: Locale(identifier: "en_US_POSIX"))
    }

    private func token(at start: Int) -> SentenceToken {
        let isAttached = start > 0 && !characters[start - 1].isWhitespace
        func token(_ kind: SentenceToken.Kind, _ text: String, _ end: Int) -> SentenceToken {
            SentenceToken(kind: kind, text: text, start: start, end: end, isAttached: isAttached)
        }
        let first = characters[start]
        if first.isLetter || isDigit(start), !isAttached, let end = endOfEmail(from: start) {
            return token(.email, String(characters[start..<end]), end)
        }
        if first == "+", let (phone, end) = phone(from: start) { return token(.phone, phone, end) }
        if isDigit(start) {
            if let end = endOfDate(from: start) { return token(.date, String(characters[start..<end]), end) }
            var end = start + 1
            while isDigit(end) || end + 1 < characters.count && ".,:".contains(characters[end]) && isDigit(end + 1) {
                end += 1
            }
            return token(.number, String(characters[start..<end]), end)
        }
        if first.isLetter {
            var end = start + 1
            while end < characters.count, belongsToWord(end) { end += 1 }
            let written = String(characters[start..<end])
            var word = token(
                .word, SentenceText.folded(written.filter { !SentenceText.apostrophes.contains($0) }), end)
            word.isCapitals = end - start >= 2 && written == written.uppercased()
            return word
        }
        let pairs: [String: String] = [">=": ">=", "<=": "<=", "≥": ">=", "≤": "<="]
        if start + 1 < characters.count, let sign = pairs[String(characters[start...start + 1])] {
            return token(.sign, sign, start + 2)
        }
        return token(.sign, pairs[String(first)] ?? String(first), start + 1)
    }

    private static let apostrophes: Set<Character> = ["'", "’", "`", "´"]

    private func isDigit(_ index: Int) -> Bool {
        index < characters.count && characters[index].isASCII && characters[index].isNumber
    }

    private func belongsToWord(_ index: Int) -> Bool {
        let character = characters[index]
        if character.isLetter || character.isNumber || character == "_" { return true }
        return SentenceText.apostrophes.contains(character) && index + 1 < characters.count
            && characters[index + 1].isLetter
    }

    private func endOfDate(from start: Int) -> Int? {
        func matches(_ pattern: String, at index: Int) -> Bool {
            guard index + pattern.count <= characters.count else { return false }
            return zip(pattern, characters[index...]).allSatisfy { shape, character in
                shape == "0" ? character.isASCII && character.isNumber : shape == character
            }
        }
        guard matches("0000-00-00", at: start) else { return nil }
        let end = start + 10
        if matches("T00:00", at: end) { return isDigit(end + 6) ? nil : end + 6 }
        return isDigit(end) ? nil : end
    }

    private func endOfEmail(from start: Int) -> Int? {
        var end = start
        while end < characters.count, !characters[end].isWhitespace { end += 1 }
        while end > start, ".,;:!?)".contains(characters[end - 1]) { end -= 1 }
        let parts = characters[start..<end].split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), parts[1].first != "." else { return nil }
        return end
    }

    private func phone(from start: Int) -> (String, Int)? {
        var digits = "+"
        var end = start + 1
        var index = start + 1
        while index < characters.count {
            if isDigit(index) {
                digits.append(characters[index])
                end = index + 1
            } else if !" -().".contains(characters[index]) {
                break
            }
            index += 1
        }
        return (8...16).contains(digits.count) ? (digits, end) : nil
    }
}
