import Delivery
import Market
import Messages
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct MessageCoderTests {
    private let message = Message(
        blocks: [
            .text([
                InlineSpan("plain "), InlineSpan("fett", .bold), InlineSpan("k", .italic), InlineSpan("c", .code),
                InlineSpan("link", .link("https://example.org/?a=1&b=ü")), InlineSpan("14:02", .time(.start)),
                InlineSpan("long ago", .time(Timestamp(milliseconds: -1))), InlineSpan("👩‍🚀 \u{200B}\u{202E}"),
            ]),
            .preformatted(String(repeating: "0123456789\n", count: 500)), .text([]),
        ],
        buttons: [
            [
                .init(label: "Yes", action: .command("/delete 7 yes")),
                .init(label: "Site", action: .link("https://a.b")),
            ],
            [],
        ], silent: true)

    @Test(
        "a message comes back as it was",
        arguments: [
            OutboxContent.Form.new, .edit(messageID: "4711"),
            .answer(.init(route: "command 1 2 t", replacesView: true, isDiscreet: false)),
            .answer(.init(route: "", replacesView: false, isDiscreet: true)),
        ])
    func roundTrip(form: OutboxContent.Form) throws {
        let (decoded, decodedForm) = try MessageCoder.decode(MessageCoder.encode(message, form))
        #expect(decoded == message)
        #expect(decodedForm == form)
    }

    @Test("bytes that are cut anywhere are refused, not read wrongly")
    func cut() {
        let bytes = MessageCoder.encode(message, .new)
        for length in 0..<bytes.count {
            #expect(throws: StorageError.self) { try MessageCoder.decode(Array(bytes[..<length])) }
        }
    }

    @Test("a form of a later version is refused")
    func laterVersion() {
        #expect(throws: StorageError.self) { try MessageCoder.decode([9, 0, 0, 0, 0]) }
    }
}
