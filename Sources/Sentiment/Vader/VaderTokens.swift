/// One word of a text, with what VADER's rules need to know of it.
struct VaderToken {
    var valence: Double
    var boost: Double
    /// `VaderWords.Role` bits.
    var roles: UInt8
    var special: VaderWords.Special

    @inline(__always) func has(_ role: UInt8) -> Bool { roles & role != 0 }
}

/// Cuts a text into words and looks each of them up.
struct VaderTokenizer: Sendable {
    let words: VaderWords
    private let classes = ByteClass.table()

    init(words: VaderWords) { self.words = words }

    /// What a whole text shows besides its words.
    struct Marks {
        var count = 0
        var uppercase = 0
        var exclamations = 0
        var questions = 0
        /// Index of the first "but".
        var but: Int?
        /// Some words are in capitals and some are not.
        var mixesCase: Bool { uppercase > 0 && uppercase < count }
    }

    /// Writes the tokens of `text`, whose white space is ASCII. There is room for one token per two bytes; `lower` holds
    /// `text.count + 32` bytes.
    @inline(__always) func tokenize(
        _ text: UnsafeBufferPointer<UInt8>, lower: UnsafeMutablePointer<UInt8>,
        into tokens: UnsafeMutablePointer<VaderToken>
    ) -> Marks {
        var marks = Marks()
        let count = text.count
        guard let bytes = text.baseAddress else { return marks }
        classes.withUnsafeBufferPointer { classes in
            words.entries.withUnsafeBufferPointer { entries in
                for padding in count..<count + 32 { lower[padding] = 0 }
                var position = 0
                while position < count {
                    var seen = classes[Int(bytes[position])]
                    if seen & ByteClass.space != 0 {
                        position += 1
                        continue
                    }
                    let start = position
                    seen = 0
                    while position < count {
                        let byte = bytes[position]
                        let kind = classes[Int(byte)]
                        if kind & ByteClass.space != 0 { break }
                        if kind & ByteClass.mark != 0 {
                            if byte == 0x21 { marks.exclamations += 1 } else { marks.questions += 1 }
                        }
                        // Sets bit 5 of capital letters: bit 2 of their class, moved up by three.
                        lower[position] = byte | ((kind & ByteClass.upper) << 3)
                        seen |= kind
                        position += 1
                    }
                    var first = start
                    var end = position
                    if seen & ByteClass.punctuation != 0 {
                        while first < end, classes[Int(bytes[first])] & ByteClass.punctuation != 0 { first += 1 }
                        while end > first, classes[Int(bytes[end - 1])] & ByteClass.punctuation != 0 { end -= 1 }
                        if Self.isAtMostTwoScalars(bytes, first, end) { (first, end) = (start, position) }
                    }
                    let length = end - first
                    var token = VaderToken(valence: 0, boost: 0, roles: 0, special: .other)
                    if length <= WordIndex.Key.longest,
                        let number = words.index.number(of: WordIndex.key(lower + first, count: length))
                    {
                        let entry = entries[number]
                        token = VaderToken(
                            valence: entry.valence, boost: entry.boost, roles: entry.roles, special: entry.special)
                        if entry.special == .but, marks.but == nil { marks.but = marks.count }
                    }
                    if seen & ByteClass.apostrophe != 0, Self.holdsContraction(lower, first, end) {
                        token.roles |= VaderWords.Role.negation
                    }
                    let isUpper =
                        seen & ByteClass.wide == 0
                        ? seen & (ByteClass.upper | ByteClass.lower) == ByteClass.upper
                        : Self.isUppercase(UnsafeBufferPointer(rebasing: text[first..<end]))
                    if isUpper {
                        token.roles |= VaderWords.Role.upper
                        marks.uppercase += 1
                    }
                    tokens[marks.count] = token
                    marks.count += 1
                }
            }
        }
        return marks
    }

    /// Words so short keep their punctuation: they are likely an emoticon.
    @inline(__always) private static func isAtMostTwoScalars(_ bytes: UnsafePointer<UInt8>, _ first: Int, _ end: Int)
        -> Bool
    {
        if end - first <= 2 { return true }
        if end - first > 8 { return false }
        var scalars = 0
        for position in first..<end where bytes[position] & 0xC0 != 0x80 { scalars += 1 }
        return scalars <= 2
    }

    /// Whether "n't" stands anywhere in the word.
    private static func holdsContraction(_ lower: UnsafePointer<UInt8>, _ first: Int, _ end: Int) -> Bool {
        guard end - first >= 3 else { return false }
        for position in first..<end - 2
        where lower[position] == 0x6E && lower[position + 1] == 0x27 && lower[position + 2] == 0x74 { return true }
        return false
    }

    /// Python's `str.isupper`: at least one capital letter and none that is small or in title case.
    private static func isUppercase(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        var found = false
        for scalar in String(decoding: word, as: UTF8.self).unicodeScalars {
            let properties = scalar.properties
            if properties.isLowercase || properties.generalCategory == .titlecaseLetter { return false }
            found = found || properties.isUppercase
        }
        return found
    }
}
