/// Text that a stranger wrote, made safe to read and to show again. Escaping for a channel's markup is the channel's work;
/// here goes what no channel can show honestly: control characters, invisible characters and those that turn the
/// direction of writing, with which a text can look like another one.
enum UntrustedText {
    /// Without invisible characters; every run of white space is one space; trimmed.
    static func cleaned(_ text: String) -> String {
        if isPlain(text) { return text }
        var scalars = String.UnicodeScalarView()
        var pendingSpace = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                pendingSpace = !scalars.isEmpty
            } else if !isInvisible(scalar) {
                if pendingSpace { scalars.append(" ") }
                pendingSpace = false
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    /// The beginning of a text, short enough to be repeated in an answer.
    static func shown(_ text: String, limit: Int = 40) -> String {
        // A grapheme may hold thousands of combining marks, so the limit counts scalars.
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    /// Printable ASCII with single spaces inside: the common case, answered without a copy.
    private static func isPlain(_ text: String) -> Bool {
        var wasSpace = true
        for byte in text.utf8 {
            guard (32...126).contains(byte) else { return false }
            let isSpace = byte == 32
            if isSpace, wasSpace { return false }
            wasSpace = isSpace
        }
        return !wasSpace || text.isEmpty
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
