/// Text of a source without markup, on one line, of bounded length.
enum PlainText {
    private static let entities: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "rsquo": "’", "lsquo": "‘",
        "rdquo": "”", "ldquo": "“", "ndash": "–", "mdash": "—", "hellip": "…", "euro": "€", "pound": "£",
    ]

    /// - Parameter limit: characters kept.
    static func of(_ text: String, limit: Int) -> String {
        var out = ""
        var count = 0
        var isSpace = true
        func append(_ piece: some StringProtocol, _ out: inout String) {
            for character in piece where count < limit {
                if character.isWhitespace {
                    if !isSpace { out.append(" "); count += 1 }
                    isSpace = true
                } else if !character.unicodeScalars.allSatisfy({ $0.properties.generalCategory == .control }) {
                    out.append(character)
                    count += 1
                    isSpace = false
                }
            }
        }
        var rest = text[...]
        while let mark = rest.firstIndex(where: { $0 == "<" || $0 == "&" }), count < limit {
            append(rest[..<mark], &out)
            rest = rest[mark...]
            if rest.first == "<", let tag = tagEnd(rest) {
                append(" ", &out)
                rest = rest[tag...]
            } else if rest.first == "&", let (plain, end) = entity(rest) {
                append(plain, &out)
                rest = rest[end...]
            } else {
                append(rest.prefix(1), &out)
                rest = rest.dropFirst()
            }
        }
        append(rest, &out)
        return out.hasSuffix(" ") ? String(out.dropLast()) : out
    }

    /// Behind `<…>`, where that looks like a tag: a letter, `/` or `!` follows the bracket.
    private static func tagEnd(_ text: Substring) -> String.Index? {
        guard let next = text.dropFirst().first, next.isLetter || next == "/" || next == "!" else { return nil }
        return text.prefix(2_000).firstIndex(of: ">").map { text.index(after: $0) }
    }

    private static func entity(_ text: Substring) -> (plain: String, end: String.Index)? {
        guard let semicolon = text.prefix(12).firstIndex(of: ";") else { return nil }
        let name = text[text.index(after: text.startIndex)..<semicolon]
        let end = text.index(after: semicolon)
        if let known = entities[String(name)] { return (known, end) }
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let code = digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { (String(Character($0)), end) }
    }
}
