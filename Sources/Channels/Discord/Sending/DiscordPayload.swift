import Messages

/// A message as Discord's API takes it: plain content for a few words, embeds for what has a headline or is long, buttons
/// below. Nothing in it can ping anybody.
///
/// Limits (https://discord.com/developers/docs/resources/message): 2,000 characters of content; 10 embeds with titles of
/// 256, descriptions of 4,096 and 6,000 in all of them together; 5 rows of 5 buttons. Characters are counted in UTF-16
/// units, which is never less than what Discord counts.
struct DiscordPayload: Hashable, Sendable {
    static let suppressNotifications = 1 << 12
    static let ephemeral = 1 << 6
    static let titleLimit = 256
    static let descriptionLimit = 4096
    static let embedsLimit = 6000
    static let mostEmbeds = 10

    struct Embed: Hashable, Sendable {
        var title: String?
        var description: String
        var color: Int?

        var units: Int { (title?.utf16.count ?? 0) + description.utf16.count }

        var json: JSONValue {
            var members: [String: JSONValue] = [:]
            if let title { members["title"] = .string(title) }
            if !description.isEmpty { members["description"] = .string(description) }
            if let color { members["color"] = .integer(Int64(color)) }
            return .object(members)
        }
    }

    var content = ""
    private(set) var embeds: [Embed] = []
    private(set) var components: DiscordComponents
    /// Something of the text did not fit.
    private(set) var isCut = false

    /// `mark` stands before a text that the reader may have seen.
    init(_ message: Message, mark: String? = nil) {
        components = DiscordComponents(message.buttons)
        let headline = Headline(message.blocks)
        let rest = headline?.rest ?? message.blocks
        if headline == nil {
            let (text, isCut) = DiscordMarkup().text(of: rest[...])
            let marked = (mark.map { $0 + " " } ?? "") + text
            if !isCut, marked.utf16.count <= DiscordMarkup.contentLimit {
                content = marked
                return
            }
        }
        content = mark ?? ""
        lay(out: rest, title: headline?.title, color: headline?.color)
    }

    /// Nothing that a reader could see.
    var isEmpty: Bool { embeds.isEmpty && !content.contains { !$0.isWhitespace } }

    /// The members of a request. Content and embeds are always both there, so that an edit takes the old ones away.
    var members: [String: JSONValue] {
        [
            "content": .string(content), "embeds": .array(embeds.map(\.json)), "components": components.json,
            "allowed_mentions": .object(["parse": .array([])]),
        ]
    }

    /// Fills embeds block by block; a block that does not fit behind others begins the next embed.
    private mutating func lay(out blocks: [Message.Block], title: String?, color: Int?) {
        var left = DiscordPayload.embedsLimit
        var next = blocks.startIndex
        var title = title
        repeat {
            let room = min(DiscordPayload.descriptionLimit, left - (title?.utf16.count ?? 0))
            var end = next
            var text = ""
            while end < blocks.endIndex {
                let (candidate, tooMuch) = DiscordMarkup(limit: room).text(of: blocks[next...end])
                if tooMuch {
                    guard end == next else { break }
                    // A block that no embed could hold.
                    isCut = true
                }
                text = candidate
                end += 1
                if tooMuch { break }
            }
            let embed = Embed(title: title, description: text, color: color)
            if embed.title != nil || text.contains(where: { !$0.isWhitespace }) { embeds.append(embed) }
            left -= embed.units
            next = end
            title = nil
            if next < blocks.endIndex, left < 64 || embeds.count == DiscordPayload.mostEmbeds {
                isCut = true
                return
            }
        } while next < blocks.endIndex
    }
}

/// The first line of a message, where it is made to stand out and more follows.
private struct Headline {
    var title: String
    var color: Int?
    var rest: [Message.Block]

    init?(_ blocks: [Message.Block]) {
        guard case .text(let spans)? = blocks.first else { return nil }
        var line: [InlineSpan] = []
        var below: [InlineSpan] = []
        var isBelow = false
        for span in spans {
            if isBelow {
                below.append(span)
            } else if let mark = span.text.firstIndex(of: "\n") {
                isBelow = true
                line.append(InlineSpan(String(span.text[..<mark]), span.style))
                below.append(InlineSpan(String(span.text[span.text.index(after: mark)...]), span.style))
            } else {
                line.append(span)
            }
        }
        while let first = below.first, first.text.allSatisfy(\.isWhitespace) { below.removeFirst() }
        if let first = below.first {
            below[0] = InlineSpan(String(first.text.drop { $0.isNewline }), first.style)
        }
        guard line.contains(where: { $0.style == .bold }), !below.isEmpty || blocks.count > 1 else { return nil }
        // A title has bold letters of its own, and no links or times.
        let plain = line.map { InlineSpan($0.text) }
        let (text, isCut) = DiscordMarkup(limit: DiscordPayload.titleLimit).text(of: [.text(plain)])
        let trimmed = text.trimmingBlanks
        guard !isCut, !trimmed.isEmpty, !line.contains(where: { $0.style.isActive }) else { return nil }
        title = trimmed
        color = Headline.color(of: line.map(\.text).joined())
        rest = (below.isEmpty ? [] : [.text(below)]) + blocks.dropFirst()
    }

    /// The colour of the mark that the text begins with; meaning is always in the words too.
    private static func color(of text: String) -> Int? {
        switch text.first {
        case "🟢": 0x2E_CC71
        case "🔴", "🚨": 0xE7_4C3C
        case "⚠️", "🟡": 0xF1_C40F
        case "🟠": 0xE6_7E22
        case "🔔", "ℹ️": 0x34_98DB
        default: nil
        }
    }
}

extension InlineSpan.Style {
    fileprivate var isActive: Bool {
        switch self {
        case .link, .time: true
        case .plain, .bold, .italic, .code: false
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let front = drop { $0.isWhitespace }
        var end = front.endIndex
        while end > front.startIndex, front[front.index(before: end)].isWhitespace { end = front.index(before: end) }
        return String(front[..<end])
    }
}
