import Market
import Messages
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct DiscordPayloadTests {
    private func embedUnits(_ payload: DiscordPayload) -> Int { payload.embeds.map(\.units).reduce(0, +) }

    @Test("a few words are plain content; a headline makes an embed whose colour follows its mark")
    func forms() {
        let plain = DiscordPayload(.plain("BTC *up*"))
        #expect(plain.content == "BTC \\*up\\*" && plain.embeds.isEmpty)
        let headed = DiscordPayload(
            Message(blocks: [.text([InlineSpan("🟢 "), InlineSpan("BTC", .bold), InlineSpan("\n\nstrong\nsecond")])]))
        #expect(headed.content.isEmpty && headed.embeds.count == 1)
        #expect(headed.embeds[0].title == "🟢 BTC" && headed.embeds[0].description == "strong\nsecond")
        #expect(headed.embeds[0].color == 0x2E_CC71)
        // One bold line alone needs no frame.
        #expect(DiscordPayload(Message(blocks: [.text([InlineSpan("Done", .bold)])])).content == "**Done**")
    }

    @Test("a mark of a possible repeat stands before content and above an embed")
    func mark() {
        #expect(DiscordPayload(.plain("x"), mark: "↻").content == "↻ x")
        let embed = DiscordPayload(
            Message(blocks: [.text([InlineSpan("A", .bold), InlineSpan("\nb")])]), mark: "↻")
        #expect(embed.content == "↻" && embed.embeds.count == 1)
    }

    @Test("long text fills embeds of 4,096 and 6,000 in all, block by block, and says what it left out")
    func long() {
        let block = Message.Block.text([InlineSpan(String(repeating: "word ", count: 500))])
        let two = DiscordPayload(Message(blocks: [block, block]))
        #expect(!two.isCut && two.content.isEmpty && embedUnits(two) <= 6000)
        let many = DiscordPayload(Message(blocks: Array(repeating: block, count: 5)))
        #expect(many.isCut && embedUnits(many) <= 6000 && many.embeds.count <= 10)
        #expect(many.embeds.allSatisfy { $0.description.utf16.count <= 4096 })
        let huge = DiscordPayload(.plain(String(repeating: "a b ", count: 10_000)))
        #expect(huge.isCut && embedUnits(huge) <= 6000 && huge.embeds[0].description.hasSuffix("…"))
    }

    @Test("whatever the text, the documented limits hold and nothing visible is empty")
    func limits() {
        for seed in 0..<400 {
            var random = SeededGenerator(seed: UInt64(seed))
            let blocks = (0..<(seed % 9 + 1)).map { index -> Message.Block in
                let text = UnicodeSoup.text(length: (seed * 37 + index * 611) % 900, &random)
                return index % 4 == 3
                    ? .preformatted(text)
                    : .text([InlineSpan(text, index == 0 ? .bold : .plain), InlineSpan("\n" + text, .code)])
            }
            let payload = DiscordPayload(Message(blocks: blocks))
            #expect(payload.content.utf16.count <= 2000)
            #expect(payload.embeds.count <= 10 && embedUnits(payload) <= 6000)
            for embed in payload.embeds {
                #expect((embed.title?.utf16.count ?? 0) <= 256 && embed.description.utf16.count <= 4096)
                #expect(embed.title != nil || embed.description.contains { !$0.isWhitespace })
            }
        }
    }

    @Test("buttons keep to five rows of five; what would cost the whole message is left out and counted")
    func components() throws {
        func button(_ label: String, _ line: String) -> Message.Button {
            Message.Button(label: label, action: .command(line))
        }
        let wide = DiscordComponents([(0..<7).map { button("b\($0)", "/x \($0)") }])
        #expect(wide.rows.map(\.count) == [5, 2] && wide.dropped == 0)
        let many = DiscordComponents((0..<30).map { [button("b", "/x \($0)")] })
        #expect(many.rows.count == 5 && many.dropped == 25)
        let bad = DiscordComponents([
            [
                button("", "/x"), button("long", "/x " + String(repeating: "y", count: 100)), button("a", "/same"),
                button("b", "/same"), Message.Button(label: "l", action: .link("javascript:alert(1)")),
                button("edge", "/x " + String(repeating: "y", count: 97)),
            ]
        ])
        #expect(bad.dropped == 4 && bad.rows.map(\.count) == [2])
        let label = DiscordComponents([[button(String(repeating: "é", count: 200), "/x")]])
        #expect(label.rows[0][0]["label"]?.string?.utf16.count == 80)
    }
}
