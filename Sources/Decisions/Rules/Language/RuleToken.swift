/// A piece of a rule's text. Places count characters from 0.
struct RuleToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A name, keyword, duration or symbol.
        case word
        /// Digits with at most one point and one of `k`, `m`, `b`.
        case number
        case sign
        case end
    }
    var kind: Kind
    /// As typed, without a leading `$`; signs in their plain spelling (`≥` is `>=`).
    var text: String
    var start: Int
    var end: Int
    /// Written `$BTC`: a symbol, whatever else the word may mean.
    var isMarkedSymbol = false

    var lower: String { text.lowercased() }
    func isWord(_ word: String) -> Bool { kind == .word && !isMarkedSymbol && lower == word }
    func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }
}

/// Cuts a text into tokens; never fails, the parser judges them.
enum RuleLexer {
    static func tokens(_ characters: [Character]) -> [RuleToken] {
        var tokens: [RuleToken] = []
        var position = 0
        while position < characters.count {
            let start = position
            let character = characters[position]
            if character.isWhitespace {
                position += 1
            } else if startsWord(characters, position) {
                let isMarked = character == "$"
                if isMarked { position += 1 }
                let text = word(characters, &position)
                let kind: RuleToken.Kind = numberParts(text) == nil ? .word : .number
                tokens.append(
                    RuleToken(
                        kind: kind, text: text, start: start, end: position, isMarkedSymbol: isMarked && kind == .word))
            } else {
                let text = sign(characters, &position)
                tokens.append(RuleToken(kind: .sign, text: text, start: start, end: position))
            }
        }
        tokens.append(RuleToken(kind: .end, text: "", start: characters.count, end: characters.count))
        return tokens
    }

    /// Digits and the power of ten of the suffix, of `70`, `0.5`, `.5`, `70k`, `1.2m`, `2b`.
    static func numberParts(_ text: String) -> (digits: String, exponent: Int)? {
        var digits = text
        var exponent = 0
        switch text.last {
        case "k", "K": exponent = 3
        case "m", "M": exponent = 6
        case "b", "B": exponent = 9
        default: break
        }
        if exponent > 0 { digits.removeLast() }
        let bytes = digits.utf8
        guard bytes.contains(where: isDigit), bytes.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }),
            bytes.count(where: { $0 == UInt8(ascii: ".") }) <= 1
        else { return nil }
        return (digits, exponent)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func startsWord(_ characters: [Character], _ position: Int) -> Bool {
        let character = characters[position]
        if belongsToWord(character) { return true }
        guard character == "$" || character == ".", position + 1 < characters.count else { return false }
        let next = characters[position + 1]
        return character == "$" ? belongsToWord(next) : next.isASCII && next.isNumber
    }

    private static func belongsToWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// A point belongs to a word only inside a number.
    private static func word(_ characters: [Character], _ position: inout Int) -> String {
        var text = ""
        while position < characters.count {
            let character = characters[position]
            if character == "." {
                guard text.utf8.allSatisfy(isDigit), position + 1 < characters.count,
                    characters[position + 1].isASCII, characters[position + 1].isNumber
                else { break }
            } else if !belongsToWord(character) {
                break
            }
            text.append(character)
            position += 1
        }
        return text
    }

    private static func sign(_ characters: [Character], _ position: inout Int) -> String {
        let character = characters[position]
        position += 1
        let next = position < characters.count ? characters[position] : " "
        switch (character, next) {
        case (">", "="), ("<", "="), ("!", "="):
            position += 1
            return String([character, next])
        case ("=", "="):
            position += 1
            return "="
        case ("≥", _): return ">="
        case ("≤", _): return "<="
        case ("≠", _): return "!="
        case ("−", _), ("–", _): return "-"
        case ("×", _): return "*"
        case ("÷", _): return "/"
        default: return String(character)
        }
    }
}
