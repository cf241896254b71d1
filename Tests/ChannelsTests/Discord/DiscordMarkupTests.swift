import Market
import Messages
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct DiscordMarkupTests {
    private func content(_ spans: [InlineSpan], limit: Int = 2000) -> String {
        DiscordMarkup(limit: limit).content(of: Message(blocks: [.text(spans)]))
    }

    @Test(
        "what somebody wrote is shown as it was written",
        arguments: [
            (
                "*not bold* _nor_ ~~this~~ `or` ||that||",
                "\\*not bold\\* \\_nor\\_ \\~\\~this\\~\\~ \\`or\\` \\|\\|that\\|\\|"
            ),
            ("<@123> @everyone <t:0:R>", "\\<\\@123\\> \\@everyone \\<t:0:R\\>"),
            ("[free money](https://x.y)", "\\[free money\\](https://x.y)"),
            ("# title\n- item\n1. one\n> quote", "\\# title\n\\- item\n1\\. one\n\\> quote"),
            ("down -5% to 61234.5, #1", "down -5% to 61234.5, #1"),
            ("back\\slash", "back\\\\slash"),
            ("שלום \u{202E}evil\u{200B}", "שלום \u{202E}evil\u{200B}"),
        ])
    func escaping(text: String, expected: String) {
        #expect(content([InlineSpan(text)]) == expected)
    }

    @Test("looks become Discord's marks, blanks stay outside them")
    func styles() {
        #expect(content([InlineSpan("a "), InlineSpan("b c ", .bold), InlineSpan("d", .italic)]) == "a **b c** *d*")
        #expect(content([InlineSpan("rsi(14)", .code)]) == "`rsi(14)`")
        #expect(content([InlineSpan("a`b", .code)]) == "`aˋb`")
        #expect(content([InlineSpan("14:02", .time(Timestamp(seconds: 1_700_000_000)))]) == "<t:1700000000:f>")
    }

    @Test("links make no preview and cannot leave their place")
    func links() {
        #expect(content([InlineSpan("Binance", .link("https://a.b/c?d=e"))]) == "[Binance](<https://a.b/c?d=e>)")
        #expect(content([InlineSpan("x", .link("https://a.b/>)[y](z"))]) == "[x](<https://a.b/%3E%29[y]%28z>)")
        #expect(content([InlineSpan("x", .link("javascript:alert(1)"))]) == "x")
        #expect(content([InlineSpan("x", .link("https://a.b/ c"))]) == "x")
    }

    @Test("fixed-width text stays fixed-width")
    func preformatted() {
        let message = Message(blocks: [.text([InlineSpan("t")]), .preformatted("a *b*\n``` c")])
        #expect(DiscordMarkup().content(of: message) == "t\n\n```\na *b*\nˋˋˋ c\n```")
    }

    @Test("link buttons become links, command buttons are left out")
    func buttons() {
        let message = Message(
            blocks: [.text([InlineSpan("t")])],
            buttons: [
                [.init(label: "Mute", action: .command("/mute 2h"))],
                [
                    .init(label: "Chart", action: .link("https://a.b")),
                    .init(label: "News", action: .link("https://c.d")),
                ],
            ])
        #expect(DiscordMarkup().content(of: message) == "t\n\n[Chart](<https://a.b>) · [News](<https://c.d>)")
    }

    @Test("what is too long ends after a whole word, with its marks closed", arguments: 16...120)
    func trimming(limit: Int) {
        let words = "alpha *beta* gamma 🚀🚀🚀 delta_epsilon zeta eta theta iota kappa"
        for style: InlineSpan.Style in [.plain, .bold, .italic, .code, .link("https://a.b")] {
            let result = content(
                [InlineSpan("go "), InlineSpan(words, style), InlineSpan(" end of it all")], limit: limit)
            #expect(result.utf16.count <= limit)
            guard result.hasSuffix("…") else { continue }
            var plain = String(result.dropLast())
            for mark in ["](<https://a.b>)", "**", "\\", "`", "[", "*"] {
                plain = plain.split(separator: mark, omittingEmptySubsequences: false).joined()
            }
            let kept = plain.split(separator: " ")
            let all = "go \(words) end of it all".split(separator: " ").map { $0.filter { $0 != "*" } }
            #expect(kept.map(String.init) == Array(all.prefix(kept.count)), "\(style) at \(limit): \(result)")
        }
    }

    @Test("a fixed-width table is cut between lines and closed")
    func longTable() {
        let lines = (1...400).map { "row \($0)" }
        let result = DiscordMarkup().content(of: Message(blocks: [.preformatted(lines.joined(separator: "\n"))]))
        #expect(result.utf16.count <= 2000)
        #expect(result.hasSuffix("\n```…"))
        let shown = result.split(separator: "\n").dropFirst().dropLast().map(String.init)
        #expect(shown == Array(lines.prefix(shown.count)))
        #expect(shown.count > 200)
    }

    @Test("a word longer than everything is left out rather than cut")
    func endlessWord() {
        let result = content([InlineSpan("see "), InlineSpan(String(repeating: "x", count: 5000), .bold)])
        #expect(result == "see…")
    }
}
