import Market
package import Messages

/// Writes a channel-neutral message in Discord's Markdown. Everything a person or a news source wrote is escaped, links
/// make no preview, and what is too long ends with `…` after a whole word, with its marks closed.
package struct DiscordMarkup: Sendable {
    /// https://discord.com/developers/docs/resources/message: content of at most 2,000 characters. Counted in UTF-16
    /// units, which is never less than what Discord counts.
    package static let contentLimit = 2000
    private static let ellipsis = "…"

    private let limit: Int

    package init(limit: Int = DiscordMarkup.contentLimit) { self.limit = max(16, limit) }

    /// The message's text; link buttons become links below it, and command buttons are left out, as nobody could press
    /// them. `prefix` stands before it, plain.
    package func content(of message: Message, prefix: String = "") -> String {
        var output = Output(limit: limit, ellipsis: DiscordMarkup.ellipsis)
        if !prefix.isEmpty { output.append(prefix + " ", style: .plain) }
        write(message.blocks[...], to: &output)
        let links = message.buttons.joined().compactMap { button -> InlineSpan? in
            guard case .link(let url) = button.action else { return nil }
            return InlineSpan(button.label, .link(url))
        }
        for (index, link) in links.enumerated() where !output.isFull {
            output.separate(index == 0 ? "\n\n" : " · ")
            output.append(link.text, style: link.style)
        }
        return output.text
    }

    /// The blocks' text, and whether something of it did not fit.
    func text(of blocks: ArraySlice<Message.Block>) -> (text: String, isCut: Bool) {
        var output = Output(limit: limit, ellipsis: DiscordMarkup.ellipsis)
        write(blocks, to: &output)
        return (output.text, output.isFull)
    }

    private func write(_ blocks: ArraySlice<Message.Block>, to output: inout Output) {
        for (index, block) in blocks.enumerated() where !output.isFull {
            if index > 0 { output.separate("\n\n") }
            switch block {
            case .text(let spans):
                for span in spans where !output.isFull { output.append(span.text, style: span.style) }
            case .preformatted(let text): output.appendPreformatted(text)
            }
        }
    }

    /// Escapes what Discord would take as markup. `startsLine` says that the text begins a line.
    static func escaped(_ text: some StringProtocol, startsLine: Bool) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        var isLineStart = startsLine
        var digitsOnly = startsLine
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "*", "_", "~", "`", "|", "[", "]", "<", ">", "@":
                result.unicodeScalars.append("\\")
            case "#", "-", "+":
                // Headings, subtext and lists; only at the start of a line.
                if isLineStart { result.unicodeScalars.append("\\") }
            case ".":
                // `1. ` makes a numbered list.
                if digitsOnly, !isLineStart { result.unicodeScalars.append("\\") }
            default: break
            }
            result.unicodeScalars.append(scalar)
            if scalar == "\n" {
                isLineStart = true
                digitsOnly = true
            } else if scalar != " " {
                isLineStart = false
                digitsOnly = digitsOnly && ("0"..."9").contains(scalar)
            }
        }
        return result
    }

    /// A web address that cannot leave its place in `[text](<…>)`; `nil` for any other scheme.
    static func safeLink(_ url: String) -> String? {
        let lower = url.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else { return nil }
        var result = ""
        for scalar in url.unicodeScalars {
            switch scalar {
            case "<": result += "%3C"
            case ">": result += "%3E"
            case "(": result += "%28"
            case ")": result += "%29"
            case "\\": result += "%5C"
            default:
                if scalar.properties.isWhitespace || scalar.value < 0x20 { return nil }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Text of at most `limit` units, written run by run.
    private struct Output {
        let limit: Int
        let ellipsis: String
        private(set) var text = ""
        private(set) var isFull = false
        private var units = 0

        init(limit: Int, ellipsis: String) {
            self.limit = limit
            self.ellipsis = ellipsis
        }

        private var room: Int { limit - units - ellipsis.utf16.count }

        private mutating func write(_ part: String) {
            text += part
            units += part.utf16.count
        }

        private mutating func finish(trimming: Bool = true) {
            isFull = true
            while trimming, let last = text.last, last.isWhitespace { text.removeLast() }
            text += ellipsis
        }

        mutating func separate(_ separator: String) {
            guard !isFull, !text.isEmpty else { return }
            if separator.utf16.count > room { finish() } else { write(separator) }
        }

        mutating func append(_ run: String, style: InlineSpan.Style) {
            guard !run.isEmpty, !isFull else { return }
            let startsLine = text.isEmpty || text.last == "\n"
            switch style {
            case .plain: fit(run, "", "") { DiscordMarkup.escaped($0, startsLine: startsLine) }
            case .bold: fit(run, "**", "**") { DiscordMarkup.escaped($0, startsLine: false) }
            case .italic: fit(run, "*", "*") { DiscordMarkup.escaped($0, startsLine: false) }
            case .code:
                // There is no escape inside code; a look-alike keeps it closed where it should be.
                fit(run, "`", "`") { $0.replacingOccurrences("`", with: "ˋ") }
            case .link(let url):
                if let link = DiscordMarkup.safeLink(url) {
                    fit(run, "[", "](<\(link)>)") { DiscordMarkup.escaped($0, startsLine: false) }
                } else {
                    fit(run, "", "") { DiscordMarkup.escaped($0, startsLine: startsLine) }
                }
            case .time(let time):
                // Shown in each reader's zone and language.
                let seconds = time.milliseconds / 1000
                let mark = "<t:\(seconds):f>"
                if mark.utf16.count > room { finish() } else { write(mark) }
            }
        }

        mutating func appendPreformatted(_ block: String) {
            guard !isFull else { return }
            fit(block, "```\n", "\n```", atLines: true) { $0.replacingOccurrences("```", with: "ˋˋˋ") }
        }

        /// Writes the run between its marks, or as many whole words (or lines) of it as fit.
        private mutating func fit(
            _ run: String, _ open: String, _ close: String, atLines: Bool = false, _ encode: (Substring) -> String
        ) {
            // Marks around blanks are not marks to Discord (`** x**` is shown as it stands): blanks go outside.
            let isStyled = !open.isEmpty && !atLines
            let lead = isStyled ? run.prefix { $0.isWhitespace } : run.prefix(0)
            let body = run.dropFirst(lead.count)
            let tail = isStyled ? body.suffix(while: \.isWhitespace) : body.suffix(0)
            let core = body.dropLast(tail.count)
            guard !core.isEmpty else { return separate(String(run)) }
            let marks = lead.utf16.count + open.utf16.count + close.utf16.count + tail.utf16.count
            let whole = encode(core)
            if whole.utf16.count + marks <= room { return write("\(lead)\(open)\(whole)\(close)\(tail)") }
            let part = longestPrefix(of: core, units: room - marks, atLines: atLines, encode)
            if !part.isEmpty { write("\(lead)\(open)\(encode(part))\(close)") }
            finish(trimming: part.isEmpty || !isStyled)
        }

        private func longestPrefix(
            of run: Substring, units: Int, atLines: Bool, _ encode: (Substring) -> String
        ) -> Substring {
            var best = run.prefix(0)
            for index in run.indices {
                let character = run[index]
                guard atLines ? character.isNewline : character.isWhitespace else { continue }
                let candidate = run[..<index]
                if encode(candidate).utf16.count > units { break }
                best = candidate
            }
            return best
        }
    }
}

extension Substring {
    fileprivate func suffix(while isIncluded: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, isIncluded(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }

    fileprivate func replacingOccurrences(_ old: String, with new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
