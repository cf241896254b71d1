import Chat
import Logging
import Market
import Messages
import People
import ServiceLifecycle
import Support
import Synchronization
import Testing
import Turns

@testable import Channels

/// Answers what it is told to, or throws.
private final class ScriptedInline: InlineAnswering {
    struct Broken: Error {}
    private let asked = Mutex<[InlineQuestion]>([])
    private let script: @Sendable (InlineQuestion) throws -> InlineAnswer

    init(_ script: @escaping @Sendable (InlineQuestion) throws -> InlineAnswer) { self.script = script }

    var questions: [InlineQuestion] { asked.withLock { $0 } }

    func answer(_ question: InlineQuestion) async throws -> InlineAnswer {
        asked.withLock { $0.append(question) }
        return try script(question)
    }
}

@Suite("Inline questions at Telegram", .oneAtATime)
struct TelegramInlineTests {
    private func card(_ id: String, _ text: String = "61,000 <&>") -> InlineCard {
        InlineCard(id: id, title: "\(id) 61,000", detail: "24 h +2%\nBinance", message: .plain(text))
    }

    private func listening(
        to bench: TelegramTestBench, _ inline: any InlineAnswering, conversation: RecordingConversation,
        errands: TelegramErrands = TelegramErrands(), _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let intake = TelegramIntake(api: bench.api, conversation: conversation, inline: inline, errands: errands)
        let listener = TelegramListener(api: bench.api, intake: intake, health: TelegramHealth())
        let group = ServiceGroup(services: [intake, listener], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    @Test("a question is answered with cards, for its asker alone and for seconds, and never reaches the conversation")
    func answered() async throws {
        try await TelegramTestBench.with { bench in
            let inline = ScriptedInline { _ in InlineAnswer(cards: [card("BTC"), card("ETH")]) }
            let conversation = RecordingConversation()
            try await listening(to: bench, inline, conversation: conversation) {
                let user = bench.fake.user(7, language: "es")
                // The first poll tells the server that we want such updates.
                user.says("/start")
                await conversation.received(1)
                let query = user.asksInline("btc")
                try await bench.fake.wait(for: "answer") { $0.inlineAnswers[query] != nil }
                let answer = try #require(bench.fake.journal.inlineAnswers[query])
                #expect(answer.cards.map(\.id) == ["BTC", "ETH"])
                #expect(answer.cards[0].title == "BTC 61,000" && answer.cards[0].description == "24 h +2% Binance")
                #expect(answer.cards[0].text == "61,000 <&>")
                #expect(answer.isPersonal && answer.cacheSeconds == 5 && answer.startParameter == nil)
                #expect(
                    inline.questions == [
                        InlineQuestion(
                            sender: Identity(platform: .telegram, externalID: "7"), text: "btc", languageHint: "es")
                    ])
                #expect(conversation.messages.count == 1)
            }
        }
    }

    @Test("somebody who may not use the bot gets a button into the private chat")
    func opening() async throws {
        try await TelegramTestBench.with { bench in
            let inline = ScriptedInline { _ in InlineAnswer(opening: .init(label: "Open", payload: "inline")) }
            try await listening(to: bench, inline, conversation: RecordingConversation()) {
                let query = bench.fake.user(7).asksInline("btc")
                try await bench.fake.wait(for: "answer") { $0.inlineAnswers[query] != nil }
                #expect(bench.fake.journal.inlineAnswers[query]?.startParameter == "inline")
                #expect(bench.fake.journal.inlineAnswers[query]?.cards.isEmpty == true)
            }
        }
    }

    @Test("a question that cannot be answered costs the next one nothing, and presses are answered beside it")
    func failing() async throws {
        try await TelegramTestBench.with { bench in
            let inline = ScriptedInline { question in
                if question.text == "broken" { throw ScriptedInline.Broken() }
                return InlineAnswer(cards: [card("BTC")])
            }
            let conversation = RecordingConversation()
            try await listening(to: bench, inline, conversation: conversation) {
                let user = bench.fake.user(7)
                let broken = user.asksInline("broken")
                let good = user.asksInline("btc")
                try await bench.fake.wait(for: "answer") { $0.inlineAnswers[good] != nil }
                #expect(bench.fake.journal.inlineAnswers[broken] == nil)
            }
        }
    }

    @Test("typing is shown in the chat and topic that waits, and never elsewhere")
    func typing() async throws {
        try await TelegramTestBench.with { bench in
            let errands = TelegramErrands()
            let inline = ScriptedInline { _ in InlineAnswer() }
            try await listening(to: bench, inline, conversation: RecordingConversation(), errands: errands) {
                _ = bench.fake.user(7)
                errands.showTyping(.privateChat(channel: .discord, address: "8"))
                errands.showTyping(.privateChat(channel: .telegram, address: "7"))
                try await bench.fake.wait(for: "typing") { !$0.chatActions.isEmpty }
                #expect(bench.fake.journal.chatActions.map { $0.chat } == [7])
            }
        }
    }

    @Test("cards keep the platform's limits: ten, one an id, a title of one line")
    func limits() {
        let cards = (0..<30).map { card("S\($0)") } + [card("S0"), card(""), card(String(repeating: "x", count: 65))]
        let answer = TelegramInline(InlineAnswer(cards: cards))
        #expect(answer.results.count == 10)
        #expect(Set(answer.results.compactMap { $0["id"]?.string }).count == 10)
        #expect(answer.results.allSatisfy { $0["description"]?.string == "24 h +2% Binance" })
    }
}
