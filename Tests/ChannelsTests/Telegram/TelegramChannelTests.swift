import Delivery
import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

@Suite("Sending to Telegram", .oneAtATime)
struct TelegramChannelTests {
    @Test("a message arrives with its look, buttons and silence, and the receipt names it")
    func arrives() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let message = Message(
                blocks: [.text([InlineSpan("BTC", .bold), InlineSpan(" <70k>")])],
                buttons: [[.init(label: "Mute", action: .command("/mute 1h"))]], silent: true)
            let receipt = try await bench.deliver(message, to: "7")
            let sent = try #require(bench.fake.messages(for: 7).first)
            #expect(sent.text == "BTC <70k>" && sent.entities.map(\.type) == ["bold"] && sent.isSilent)
            #expect(sent.buttons == [[FakeTelegramButton(label: "Mute", data: "/mute 1h", url: nil)]])
            #expect(receipt.providerMessageID == String(sent.messageID))
        }
    }

    @Test("a topic gets its message in the topic")
    func topic() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.group(-100, isForum: true)
            _ = try await bench.deliver(.plain("x"), to: "-100/45")
            #expect(bench.fake.messages(for: -100).map(\.thread) == [45])
        }
    }

    @Test("an edit changes the message in place; without change it succeeds; without the message it is sent anew")
    func edits() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let first = try await bench.deliver(.plain("one"), to: "7")
            let id = try #require(first.providerMessageID)
            for _ in 0..<2 {
                let receipt = try await bench.deliver(.plain("two"), to: "7", form: .edit(messageID: id))
                #expect(receipt.providerMessageID == id)
            }
            let anew = try await bench.deliver(.plain("three"), to: "7", form: .edit(messageID: "999"))
            #expect(anew.providerMessageID != id)
            #expect(bench.fake.messages(for: 7).map(\.text) == ["one", "two", "three"])
            #expect(bench.fake.messages(for: 7).map(\.isEdit) == [false, true, false])
        }
    }

    @Test("a long text arrives in order, buttons under its last part, each part paced")
    func parts() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let paced = Recorder<String>()
            let channel = TelegramChannel(api: bench.api, betweenParts: { paced.add($0) })
            let text = (0..<1_200).map { "line \($0)" }.joined(separator: "\n")
            let message = Message.plain(text, buttons: [[.init(label: "Ok", action: .command("/ok"))]])
            let receipt = try await bench.deliver(message, to: "7", by: channel)
            let sent = bench.fake.messages(for: 7)
            #expect(sent.count == 3 && sent.map(\.text).joined(separator: "\n") == text)
            #expect(sent.map(\.labels) == [[], [], ["Ok"]])
            #expect(receipt.providerMessageID == sent.last.map { String($0.messageID) })
            #expect(paced.all == ["7", "7"])
        }
    }

    @Test("a possible repeat says so, in the words it was given")
    func mark() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let channel = TelegramChannel(api: bench.api, repeatMark: "↻ perhaps again")
            _ = try await bench.deliver(.plain("x"), to: "7", possibleRepeat: true, by: channel)
            #expect(bench.fake.messages(for: 7).map(\.text) == ["↻ perhaps again\nx"])
        }
    }

    @Test(
        "each fault is the error that says what to do next",
        arguments: [
            (
                FakeTelegramFault.rateLimited(retryAfter: 9),
                DeliveryError.rateLimited(retryAfter: .seconds(9), scope: .address)
            ),
            (.blocked, .recipientGone(reason: "blocked")),
            (.migrated(to: -1_009), .moved(to: "-1009")),
            (.status(500, "Internal Server Error"), .unavailable(reason: "HTTP 500")),
            (.html(502), .outcomeUnknown(reason: "HTTP 502")),
            (.html(200), .outcomeUnknown(reason: "answer is not JSON (byte 0)")),
            (.brokenJSON, .outcomeUnknown(reason: "answer is not JSON (byte 30)")),
            (.status(400, "Bad Request: nonsense"), .rejected(reason: "400 Bad Request: nonsense")),
            (.status(401, "Unauthorized"), .unauthorized(reason: "Unauthorized")),
        ])
    func faults(fault: FakeTelegramFault, expected: DeliveryError) async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            bench.fake.inject(fault)
            let error = await #expect(throws: DeliveryError.self) { try await bench.deliver(.plain("x"), to: "7") }
            #expect(error == expected)
            #expect(bench.fake.messages(for: 7).isEmpty)
            _ = try await bench.deliver(.plain("after"), to: "7")
        }
    }

    @Test(
        "a lost answer and a silent server leave the outcome unknown",
        arguments: [
            FakeTelegramFault.acceptThenCut, .acceptThenHang, .cutBeforeAccepting, .hang,
        ])
    func unknown(fault: FakeTelegramFault) async throws {
        try await TelegramTestBench.with(deadline: .milliseconds(300)) { bench in
            _ = bench.fake.user(7)
            bench.fake.inject(fault)
            let error = await #expect(throws: DeliveryError.self) { try await bench.deliver(.plain("x"), to: "7") }
            guard case .outcomeUnknown = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let arrived = fault == .acceptThenCut || fault == .acceptThenHang
            #expect(bench.fake.messages(for: 7).count == (arrived ? 1 : 0))
        }
    }

    @Test("nobody listening is unavailable, not unknown")
    func refused() async throws {
        try await TelegramTestBench.with { bench in
            await bench.fake.stop()
            let error = await #expect(throws: DeliveryError.self) { try await bench.deliver(.plain("x"), to: "7") }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("unknown chats and unreadable addresses are gone", arguments: ["8", "nonsense", "-5/2"])
    func unknownChats(address: String) async throws {
        try await TelegramTestBench.with { bench in
            let error = await #expect(throws: DeliveryError.self) { try await bench.deliver(.plain("x"), to: address) }
            #expect(error == .recipientGone(reason: "chat_not_found"))
        }
    }

    @Test("a first part that arrived makes a later failure an unknown outcome; a short wait is waited")
    func laterParts() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let long = Message.plain(String(repeating: "word ", count: 1_500))
            // Armed when the first part is through, so they meet the second.
            let failing = TelegramChannel(
                api: bench.api, betweenParts: { _ in bench.fake.inject(.status(500, "x")) })
            let error = await #expect(throws: DeliveryError.self) {
                try await bench.deliver(long, to: "7", by: failing)
            }
            #expect(error == .outcomeUnknown(reason: "part 2 of 2: HTTP 500"))
            let limited = TelegramChannel(
                api: bench.api, betweenParts: { _ in bench.fake.inject(.rateLimited(retryAfter: 1)) })
            _ = try await bench.deliver(long, to: "7", by: limited)
            #expect(bench.fake.messages(for: 7).count == 3)
            let blocked = TelegramChannel(api: bench.api, betweenParts: { _ in bench.fake.inject(.blocked) })
            let gone = await #expect(throws: DeliveryError.self) { try await bench.deliver(long, to: "7", by: blocked) }
            #expect(gone == .recipientGone(reason: "blocked"))
        }
    }

    @Test("markup that the server cannot read costs the look, not the message")
    func fallback() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            bench.fake.inject(.status(400, "Bad Request: can't parse entities: whatever"))
            _ = try await bench.deliver(Message(blocks: [.text([InlineSpan("a & b", .bold)])]), to: "7")
            let sent = try #require(bench.fake.messages(for: 7).first)
            #expect(sent.text == "a & b" && sent.entities.isEmpty)
        }
    }

    @Test("three chats refused in a row are a flood of the whole bot")
    func scope() {
        let scope = RefusalScope()
        #expect(scope.refused("1") == .address && scope.refused("1") == .address && scope.refused("2") == .address)
        #expect(scope.refused("3") == .sender)
        scope.accepted()
        #expect(scope.refused("4") == .address)
    }

    @Test("hostile texts arrive whole", arguments: 0..<12)
    func hostile(seed: UInt64) async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            var random = SeededGenerator(seed: seed)
            let message = Message.plain("x" + UnicodeSoup.text(length: 4_000, &random) + "x")
            _ = try await bench.deliver(message, to: "7")
            let visible = bench.fake.messages(for: 7).map(\.text).joined().filter { !$0.isWhitespace }
            #expect(visible == TelegramText.clean(message.plainText).filter { !$0.isWhitespace })
        }
    }

    @Test("a document arrives with its name and content, and a boundary inside it does no harm")
    func document() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            let content = Array("{\"a\":1}\r\n--vigia-form\r\n".utf8) + [0, 255, 13, 10]
            _ = try await bench.api.sendDocument(
                to: "7", name: "my\"data\r\n.json", mediaType: "application/json", content: content, caption: "Yours")
            let sent = try #require(bench.fake.messages(for: 7).first)
            #expect(sent.document == .init(name: "my_data__.json", content: content))
            #expect(sent.text == "Yours")
        }
    }

    @Test("typing is shown, and its failure is nobody's")
    func typing() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            await bench.channel.typing(address: "7")
            await bench.channel.typing(address: "8")
            #expect(bench.fake.journal.chatActions.map(\.chat) == [7])
        }
    }
}
