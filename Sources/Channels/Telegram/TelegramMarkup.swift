import Messages

/// A `Message` as Telegram takes it: texts in its HTML, each within the limits, and the buttons of the last one.
///
/// Sources of the limits: 4,096 "characters after entities parsing" (core.telegram.org/bots/api#sendmessage); what a
/// character is there is disputed (UTF-16 units, scalars), so the budget is UTF-16 units of the *whole* HTML, tags and
/// escapes included, which is the strictest of all readings. 100 entities are shown in a message (undocumented).
///
/// Times are written as their text: the `date_time` entity is younger than many self-hosted servers, which refuse a
/// message for a tag they do not know.
struct TelegramMarkup: Sendable {
    static let units = 4_096
    static let entities = 100
    /// Longer links are written as their text.
    static let linkUnits = 1_000
    /// Text beyond so many messages is left out, and an ellipsis says so.
    static let mostParts = 10

    struct Part: Hashable, Sendable {
        /// For parse mode HTML.
        var html: String
        /// The same without markup, as readers see it.
        var text: String
    }

    let parts: [Part]
    /// `nil` when there are no buttons.
    let keyboard: TelegramKeyboard?
    let droppedButtons: Int
    /// The message was longer than `mostParts` messages.
    let isCut: Bool

    /// `mark` is a line put before every part, for a possible repeat.
    init(_ message: Message, mark: String? = nil) {
        let keyboard = TelegramKeyboard(message.buttons)
        self.keyboard = keyboard.rows.isEmpty ? nil : keyboard
        droppedButtons = keyboard.dropped
        let prefix = mark.map { TelegramText.clean($0).prefix(utf16: 200) + "\n" } ?? ""
        let escapedPrefix = TelegramText.escape(prefix)
        // Room for the mark and for the ellipsis of a text that is cut.
        let limits = TelegramSplitter.Limits(
            units: TelegramMarkup.units - escapedPrefix.utf16.count - 2, entities: TelegramMarkup.entities)
        var split = TelegramSplitter.parts(of: TelegramMarkup.runs(of: message), limits: limits)
        isCut = split.count > TelegramMarkup.mostParts
        if isCut {
            split.removeSubrange(TelegramMarkup.mostParts...)
            split[TelegramMarkup.mostParts - 1].append(TelegramRun(text: " …", look: .plain))
        }
        parts = split.map { runs in
            Part(html: escapedPrefix + runs.map(\.html).joined(), text: prefix + runs.map(\.text).joined())
        }
    }

    static func isAllowed(link: String) -> Bool {
        let lower = link.prefix(8).lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://"), link.utf16.count <= linkUnits else {
            return false
        }
        return link.unicodeScalars.allSatisfy { $0.value > 0x20 && !$0.properties.isWhitespace && $0.value != 0x7F }
            && TelegramText.clean(link) == link
    }

    /// The message as clean runs of one look each, neighbours of the same look joined, blocks a blank line apart.
    static func runs(of message: Message) -> [TelegramRun] {
        var runs: [TelegramRun] = []
        func add(_ text: String, _ look: TelegramRun.Look) {
            guard !text.isEmpty else { return }
            // Telegram shows no entity over white space.
            let isBlank = text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }
            let look = isBlank ? .plain : look
            if runs.last?.look == look {
                runs[runs.count - 1].text += text
            } else {
                runs.append(.init(text: text, look: look))
            }
        }
        var isFirst = true
        for block in message.blocks {
            let spans: [(String, TelegramRun.Look)] =
                switch block {
                case .text(let spans): spans.map { (TelegramText.clean($0.text), look(of: $0.style)) }
                case .preformatted(let text): [(trimmingLineEnds(TelegramText.clean(text)), .preformatted)]
                }
            guard spans.contains(where: { !$0.0.isEmpty }) else { continue }
            if !isFirst { add("\n\n", .plain) }
            isFirst = false
            for (text, look) in spans { add(text, look) }
        }
        return runs
    }

    private static func look(of style: InlineSpan.Style) -> TelegramRun.Look {
        switch style {
        case .plain, .time: .plain
        case .bold: .bold
        case .italic: .italic
        case .code: .code
        case .link(let url): isAllowed(link: url) ? .link(url) : .plain
        }
    }

    private static func trimmingLineEnds(_ text: String) -> String {
        var rest = text[...]
        while rest.last == "\n" { rest.removeLast() }
        while rest.first == "\n" { rest.removeFirst() }
        return String(rest)
    }
}

/// Text of one look.
struct TelegramRun: Hashable, Sendable {
    enum Look: Hashable, Sendable {
        case plain, bold, italic, code, preformatted
        case link(String)
    }
    var text: String
    var look: Look

    var opening: String {
        switch look {
        case .plain: ""
        case .bold: "<b>"
        case .italic: "<i>"
        case .code: "<code>"
        case .preformatted: "<pre>"
        case .link(let url): "<a href=\"\(TelegramText.escape(url))\">"
        }
    }

    var closing: String {
        switch look {
        case .plain: ""
        case .bold: "</b>"
        case .italic: "</i>"
        case .code: "</code>"
        case .preformatted: "</pre>"
        case .link: "</a>"
        }
    }

    var html: String { opening + TelegramText.escape(text) + closing }
    /// UTF-16 units of the tags.
    var overhead: Int { opening.utf16.count + closing.utf16.count }
}
