import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

@Suite("Telegram markup", .oneAtATime)
struct TelegramMarkupTests {
    @Test("styles become tags, and text is escaped")
    func styles() throws {
        let message = Message(
            blocks: [
                .text([
                    InlineSpan("a<b>&\"", .bold), InlineSpan(" x "), InlineSpan("i", .italic),
                    InlineSpan("1 < 2", .code),
                    InlineSpan("go", .link("https://example.com/?a=1&b=\"2")),
                ]), .preformatted("\nBTC  1\nETH  2\n"),
            ])
        let part = try #require(TelegramMarkup(message).parts.first)
        #expect(
            part.html
                == "<b>a&lt;b&gt;&amp;&quot;</b> x <i>i</i><code>1 &lt; 2</code>"
                + "<a href=\"https://example.com/?a=1&amp;b=&quot;2\">go</a>\n\n<pre>BTC  1\nETH  2</pre>")
        let parsed = try FakeTelegramHTML.parse(part.html)
        #expect(parsed.text == part.text)
        #expect(parsed.entities.map(\.type) == ["bold", "italic", "code", "text_link", "pre"])
        #expect(parsed.entities[3].url == "https://example.com/?a=1&b=\"2")
    }

    @Test(
        "only http(s) links are links",
        arguments: [
            "javascript:alert(1)", "tg://resolve?domain=x", "ftp://a", "https://a b", "", "https://x/\u{202E}y",
        ])
    func links(_ url: String) throws {
        let message = Message(blocks: [.text([InlineSpan("go", .link(url))])])
        #expect(TelegramMarkup(message).parts.map(\.html) == ["go"])
    }

    @Test("controls, overrides and unbalanced isolates are taken out; tall graphemes are cut")
    func cleaning() {
        #expect(TelegramText.clean("a\u{0}b\u{1B}[31m\r\nc\u{85}d\te") == "ab[31m\nc\nd e")
        #expect(TelegramText.clean("pay\u{202E}gro.live\u{202C}") == "paygro.live")
        #expect(TelegramText.clean("\u{2066}x\u{2069}y") == "\u{2066}x\u{2069}y")
        #expect(TelegramText.clean("\u{2067}x") == "x")
        #expect(TelegramText.clean("\u{2069}x\u{2066}") == "x")
        #expect(TelegramText.clean("👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿") == "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿")
        let tall = "a" + String(repeating: "\u{301}", count: 5_000)
        #expect(TelegramText.clean(tall).unicodeScalars.count == 32)
    }

    @Test("nothing to show gives no part")
    func empty() {
        #expect(TelegramMarkup(.plain("")).parts.isEmpty)
        #expect(TelegramMarkup(.plain(" \n \u{0}")).parts.isEmpty)
        #expect(TelegramMarkup(Message(blocks: [])).parts.isEmpty)
    }

    @Test("a button that the server would refuse is left out and counted, the others stay")
    func buttons() {
        let at64 = String(repeating: "x", count: 64)
        let message = Message.plain(
            "t",
            buttons: [
                [
                    .init(label: "ok", action: .command("/list")), .init(label: "long", action: .command(at64 + "y")),
                    .init(label: "edge", action: .command(at64)), .init(label: "none", action: .command("")),
                    .init(label: " \u{0}", action: .command("/x")), .init(label: "js", action: .link("javascript:x")),
                    .init(label: "32 ñ", action: .command(String(repeating: "ñ", count: 33))),
                ], [.init(label: "site", action: .link("https://example.com"))],
            ])
        let markup = TelegramMarkup(message)
        #expect(markup.keyboard?.rows.map { $0.map(\.label) } == [["ok", "edge"], ["site"]])
        #expect(markup.droppedButtons == 5)
        let many = (0..<130).map { Message.Button(label: "\($0)", action: .command("/x")) }
        let wide = TelegramKeyboard([many])
        #expect(wide.rows.allSatisfy { $0.count <= 8 } && wide.rows.joined().count == 100 && wide.dropped == 30)
    }

    @Test("text is cut at line ends, then between words, and never inside an escape")
    func cutting() throws {
        let lines = (0..<400).map { "line \($0) with <some> & more" }.joined(separator: "\n")
        let parts = TelegramMarkup(.plain(lines)).parts
        #expect(parts.count > 1)
        #expect(parts.map(\.text).joined(separator: "\n") == lines)
        let words = String(repeating: "word ", count: 2_000)
        #expect(
            TelegramMarkup(.plain(words)).parts.allSatisfy { $0.text.hasPrefix("word") && $0.text.hasSuffix("word") })
        let amps = TelegramMarkup(.plain(String(repeating: "&", count: 5_000))).parts
        #expect(amps.map(\.text.count).reduce(0, +) == 5_000)
    }

    @Test("fixed-width text is cut between lines and keeps its columns")
    func tables() {
        let rows = (0..<300).map { "   row \($0)   123.45   67.89" }
        let parts = TelegramMarkup(
            Message(blocks: [.text([InlineSpan("Table")]), .preformatted(rows.joined(separator: "\n"))])
        ).parts
        #expect(parts.count > 1 && parts.allSatisfy { $0.html.hasSuffix("</pre>") })
        let shown = parts.flatMap { $0.text.split(separator: "\n").map(String.init) }
        #expect(shown == ["Table"] + rows)
    }

    @Test("a link or a short bold run is not cut in two")
    func entities() throws {
        let filler = String(repeating: "a", count: 4_000)
        let message = Message(
            blocks: [.text([InlineSpan(filler + " "), InlineSpan(String(repeating: "bold words ", count: 20), .bold)])])
        let parts = TelegramMarkup(message).parts
        #expect(parts.count == 2 && parts[0].text == filler && parts[1].html.hasPrefix("<b>bold words"))
    }

    @Test("a hundred entities a part at the most")
    func entityLimit() throws {
        let spans = (0..<350).flatMap { [InlineSpan("b\($0)", .bold), InlineSpan(" ")] }
        let parts = TelegramMarkup(Message(blocks: [.text(spans)])).parts
        for part in parts { #expect(try FakeTelegramHTML.parse(part.html).entities.count <= 100) }
        #expect(parts.map(\.text).joined(separator: " ") == (0..<350).map { "b\($0)" }.joined(separator: " "))
    }

    @Test("beyond ten parts the text ends in an ellipsis")
    func enormous() throws {
        let markup = TelegramMarkup(.plain(String(repeating: "word ", count: 20_000)))
        #expect(markup.parts.count == 10 && markup.isCut)
        #expect(try #require(markup.parts.last).text.hasSuffix("…"))
        #expect(markup.parts.allSatisfy { $0.html.utf16.count <= 4_096 })
    }

    @Test("a repeat is marked on every part, within the limits")
    func mark() {
        let markup = TelegramMarkup(.plain(String(repeating: "word ", count: 2_000)), mark: "↻ <perhaps> again")
        #expect(markup.parts.count > 2)
        #expect(
            markup.parts.allSatisfy { $0.html.hasPrefix("↻ &lt;perhaps&gt; again\n") && $0.html.utf16.count <= 4_096 })
    }

    @Test("any text survives the cut: all of it, in order, valid, within every limit", arguments: 0..<60)
    func property(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var blocks: [Message.Block] = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            if Int.random(in: 0..<4, using: &random) == 0 {
                blocks.append(
                    .preformatted(UnicodeSoup.text(length: Int.random(in: 0..<1_500, using: &random), &random)))
                continue
            }
            let spans = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                let styles: [InlineSpan.Style] = [
                    .plain, .bold, .italic, .code, .link("https://example.com/a?b=<&>"), .time(Timestamp(seconds: 0)),
                ]
                return InlineSpan(
                    UnicodeSoup.text(length: Int.random(in: 0..<300, using: &random), &random),
                    styles.randomElement(using: &random) ?? .plain)
            }
            blocks.append(.text(spans))
        }
        let runs = TelegramMarkup.runs(of: Message(blocks: blocks))
        let limits = TelegramSplitter.Limits(
            units: Int.random(in: 300...4_096, using: &random), entities: Int.random(in: 3...100, using: &random))
        let parts = TelegramSplitter.parts(of: runs, limits: limits)
        let original = runs.map(\.text).joined()
        var cursor = original.startIndex
        for part in parts {
            let html = part.map(\.html).joined()
            let parsed = try FakeTelegramHTML.parse(html)
            #expect(html.utf16.count <= limits.units)
            #expect(parsed.entities.count <= limits.entities)
            #expect(parsed.text == part.map(\.text).joined())
            // The part stands in the original next, after white space only, at grapheme boundaries.
            while cursor < original.endIndex, original[cursor].isWhitespace, !original[cursor...].hasPrefix(parsed.text)
            {
                cursor = original.index(after: cursor)
            }
            guard original[cursor...].hasPrefix(parsed.text) else {
                Issue.record("part is not the continuation of the text (seed \(seed))")
                return
            }
            cursor = original.index(cursor, offsetBy: parsed.text.count)
        }
        #expect(original[cursor...].allSatisfy { $0.isWhitespace })
    }
}
