/// A word of a text: letters and digits with apostrophes inside, or a single emoji.
struct TextWord: Sendable {
    /// Small letters without accents (ñ stays), and without a possessive 's.
    var folded: String
    /// The sign right before it: `$`, `#` or `@`.
    var sigil: Unicode.Scalar?
    var isCapitalized: Bool
    /// All of its letters are capitals, and there are two or more.
    var isUppercase: Bool
    /// Words between two marks of punctuation share the number of their clause.
    var clause: Int
    /// The first of its sentence.
    var beginsSentence: Bool
    /// Nothing but a slash or hyphen stands between this word and the one before it.
    var isJoined: Bool
}

/// Cuts texts into words for everything but VADER, which has rules of its own.
enum TextCutter {
    /// The words of a text in order. Time grows with its length.
    static func words(of text: String) -> [TextWord] {
        var words: [TextWord] = []
        var letters = ""
        var capitals = 0
        var smalls = 0
        var first: Unicode.Scalar?
        var sigil: Unicode.Scalar?
        var clause = 0
        var begins = true
        var joins = false
        var lastJoins = false

        func finish() {
            guard let lead = first else { return }
            if letters.hasSuffix("'s") {
                letters.removeLast(2)
                smalls -= min(smalls, 1)
            }
            while letters.utf8.last == 0x27 { letters.removeLast() }
            if !letters.isEmpty {
                words.append(
                    TextWord(
                        folded: letters, sigil: sigil, isCapitalized: lead.properties.isUppercase,
                        isUppercase: capitals > 1 && smalls == 0, clause: clause, beginsSentence: begins,
                        isJoined: lastJoins))
                begins = false
            }
            letters = ""
            (capitals, smalls, first, sigil, lastJoins) = (0, 0, nil, nil, false)
        }

        let scalars = Array(text.unicodeScalars)
        for (position, scalar) in scalars.enumerated() {
            let follows = position + 1 < scalars.count ? scalars[position + 1] : " "
            if isLetter(scalar) {
                if first == nil {
                    first = scalar
                    lastJoins = joins
                    if position > 0, "$#@".unicodeScalars.contains(scalars[position - 1]) {
                        sigil = scalars[position - 1]
                    }
                }
                if scalar.isASCII {
                    let isCapital = (65...90).contains(scalar.value)
                    if isCapital { capitals += 1 } else if scalar.value >= 97 { smalls += 1 }
                    letters.unicodeScalars.append(isCapital ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
                } else {
                    if scalar.properties.isUppercase { capitals += 1 } else { smalls += 1 }
                    letters += plain(scalar)
                }
            } else if scalar == "'" || scalar == "’", first != nil, isLetter(follows) {
                letters += "'"
            } else if (0x300...0x36F).contains(scalar.value) {
                continue
            } else {
                finish()
                if isPictograph(scalar) {
                    words.append(
                        TextWord(
                            folded: String(Character(scalar)), sigil: nil, isCapitalized: false, isUppercase: false,
                            clause: clause, beginsSentence: false, isJoined: false))
                } else if ".,;:!?()…\n–—|".unicodeScalars.contains(scalar), !isLetter(follows) {
                    clause += 1
                    if ".!?:…\n|".unicodeScalars.contains(scalar) { begins = true }
                }
            }
            joins = scalar == "/" || scalar == "-"
        }
        finish()
        return words
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (48...57).contains(scalar.value) || (65...90).contains(scalar.value)
                || (97...122).contains(scalar.value)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func isPictograph(_ scalar: Unicode.Scalar) -> Bool {
        (0x1F300...0x1FAFF).contains(scalar.value) || (0x2600...0x27BF).contains(scalar.value)
    }

    private static func plain(_ scalar: Unicode.Scalar) -> String {
        let small = scalar.properties.lowercaseMapping
        switch small {
        case "á", "à", "â", "ä", "ã": return "a"
        case "é", "è", "ê", "ë": return "e"
        case "í", "ì", "î", "ï": return "i"
        case "ó", "ò", "ô", "ö", "õ": return "o"
        case "ú", "ù", "û", "ü": return "u"
        default: return small
        }
    }
}
