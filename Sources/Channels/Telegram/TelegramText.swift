/// Plain text made fit for Telegram.
enum TelegramText {
    /// More scalars than this in one grapheme are decoration piled up to break layouts; the longest emoji has about 14.
    static let scalarsPerGrapheme = 32

    /// Takes out what could hide or turn text around, or what the server refuses: control characters (line ends become
    /// `\n`, a tab a space), bidirectional embeddings and overrides, isolates that are not balanced within the text,
    /// byte-order marks, noncharacters. Cuts graphemes to `scalarsPerGrapheme` scalars.
    static func clean(_ text: String) -> String {
        if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A }) { return text }
        let keepsIsolates = hasBalancedIsolates(text)
        var out = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            defer { afterReturn = scalar == "\r" }
            switch scalar.value {
            case 0x0A: if !afterReturn { out.append("\n") }
            case 0x0D, 0x85, 0x2028, 0x2029: out.append("\n")
            case 0x09: out.append(" ")
            case 0..<0x20, 0x7F...0x9F: break
            case 0x202A...0x202E, 0xFEFF, 0xFFF9...0xFFFB, 0xFDD0...0xFDEF: break
            case 0x2066...0x2069: if keepsIsolates { out.append(scalar) }
            case let value where value & 0xFFFE == 0xFFFE: break
            default: out.append(scalar)
            }
        }
        return cuttingTallGraphemes(String(out))
    }

    private static func hasBalancedIsolates(_ text: String) -> Bool {
        var depth = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x2066...0x2068: depth += 1
            case 0x2069:
                depth -= 1
                if depth < 0 { return false }
            default: break
            }
        }
        return depth == 0
    }

    private static func cuttingTallGraphemes(_ text: String) -> String {
        guard text.contains(where: { $0.unicodeScalars.count > scalarsPerGrapheme }) else { return text }
        var out = String.UnicodeScalarView()
        for character in text { out.append(contentsOf: character.unicodeScalars.prefix(scalarsPerGrapheme)) }
        return String(out)
    }

    /// The text with `& < > "` written as entities: valid as content and as an attribute of Telegram's HTML.
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 }) else { return text }
        var out = ""
        out.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension String {
    /// As many whole graphemes as fit into `limit` UTF-16 code units.
    func prefix(utf16 limit: Int) -> String {
        guard utf16.count > limit else { return self }
        var end = startIndex
        var used = 0
        while end < endIndex {
            let next = index(after: end)
            used += self[end..<next].utf16.count
            if used > limit { break }
            end = next
        }
        return String(self[..<end])
    }
}
