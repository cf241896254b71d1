import Foundation

/// The letters of a cheap SMS: 3GPP TS 23.038, default alphabet and its extension. One letter outside them makes the
/// whole message UCS-2, with 70 characters in place of 160.
enum GSMAlphabet {
    /// Septets of one segment.
    static let segment = 160

    private static let basic = Set(
        """
        @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
        abcdefghijklmnopqrstuvwxyzäöñüà
        """.unicodeScalars)
    /// Two septets each.
    private static let extended = Set("^{}\\[]~|€".unicodeScalars)

    /// Septets of a scalar; `nil` outside the alphabet.
    static func septets(_ scalar: Unicode.Scalar) -> Int? {
        basic.contains(scalar) ? 1 : extended.contains(scalar) ? 2 : nil
    }

    /// Septets of a text that is of the alphabet.
    static func septets(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (septets($1) ?? 0) }
    }

    /// The nearest spelling in the alphabet: accents it lacks are dropped, other scripts are written in Latin letters,
    /// signs become words or their plain cousins, pictures go.
    static func spell(_ text: String) -> String {
        var out = ""
        for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
            if septets(scalar) != nil {
                out.unicodeScalars.append(scalar)
            } else if let known = substitutes[scalar] {
                out += known
            } else if scalar.properties.isWhitespace {
                out += " "
            } else if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
                // Digits of every script are read the same.
                out += String(Int(digit))
            } else {
                out += latin(scalar)
            }
        }
        return out
    }

    private static func latin(_ scalar: Unicode.Scalar) -> String {
        guard scalar.properties.isAlphabetic else { return "" }
        let plain = ascii(String(scalar).decomposedStringWithCompatibilityMapping)
        if !plain.isEmpty { return plain }
        return ascii(String(scalar).applyingTransform(.toLatin, reverse: false) ?? "")
    }

    private static func ascii(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.decomposedStringWithCompatibilityMapping.unicodeScalars.filter { $0.isASCII && septets($0) != nil }
            ))
    }

    private static let substitutes: [Unicode.Scalar: String] = [
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": "\"", "”": "\"", "„": "\"",
        "«": "\"",
        "»": "\"", "″": "\"", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "…": "...",
        "•": "-", "·": "-", "∙": "-", "▪": "-", "‣": "-", "→": "->", "←": "<-", "↑": "up", "↓": "down", "⇒": "=>",
        "≥": ">=", "≤": "<=", "≠": "<>", "≈": "~", "±": "+/-", "×": "x", "÷": "/", "√": "sqrt", "∞": "inf",
        "₿": "BTC", "¢": "c", "©": "(c)", "®": "(r)", "™": "(tm)", "°": "deg", "µ": "u", "½": "1/2", "¼": "1/4",
        "¾": "3/4", "‰": " per mille", "№": "No", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
        "þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE", "ẞ": "SS", "º": "o", "ª": "a", "\t": " ", "\u{A0}": " ",
    ]
}
