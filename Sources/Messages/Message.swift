package import Market

/// A rendered, channel-neutral message in one language: what a channel turns into its own markup.
package struct Message: Hashable, Sendable, Codable {
    package var blocks: [Block]
    package var buttons: [[Button]]
    /// Sent without sound.
    package var silent: Bool
    /// How the same looks as a letter, for a channel that can show one (e-mail); others show the blocks.
    package var letter: Letter?

    package struct Letter: Hashable, Sendable, Codable {
        package var subject: String
        /// What stands inside the body of an HTML document; values are escaped.
        package var html: String
        package init(subject: String, html: String) {
            self.subject = subject
            self.html = html
        }
    }

    package enum Block: Hashable, Sendable, Codable {
        /// Lines of text; a line break is `\n` inside a span.
        case text([InlineSpan])
        /// Fixed-width text (tables, text charts), shown as it is.
        case preformatted(String)
    }

    /// A button press is an invocation: `data` is a command line such as `/delete 7 yes` of at most 64 UTF-8 bytes, run
    /// with the rights of whoever presses it.
    package struct Button: Hashable, Sendable, Codable {
        package var label: String
        package var action: Action
        package enum Action: Hashable, Sendable, Codable {
            case command(String)
            case link(String)
        }
        package init(label: String, action: Action) {
            self.label = label
            self.action = action
        }
    }

    package init(blocks: [Block], buttons: [[Button]] = [], silent: Bool = false, letter: Letter? = nil) {
        self.letter = letter
        self.blocks = blocks
        self.buttons = buttons
        self.silent = silent
    }

    /// Text alone, without markup; blocks parted by a blank line.
    package var plainText: String {
        blocks.map { block in
            switch block {
            case .text(let spans): spans.map(\.text).joined()
            case .preformatted(let text): text
            }
        }.joined(separator: "\n\n")
    }
}

/// A run of text with one look. Text is plain: channels escape it.
package struct InlineSpan: Hashable, Sendable, Codable {
    package enum Style: Hashable, Sendable, Codable {
        case plain, bold, italic, code
        case link(String)
        /// `text` shows the instant in the reader's zone; a channel with its own time entity may use that.
        case time(Timestamp)
    }
    package var text: String
    package var style: Style
    package init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}
