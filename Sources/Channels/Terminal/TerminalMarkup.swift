import Market
package import Messages

/// A message as lines of a terminal, with ANSI styles or plain.
package struct TerminalMarkup: Sendable {
    package var usesANSI: Bool

    package init(usesANSI: Bool) { self.usesANSI = usesANSI }

    /// Text of the message; `firstNumber` is the number of its first button.
    package func text(of message: Message, firstNumber: Int = 1) -> String {
        var parts = message.blocks.map { block in
            switch block {
            case .text(let spans): spans.map(span).joined()
            case .preformatted(let text): safe(text)
            }
        }
        var number = firstNumber
        let rows = message.buttons.map { row in
            row.map { button in
                defer { number += 1 }
                let label = styled("[\(number)]", "36") + " " + safe(button.label)
                if case .link(let url) = button.action { return label + " " + safe(url) }
                return label
            }.joined(separator: "   ")
        }
        if !rows.isEmpty { parts.append(rows.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }

    private func span(_ span: InlineSpan) -> String {
        let text = safe(span.text)
        return switch span.style {
        case .plain, .time: text
        case .bold: styled(text, "1")
        case .italic: styled(text, "3")
        case .code: styled(text, "36")
        case .link(let url): usesANSI ? styled(text, "4") + " (\(safe(url)))" : "\(text) (\(safe(url)))"
        }
    }

    func styled(_ text: String, _ code: String) -> String {
        usesANSI && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    /// A message must not steer the terminal: escape sequences and other control characters are left out.
    private func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) }))
    }

    private func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n"
            && (scalar.properties.generalCategory == .control || (0x202A...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value))
    }
}
