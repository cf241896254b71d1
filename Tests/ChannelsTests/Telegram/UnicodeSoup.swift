/// A small reproducible generator (SplitMix64, Steele and others 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) {
        state = seed
        // Neighbouring seeds shall not walk the same path.
        state = next() ^ seed.byteSwapped
    }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Text that breaks careless code: markup, controls, right-to-left, joined emoji, piled-up accents, any scalar.
enum UnicodeSoup {
    private static let pieces = [
        " ", "\n", "\n\n", "<", ">", "&", "&amp;", "</b>", "<b>", "\"", "word", "número", "日本語", "👨‍👩‍👧‍👦", "🇪🇸", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "e\u{301}", "\u{202E}abc", "\u{2066}x\u{2069}", "\u{200B}", "\u{0}", "\u{7}", "\r\n", "\t", "שלום",
        "a\u{300}\u{301}\u{302}",
        "https://example.com/?a=1&b=2", "*_`[", "$BTC", "@someone", "\u{FEFF}", "0123456789", ".",
    ]

    static func text(length: Int, _ random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<length {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let value = UInt32.random(in: 0...0x10FFFF, using: &random)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            } else {
                text += pieces.randomElement(using: &random) ?? ""
            }
        }
        return text
    }
}
