import Messages

/// A `Message` in one GSM-7 segment: at most 160 septets.
///
/// What is kept, in this order: the service's name, the first line (symbol and price, or what happened), the time, then
/// as many of the other lines as fit, each whole or cut at a word. Lines that are notes (set in italics throughout),
/// tables and buttons are left out.
struct SMSText: Sendable {
    static let service = "Vigia"

    let text: String

    init(_ message: Message) {
        let lines = SMSText.lines(of: message)
        let body = lines.map(\.words).filter { !$0.isEmpty }
        let time = lines.lazy.compactMap(\.time).first
        let first = body.first ?? ""
        var out = first.hasPrefix(SMSText.service) ? first : "\(SMSText.service): \(first)"
        let ending = time.map { " - \($0)" } ?? ""
        out = SMSText.cut(out, to: GSMAlphabet.segment - GSMAlphabet.septets(ending))
        for line in body.dropFirst() {
            let room = GSMAlphabet.segment - GSMAlphabet.septets(out) - GSMAlphabet.septets(ending) - 2
            guard room >= 12 else { continue }
            out += "; " + SMSText.cut(line, to: room)
        }
        text = out + ending
    }

    private struct Line {
        var words = ""
        var time: String?
        var isNote = true
    }

    private static func lines(of message: Message) -> [Line] {
        var lines: [Line] = []
        for case .text(let spans) in message.blocks {
            var line = Line()
            for span in spans {
                for (index, piece) in span.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                    if index > 0 {
                        lines.append(line)
                        line = Line()
                    }
                    if piece.allSatisfy(\.isWhitespace) {
                        line.words += piece
                        continue
                    }
                    if span.style != .italic { line.isNote = false }
                    // The time has a place of its own.
                    if case .time = span.style, line.time == nil {
                        line.time = spelled(piece)
                    } else {
                        line.words += piece
                    }
                }
            }
            lines.append(line)
        }
        return lines.map { line in
            Line(words: line.isNote ? "" : spelled(line.words), time: line.time, isNote: line.isNote)
        }
    }

    /// In the alphabet, blanks single, no marks at the ends where a picture or a time stood.
    private static func spelled(_ text: some StringProtocol) -> String {
        let words = GSMAlphabet.spell(TelegramText.clean(String(text))).split(whereSeparator: \.isWhitespace)
        var kept = words[...]
        while let first = kept.first, first == "-" { kept.removeFirst() }
        while let last = kept.last, last == "-" { kept.removeLast() }
        return kept.joined(separator: " ")
    }

    /// As many whole words as fit, with three dots where some are missing; a first word that is too long is cut itself.
    static func cut(_ text: String, to septets: Int) -> String {
        guard GSMAlphabet.septets(text) > septets else { return text }
        var out = ""
        var used = 0
        for word in text.split(separator: " ") {
            let width = GSMAlphabet.septets(word) + (out.isEmpty ? 0 : 1)
            guard used + width + 3 <= septets else { break }
            out += (out.isEmpty ? "" : " ") + word
            used += width
        }
        if out.isEmpty {
            for scalar in text.unicodeScalars {
                let width = GSMAlphabet.septets(scalar) ?? 0
                guard used + width + 3 <= septets else { break }
                out.unicodeScalars.append(scalar)
                used += width
            }
        }
        return out + "..."
    }
}
