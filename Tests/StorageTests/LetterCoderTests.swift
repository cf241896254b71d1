import Delivery
import Messages
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct LetterCoderTests {
    @Test("a message keeps its letter, and one without is written as before")
    func letters() throws {
        var message = Message(
            blocks: [.text([InlineSpan("x")])], buttons: [[.init(label: "b", action: .command("/x"))]], silent: true)
        let plain = MessageCoder.encode(message, .new)
        #expect(plain.first == 1)
        #expect(try MessageCoder.decode(plain).0 == message)
        message.letter = Message.Letter(subject: "Día ✓", html: "<h1>a &amp; b</h1>")
        let bytes = MessageCoder.encode(message, .edit(messageID: "7"))
        let (read, form) = try MessageCoder.decode(bytes)
        #expect(read == message)
        #expect(form == .edit(messageID: "7"))
        for length in 1..<bytes.count {
            #expect(throws: StorageError.self) { try MessageCoder.decode(Array(bytes.prefix(length))) }
        }
    }
}
