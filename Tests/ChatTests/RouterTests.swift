import Storage
import Delivery
import Market
import Messages
import People
import Testing
import Turns

@testable import Chat

/// Throws for some texts; counts what it answered.
private struct FragileCommand: Command {
    struct Broken: Error {}
    let name = "fragile"

    func run(_ context: CommandContext) throws -> Reply {
        try context.session.setSetting("fragile.\(context.arguments.joined())", to: "written")
        if context.arguments.first == "break" { throw Broken() }
        return .sentence("stop.done")
    }
}

@Suite(.oneAtATime) struct RouterTests {
    private let symbols = ["BTC", "ETH", "SOL"]

    @Test("an update that comes twice is handled once, also within a batch")
    func repeated() async throws {
        let chat = try await Conversations()
        let message = chat.message("/subscribe BTC", key: "telegram:500")
        try await chat.router.handle([message, message], [])
        try await chat.router.handle([message], [])
        #expect(try await chat.replies().count == 1)
    }

    @Test("a reply, its owner, its place and its life are stored with the change")
    func reply() async throws {
        let chat = try await Conversations()
        try await chat.router.handle([chat.message("/subscribe BTC", from: "77")], [])
        let claimed = try await chat.outbox.claim(
            channel: .telegram, limit: 10, now: chat.wall.now, lease: chat.wall.now + .seconds(30))
        let entry = try #require(claimed.first?.entry)
        #expect(entry.address == "77")
        #expect(entry.lane == .reply)
        #expect(entry.expiresAt == chat.wall.now + .seconds(60))
        #expect(try await chat.person("77")?.id == entry.recipient)
        #expect(chat.heard.now.wakes == 1)
        #expect(chat.heard.now.demand == [Symbol("BTC")!])
    }

    @Test("a command that throws gets an apology, changes nothing, and the others are answered in order")
    func failure() async throws {
        let chat = try await Conversations(commands: CommandList([FragileCommand(), StopCommand(), HelpCommand()]))
        let texts = ["/fragile one", "/fragile break", "/fragile two", "/fragile break x", "/fragile three"]
        try await chat.router.handle(texts.map { chat.message($0) }, [])
        let replies = try await chat.replies().map(\.text)
        #expect(replies.count == 5)
        #expect(replies.filter { $0.contains("Something went wrong") }.count == 2)
        #expect(replies[1].contains("Something went wrong"))
        #expect(replies[3].contains("Something went wrong"))
        let settings = try await chat.store.read { session in
            try ["one", "break", "two", "breakx", "three"].map { try session.setting("fragile.\($0)") }
        }
        #expect(settings == ["written", nil, "written", nil, "written"])
    }

    @Test("an answer that cannot be rendered rolls its command back and still says something")
    func brokenTemplates() async throws {
        struct Mute: ContentRendering {
            struct Broken: Error {}
            func message(for content: Content, reader: Reader) throws -> Message { throw Broken() }
        }
        let chat = try await Conversations(renderer: Mute())
        #expect(try await chat.answer("/subscribe BTC").contains("Something went wrong"))
        #expect(chat.heard.now.demand.isEmpty)
    }

    @Test("a batch of 100 from as many people is answered, everybody in their own chat")
    func batch() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "61000", at: chat.wall.now)
        let messages = (0..<100).map { index in
            chat.message(index % 2 == 0 ? "/price BTC" : "/subscribe \(symbols[index % 3])", from: "\(1_000 + index)")
        }
        try await chat.router.handle(messages, [])
        let replies = try await chat.replies()
        #expect(Set(replies.map(\.address)).count == 100)
        for reply in replies {
            let isEven = (Int(reply.address)! - 1_000) % 2 == 0
            #expect(reply.text.contains(isEven ? "61,000" : "opportunities"))
        }
    }

    @Test("a slow question is answered before what the same chat asks behind it, after what others ask")
    func order() async throws {
        let chat = try await Conversations()
        try await chat.candles.save(
            candles(200, endingAt: chat.wall.now),
            of: CandleSeries(symbol: Symbol("BTC")!, timeframe: .h1, venue: .simulated))
        try await chat.router.handle(
            [
                chat.message("/predict BTC", from: "1"), chat.message("/movers", from: "1"),
                chat.message("/movers", from: "2"),
            ], [])
        let replies = try await chat.replies()
        #expect(replies.filter { $0.address == "1" }.map { $0.text.contains("BTC") } == [true, false])
        #expect(replies.filter { $0.address == "2" }.count == 1)
    }

    @Test("beyond the limit there is one notice, and nothing is done")
    func throttled() async throws {
        let chat = try await Conversations(throttle: CommandThrottle(limit: 3))
        for _ in 0..<3 { try await chat.say("/movers") }
        #expect(try await chat.answer("/subscribe BTC").contains("a lot of commands"))
        #expect(try await chat.say("/subscribe BTC").isEmpty)
        #expect(chat.heard.now.demand.isEmpty)
        chat.wall.advance(by: .seconds(61))
        #expect(try await chat.answer("/subscribe BTC").contains("BTC"))
    }

    @Test("a button's answer replaces its message only where the view asks for it")
    func editing() async throws {
        let chat = try await Conversations()
        #expect(try await chat.say("/movers !", pressedOn: "55").map(\.form) == [.edit(messageID: "55")])
        #expect(try await chat.say("/movers", pressedOn: "55").map(\.form) == [.new])
        #expect(try await chat.say("/movers !").map(\.form) == [.new])
    }

    @Test("a blocked chat is disabled once, and a chat that moved keeps its person")
    func events() async throws {
        let chat = try await Conversations()
        try await chat.say("/subscribe BTC", from: "9")
        let id = try #require(try await chat.person("9")?.id)
        let gone = FrontEndEvent.addressGone(
            updateKey: "telegram:900", channel: .telegram, address: "9", reason: "blocked")
        try await chat.router.handle([], [gone])
        #expect(try await chat.store.read { try $0.addresses(of: id) }.first?.disabledReason == "blocked")
        try await chat.say("/start", from: "9")
        #expect(try await chat.store.read { try $0.addresses(of: id) }.first?.disabledReason == nil)
        try await chat.router.handle([], [gone])
        #expect(try await chat.store.read { try $0.addresses(of: id) }.first?.disabledReason == nil, "an old update")
    }

    @Test(
        "hostile texts get an answer and are shown as text",
        arguments: [
            "<b>bold</b> & <script>", "*bold* _it_ [x](javascript:1)", "\u{202E}dlrow", "\u{200B}", "", "/",
            "/price <b>X</b>", "/alert <i>", "/delete #<b>", "/timezone ../../etc/passwd", "/language {{w.alert.rule}}",
            "/subscribe BTC min 900%", "/why ' OR 1=1 --", "/history 99999999999999999999", "/chart BTC BTC BTC",
            "/alerts -5", "/mute 999999999d", "/quiet 25:00-99:99", "/start " + String(repeating: "x", count: 300),
        ])
    func hostile(text: String) async throws {
        let chat = try await Conversations()
        let replies = try await chat.say(text)
        #expect(replies.count == 1)
        #expect(!replies[0].text.isEmpty)
        #expect(!replies[0].text.contains("Something went wrong"))
        #expect(!replies[0].text.contains("&lt;"))
        for line in replies[0].commands { #expect(line.utf8.count <= 64) }
        #expect(!replies[0].text.contains("\u{202E}"))
    }

    @Test("100 kB are refused with the limit")
    func huge() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/alert " + String(repeating: "a", count: 100_000)).contains("2,000"))
    }

    @Test("a plain sentence and a mistyped command get the nearest two as buttons")
    func nearest() async throws {
        let chat = try await Conversations()
        #expect(try await chat.say("how is bitcoin doing").first?.commands == ["/price BTC", "/predict BTC"])
        #expect(try await chat.say("price ETH please").first?.commands.first == "/price ETH")
        let typo = try await chat.say("/pirce BTC")
        #expect(typo.first?.commands.first == "/price BTC")
        #expect(typo.first?.commands.count == 2)
        #expect(try await chat.say("hello all", group: "-100").isEmpty, "not meant for us")
    }

    @Test("what is not built yet says so")
    func planned() async throws {
        let chat = try await Conversations()
        for name in CommandList.planned {
            #expect(try await chat.answer("/\(name)").contains("/\(name) is not built yet."))
        }
    }

    @Test("a slow answer is announced in its chat while it is made; a quick one is not")
    func slow() async throws {
        let seen = Wakeup()
        let commands = CommandList([SlowCommand(seen), StopCommand()])
        let chat = try await Conversations(commands: commands, patience: .zero)
        try await chat.say("/stop")
        #expect(chat.heard.now.slow.isEmpty)
        async let answer = chat.say("/slow", from: "7")
        await chat.heard.slowHeard.wait()
        seen.signal()
        #expect(try await answer.count == 1)
        #expect(Set(chat.heard.now.slow) == [.privateChat(channel: .telegram, address: "7")])
    }
}

/// A question that is ready when it is told so.
private struct SlowCommand: PreparedCommand {
    let name = "slow"
    private let ready: Wakeup

    init(_ ready: Wakeup) { self.ready = ready }

    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? { nil }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        await ready.wait()
        return .none
    }

    func run(_ context: CommandContext) throws -> Reply { .sentence("stop.done") }
}
