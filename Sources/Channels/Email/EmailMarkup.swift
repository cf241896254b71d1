import Messages

/// A `Message` as a mail shows it: a subject, plain text, and the inside of an HTML body. All text is escaped here.
///
/// The first line is the headline. Buttons that are links stay links; those that are commands, which a mail cannot run,
/// are shown as what to type to the bot.
struct EmailMarkup: Sendable {
    /// Longer subjects are cut at a grapheme; most clients show about 70.
    static let subjectLength = 120

    let subject: String
    let text: String
    let html: String

    /// - Parameter images: shown below the text, by the id of each, with the text for those who do not see it.
    init(_ message: Message, images: [(id: String, alt: String)] = []) {
        let blocks = EmailMarkup.cleaned(message.blocks)
        let headline = EmailHeader.clean(
            blocks.lazy.compactMap { EmailMarkup.lines(of: $0).first { !$0.trimmingWhitespace.isEmpty } }.first ?? "")
        subject =
            headline.count > EmailMarkup.subjectLength
            ? headline.prefix(EmailMarkup.subjectLength - 1) + "…" : headline
        let buttons = message.buttons.flatMap { $0 }
        text = EmailMarkup.plain(blocks, buttons: buttons, images: images.map(\.alt))
        html = EmailMarkup.markup(blocks, buttons: buttons, images: images)
    }

    static func escape(_ text: String) -> String { TelegramText.escape(text).replacing("'", with: "&#39;") }

    private static func cleaned(_ blocks: [Message.Block]) -> [Message.Block] {
        blocks.map { block in
            switch block {
            case .text(let spans): .text(spans.map { InlineSpan(TelegramText.clean($0.text), $0.style) })
            case .preformatted(let text): .preformatted(TelegramText.clean(text))
            }
        }
    }

    private static func lines(of block: Message.Block) -> [String] {
        Message(blocks: [block]).plainText.split(separator: "\n").map(String.init)
    }

    // MARK: Plain text

    private static func plain(_ blocks: [Message.Block], buttons: [Message.Button], images: [String]) -> String {
        var paragraphs = blocks.map { block in
            switch block {
            case .text(let spans):
                spans.map { span in
                    if case .link(let url) = span.style, TelegramMarkup.isAllowed(link: url), url != span.text {
                        return "\(span.text) (\(url))"
                    }
                    return span.text
                }.joined()
            case .preformatted(let text): text
            }
        }
        paragraphs += images.map { "[\(EmailHeader.clean($0))]" }
        let rows = buttons.compactMap { button -> String? in
            let label = EmailHeader.clean(button.label)
            switch button.action {
            case .command(let line): return "\(label): \(EmailHeader.clean(line))"
            case .link(let url): return TelegramMarkup.isAllowed(link: url) ? "\(label): \(url)" : nil
            }
        }
        if !rows.isEmpty { paragraphs.append(rows.joined(separator: "\n")) }
        return paragraphs.joined(separator: "\n\n") + "\n"
    }

    // MARK: HTML

    private static func markup(
        _ blocks: [Message.Block], buttons: [Message.Button], images: [(id: String, alt: String)]
    ) -> String {
        var out: [String] = []
        for (index, block) in blocks.enumerated() {
            switch block {
            case .text(let spans):
                var rest = spans
                if index == 0 {
                    let (first, others) = splitFirstLine(spans)
                    out.append("<h1 class=\"headline\" dir=\"auto\">\(inline(first))</h1>")
                    rest = others
                }
                if !rest.isEmpty { out.append("<p dir=\"auto\">\(inline(rest))</p>") }
            case .preformatted(let text):
                out.append("<pre dir=\"ltr\">\(escape(text))</pre>")
            }
        }
        for image in images {
            out.append("<p><img src=\"cid:\(escape(image.id))\" alt=\"\(escape(image.alt))\" width=\"552\"></p>")
        }
        let links = buttons.compactMap(link)
        if !links.isEmpty { out.append("<p class=\"links\">\(links.joined(separator: " "))</p>") }
        let commands = buttons.compactMap(command)
        if !commands.isEmpty { out.append("<p class=\"commands\">\(commands.joined(separator: " "))</p>") }
        return out.joined(separator: "\n")
    }

    private static func inline(_ spans: [InlineSpan]) -> String {
        spans.map { span in
            let text = escape(span.text).replacing("\n", with: "<br>\n")
            return switch span.style {
            case .plain: text
            case .bold: "<b>\(text)</b>"
            case .italic: "<i>\(text)</i>"
            case .code: "<code>\(text)</code>"
            case .link(let url):
                TelegramMarkup.isAllowed(link: url) ? "<a href=\"\(escape(url))\">\(text)</a>" : text
            case .time: "<span class=\"time\">\(text)</span>"
            }
        }.joined()
    }

    private static func splitFirstLine(_ spans: [InlineSpan]) -> (first: [InlineSpan], rest: [InlineSpan]) {
        for (index, span) in spans.enumerated() {
            guard let mark = span.text.firstIndex(of: "\n") else { continue }
            let before = InlineSpan(String(span.text[..<mark]), span.style)
            let after = InlineSpan(String(span.text[span.text.index(after: mark)...]), span.style)
            return (
                spans[..<index] + (before.text.isEmpty ? [] : [before]),
                (after.text.isEmpty ? [] : [after]) + spans[(index + 1)...]
            )
        }
        return (spans, [])
    }

    private static func link(_ button: Message.Button) -> String? {
        guard case .link(let url) = button.action, TelegramMarkup.isAllowed(link: url) else { return nil }
        return "<a class=\"button\" href=\"\(escape(url))\">\(escape(EmailHeader.clean(button.label)))</a>"
    }

    private static func command(_ button: Message.Button) -> String? {
        guard case .command(let line) = button.action else { return nil }
        return "<span class=\"command\">\(escape(EmailHeader.clean(button.label)))"
            + "&nbsp;<code>\(escape(EmailHeader.clean(line)))</code></span>"
    }
}
