import Chat
import Delivery
import Market
import Messages
import People
import Synchronization
import Testing
import Turns

@testable import Channels

/// Remembers what it was given, and answers every message with one that has two buttons.
private final class Parrot: Conversation {
    private let screen: TerminalScreen
    let heard = Mutex<[IncomingMessage]>([])
    init(screen: TerminalScreen) { self.screen = screen }

    func handle(_ messages: [IncomingMessage], _ events: [FrontEndEvent]) async throws {
        heard.withLock { $0 += messages }
        for message in messages {
            let answer = Message(
                blocks: [.text([InlineSpan("You said "), InlineSpan(message.text, .bold)])],
                buttons: [
                    [.init(label: "Again", action: .command("/again \(message.text) !"))],
                    [.init(label: "Site", action: .link("https://example.org/"))],
                ])
            _ = try await TerminalChannel(screen: screen).send(
                OutgoingDelivery(id: OutboxID(1), address: "local", message: answer, form: .new, possibleRepeat: false))
        }
    }
}

private final class Paper: Sendable {
    let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    func write(_ line: String) { lines.withLock { $0.append(line) } }
}

private func lines(_ lines: [String]) -> AsyncStream<String> {
    AsyncStream { continuation in
        for line in lines { continuation.yield(line) }
        continuation.finish()
    }
}

private struct Noon: TimeSource { let now = Timestamp(seconds: 1_764_000_000) }

@Suite(.oneAtATime) struct TerminalTests {
    private func play(_ input: [String], script: TerminalFrontEnd.Script? = nil, ansi: Bool = false) async throws
        -> (heard: [IncomingMessage], text: String)
    {
        let paper = Paper()
        let screen = TerminalScreen(markup: TerminalMarkup(usesANSI: ansi)) { paper.write($0) }
        let parrot = Parrot(screen: screen)
        try await TerminalFrontEnd(
            conversation: parrot, screen: screen, time: Noon(), languageHint: "es", script: script
        )
        .run(lines(input))
        return (parrot.heard.withLock { $0 }, paper.text)
    }

    @Test("each line is a message of the local operator, and no two have one key")
    func messages() async throws {
        let (heard, text) = try await play(["/price BTC", "", "   ", "  hello  ", "quit", "/never"])
        #expect(heard.map(\.text) == ["/price BTC", "hello"])
        #expect(heard.allSatisfy { $0.sender == TerminalFrontEnd.identity && $0.languageHint == "es" })
        #expect(heard[0].scene == .privateChat(channel: .terminal, address: "local"))
        #expect(Set(heard.map(\.updateKey)).count == 2)
        #expect(text.contains("You said /price BTC"))
        #expect(text.contains("[1] Again"))
        #expect(text.contains("[2] Site https://example.org/"))
    }

    @Test("a number presses the button of the latest message; a link is shown; a number without a button is text")
    func buttons() async throws {
        let (heard, text) = try await play(["7", "hello", "1", "2", "9"])
        #expect(heard.map(\.text) == ["7", "hello", "/again hello !", "9"])
        #expect(heard[2].pressedOn == "2")
        #expect(heard[0].pressedOn == nil)
        #expect(text.contains("\nhttps://example.org/"))
    }

    @Test("a script is echoed, its comments are left out, and each line waits for its answer")
    func script() async throws {
        let (heard, text) = try await play(["# greeting", "/start", "1"], script: .init(patience: .seconds(60)))
        #expect(heard.map(\.text) == ["/start", "/again /start !"])
        let order = ["> /start", "You said /start", "> 1", "You said /again /start !"]
        var rest = text[...]
        for part in order {
            guard let range = rest.firstRange(of: part) else {
                Issue.record("\(part) is missing or too late in \(text)")
                return
            }
            rest = rest[range.upperBound...]
        }
    }

    @Test("styles are ANSI or nothing, and no message steers the terminal")
    func styles() {
        let message = Message(blocks: [
            .text([
                InlineSpan("a\u{1b}[2J\u{7}b", .bold), InlineSpan(" c", .plain), InlineSpan("d", .link("https://x.y/")),
            ]),
            .preformatted("█│\n▁▂\u{202E}"),
        ])
        #expect(TerminalMarkup(usesANSI: false).text(of: message) == "a[2Jb cd (https://x.y/)\n\n█│\n▁▂")
        #expect(TerminalMarkup(usesANSI: true).text(of: message).hasPrefix("\u{1b}[1ma[2Jb\u{1b}[0m c"))
    }

    @Test("whoever waits for a message gets on when it is shown, and at cancellation")
    func waiting() async throws {
        let screen = TerminalScreen(markup: TerminalMarkup(usesANSI: false)) { _ in }
        async let waited: Void = screen.waitUntilShown(1)
        _ = screen.show(Message(blocks: []), isRepeat: false)
        await waited
        let task = Task { await screen.waitUntilShown(99) }
        task.cancel()
        await task.value
        #expect(screen.shownCount == 1)
    }

    @Test("a possible repeat is marked")
    func repeated() async throws {
        let paper = Paper()
        let screen = TerminalScreen(markup: TerminalMarkup(usesANSI: false)) { paper.write($0) }
        _ = screen.show(Message(blocks: [.text([InlineSpan("x")])]), isRepeat: true)
        #expect(paper.text.contains("↻"))
    }
}
