/// Reads Telegram's HTML as the Bot API does: a closed set of tags that must nest and close.
package enum FakeTelegramHTML {
    package struct Entity: Hashable, Sendable {
        package var type: String
        /// UTF-16 units of the plain text.
        package var offset: Int
        package var length: Int
        package var url: String?
        package init(type: String, offset: Int, length: Int, url: String? = nil) {
            self.type = type
            self.offset = offset
            self.length = length
            self.url = url
        }
    }

    /// The server's own sentence, after "Bad Request: ".
    package struct Refusal: Error, Hashable, Sendable {
        package var description: String
    }

    private static let types: [String: String] = [
        "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
        "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
        "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
    ]

    package static func parse(_ html: String) throws(Refusal) -> (text: String, entities: [Entity]) {
        guard html.utf8.contains(where: { $0 == 0x3C || $0 == 0x26 }) else { return (html, []) }
        var text = ""
        var units = 0
        var entities: [Entity] = []
        var open: [(tag: String, offset: Int, url: String?)] = []
        var rest = html.unicodeScalars[...]
        func refusal(_ what: String) -> Refusal { Refusal(description: "can't parse entities: \(what)") }
        while let scalar = rest.first {
            if scalar == "&" {
                let (decoded, consumed) = character(rest)
                text.unicodeScalars.append(decoded)
                units += UTF16.width(decoded)
                rest = rest.dropFirst(consumed)
            } else if scalar == "<" {
                // Asked for by refusals only.
                let start = rest.startIndex
                func at() -> Int { html.unicodeScalars[..<start].reduce(0) { $0 + UTF8.width($1) } }
                guard let end = rest.firstIndex(of: ">") else {
                    throw refusal("Unclosed start tag at byte offset \(at())")
                }
                let inside = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                if inside.hasPrefix("/") {
                    let name = inside.dropFirst().lowercased()
                    guard let last = open.popLast() else { throw refusal("Unexpected end tag at byte offset \(at())") }
                    guard last.tag == name else {
                        throw refusal(
                            "Unmatched end tag at byte offset \(at()), expected \"</\(last.tag)>\", found \"</\(name)>\""
                        )
                    }
                    if units > last.offset {
                        entities.append(
                            Entity(
                                type: types[name] ?? name, offset: last.offset, length: units - last.offset,
                                url: last.url))
                    }
                } else {
                    let name = inside.prefix { !$0.isWhitespace }.lowercased()
                    guard types[name] != nil else {
                        throw refusal("Unsupported start tag \"\(name)\" at byte offset \(at())")
                    }
                    open.append((name, units, name == "a" ? try link(inside, at: at()) : nil))
                }
            } else {
                text.unicodeScalars.append(scalar)
                units += UTF16.width(scalar)
                rest = rest.dropFirst()
            }
        }
        if let last = open.last { throw refusal("Can't find end tag corresponding to start tag \"\(last.tag)\"") }
        return (text, entities)
    }

    private static func link(_ inside: String, at offset: Int) throws(Refusal) -> String {
        let halves = inside.split(separator: "href=\"", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return "" }
        guard let end = halves[1].firstIndex(of: "\"") else {
            throw Refusal(description: "can't parse entities: Unclosed attribute value at byte offset \(offset)")
        }
        var url = ""
        var rest = halves[1][..<end].unicodeScalars
        while let scalar = rest.first {
            guard scalar == "&" else {
                url.unicodeScalars.append(scalar)
                rest = rest.dropFirst()
                continue
            }
            let (decoded, consumed) = character(rest)
            url.unicodeScalars.append(decoded)
            rest = rest.dropFirst(consumed)
        }
        return url
    }

    /// One of the four named entities or a number; anything else is an ampersand.
    private static func character(_ rest: Substring.UnicodeScalarView) -> (Unicode.Scalar, Int) {
        guard let end = rest.prefix(12).firstIndex(of: ";") else { return ("&", 1) }
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        let length = name.unicodeScalars.count + 2
        switch name {
        case "lt": return ("<", length)
        case "gt": return (">", length)
        case "amp": return ("&", length)
        case "quot": return ("\"", length)
        default: break
        }
        guard name.hasPrefix("#") else { return ("&", 1) }
        let digits = name.dropFirst()
        let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let value, value != 0, let scalar = Unicode.Scalar(value) else { return ("&", 1) }
        return (scalar, length)
    }
}
