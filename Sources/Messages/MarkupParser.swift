import Market

/// Reads the small markup that templates and locale entries produce: `<b> <i> <code> <pre> <a href="…">` and
/// `<time at="unix ms">`. A blank line parts blocks; `<pre>` is a block of its own. An unknown tag is shown as it
/// stands: whatever reaches this parser was written by us or escaped.
struct MarkupParser {
    private var blocks: [Message.Block] = []
    private var spans: [InlineSpan] = []
    private var text = ""
    private var styles: [InlineSpan.Style] = []

    static func parse(_ markup: String) -> [Message.Block] {
        var parser = MarkupParser()
        parser.read(markup)
        return parser.blocks
    }

    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 38 || $0 == 60 || $0 == 62 || $0 == 34 }) else { return text }
        var out = ""
        out.reserveCapacity(text.utf8.count + 16)
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    private mutating func read(_ markup: String) {
        var rest = markup.unicodeScalars[...]
        var newlines = 0
        while let scalar = rest.first {
            if scalar == "<", let end = rest.firstIndex(of: ">"),
                let tag = Tag(String(rest[rest.index(after: rest.startIndex)..<end]))
            {
                if newlines > 0 { breakLines(&newlines) }
                rest = rest[rest.index(after: end)...]
                apply(tag, &rest)
                continue
            }
            rest.removeFirst()
            switch scalar {
            case "\r": continue
            case "\n": newlines += 1
            case "&":
                if newlines > 0 { breakLines(&newlines) }
                text.unicodeScalars.append(entity(&rest))
            default:
                if newlines > 0 { breakLines(&newlines) }
                text.unicodeScalars.append(scalar)
            }
        }
        endBlock()
    }

    private mutating func breakLines(_ newlines: inout Int) {
        if newlines >= 2 { endBlock() } else if !(text.isEmpty && spans.isEmpty) { text += "\n" }
        newlines = 0
    }

    private func entity(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar {
        for (name, scalar) in [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("#39;", "'")]
            as [(String, Unicode.Scalar)]
        where rest.starts(with: name.unicodeScalars) {
            rest = rest.dropFirst(name.unicodeScalars.count)
            return scalar
        }
        return "&"
    }

    private mutating func apply(_ tag: Tag, _ rest: inout Substring.UnicodeScalarView) {
        switch tag {
        case .open(let style):
            endSpan()
            styles.append(style)
        case .close:
            endSpan()
            if !styles.isEmpty { styles.removeLast() }
        case .pre:
            endBlock()
            var body = String.UnicodeScalarView()
            while let scalar = rest.first {
                if scalar == "<", rest.starts(with: "</pre>".unicodeScalars) {
                    rest = rest.dropFirst(6)
                    break
                }
                rest.removeFirst()
                body.append(scalar == "&" ? entity(&rest) : scalar)
            }
            let text = String(body).trimmed(of: "\n")
            if !text.isEmpty { blocks.append(.preformatted(text)) }
        }
    }

    private mutating func endSpan() {
        guard !text.isEmpty else { return }
        spans.append(InlineSpan(text, styles.last ?? .plain))
        text = ""
    }

    private mutating func endBlock() {
        while text.last == "\n" { text.removeLast() }
        endSpan()
        while let last = spans.last, last.text.allSatisfy(\.isWhitespace) { spans.removeLast() }
        if !spans.isEmpty { blocks.append(.text(spans)) }
        spans = []
    }

    private enum Tag {
        case open(InlineSpan.Style)
        case close
        case pre

        init?(_ source: String) {
            switch source {
            case "b": self = .open(.bold)
            case "i": self = .open(.italic)
            case "code": self = .open(.code)
            case "pre": self = .pre
            case "/b", "/i", "/code", "/a", "/time": self = .close
            default:
                if source.hasPrefix("a href=\""), source.hasSuffix("\"") {
                    self = .open(.link(MarkupParser.unescape(String(source.dropFirst(8).dropLast()))))
                } else if source.hasPrefix("time at=\""), source.hasSuffix("\""),
                    let at = Int64(source.dropFirst(9).dropLast())
                {
                    self = .open(.time(Timestamp(milliseconds: at)))
                } else {
                    return nil
                }
            }
        }
    }

    private static func unescape(_ text: String) -> String {
        text.replacing("&quot;", with: "\"").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&amp;", with: "&")
    }
}

extension String {
    func trimmed(of character: Character) -> String {
        var view = self[...]
        while view.first == character { view.removeFirst() }
        while view.last == character { view.removeLast() }
        return String(view)
    }
}
