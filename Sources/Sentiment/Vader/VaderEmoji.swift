/// Text with its emoji put into words, as VADER reads them.
struct VaderEmoji: Sendable {
    /// All emoji of the lexicon lie in these two ranges of code points.
    private static let signs: Range<UInt32> = 0xA0..<0x3300
    private static let pictographs: Range<UInt32> = 0x1F000..<0x1FB00

    /// The words, and for each code point of the two ranges which of them it reads as: place + 1, or 0.
    private let words: [[UInt8]]
    private let places: [UInt16]

    init() {
        var words: [[UInt8]] = []
        var places = [UInt16](repeating: 0, count: Self.signs.count + Self.pictographs.count)
        for line in Lexicon.lines(of: "emoji") {
            let (head, rest) = Lexicon.headAndRest(line)
            guard let code = UInt32(head, radix: 16), let place = Self.place(of: code) else { continue }
            words.append(Array(rest.utf8))
            places[place] = UInt16(words.count)
        }
        self.words = words
        self.places = places
    }

    @inline(__always) private static func place(of code: UInt32) -> Int? {
        if signs.contains(code) { return Int(code - signs.lowerBound) }
        if pictographs.contains(code) { return Int(code - pictographs.lowerBound) + signs.count }
        return nil
    }

    /// The text that the rules see, of valid UTF-8. An emoji becomes its words, set off by a space on its left only; white
    /// space beyond ASCII becomes a space, and the Kelvin sign, whose lower case is the letter k, a K.
    func plain(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count + 64)
        var position = 0
        /// Where the bytes begin that are not yet copied.
        var pending = 0
        var afterSpace = true
        while position < text.count {
            let lead = text[position]
            if lead < 0x80 {
                afterSpace = lead == 0x20
                position += 1
                continue
            }
            let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            guard position + length <= text.count else { break }
            var code = UInt32(lead) & (0x7F >> UInt32(length))
            for next in 1..<length { code = code << 6 | UInt32(text[position + next] & 0x3F) }
            if let place = Self.place(of: code) {
                let number = places[place]
                let isSpace = Unicode.Scalar(code)?.isSpaceInPython == true
                if number > 0 || isSpace || code == 0x212A {
                    plain.append(contentsOf: text[pending..<position])
                    pending = position + length
                    if number > 0 {
                        if !afterSpace { plain.append(0x20) }
                        plain += words[Int(number) - 1]
                    } else {
                        plain.append(isSpace ? 0x20 : 0x4B)
                    }
                }
            } else if code == 0x85 {
                plain.append(contentsOf: text[pending..<position])
                pending = position + length
                plain.append(0x20)
            }
            afterSpace = false
            position += length
        }
        plain.append(contentsOf: text[pending...])
        return plain
    }
}
